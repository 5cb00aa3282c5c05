import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endpoint, filesOf } from '../../support/endpoints-app.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const SECRET = '12345';
const ECHO = `exports = ({ body, query, rawQueryString }) => ({
  ...{ query, rawQueryString, context: context.request },
  text: body === undefined ? null : body.text(),
});`;

const ENDPOINTS = [
  endpoint('GET', '/secret', 'echo', {
    validation_method: 'SECRET_AS_QUERY_PARAM',
    secret_name: 'hookSecret',
  }),
  endpoint('POST', '/signed', 'echo', {
    validation_method: 'VERIFY_PAYLOAD',
    secret_name: 'hookSecret',
  }),
  endpoint('GET', '/open', 'echo'),
];

describeOnEveryStore('a secret of an endpoint', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${gateway.url}/app/myapp-abcde/endpoint${path}`, init);

  beforeAll(async () => {
    const files = filesOf({ echo: { source: ECHO } }, ENDPOINTS);
    app = await writeApp({ ...files, 'secrets.json': { hookSecret: SECRET } });
    gateway = await startGateway({
      ...provideStore().env,
      FUNCTIONS_DIR: app.path,
      FUNCTION_SECRETS_FILE: join(app.path, 'secrets.json'),
      RATE_LIMITS: 'callEndpoint=5/1h',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await app.remove();
  });

  test('in the query string lets in, and neither the function nor the log sees it', async () => {
    const response = await call(`/secret?a=1&secret=${SECRET}&%73%65%63%72%65%74=${SECRET}&b=2`);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      query: { a: '1', b: '2' },
      rawQueryString: 'a=1&b=2',
    });
    expect(text).not.toContain(SECRET);
    expect(gateway.logText()).toContain('"endpoint":"GET /secret"');
    expect(gateway.logText()).not.toContain('secret=');
  });

  // The signature in the vendor's documentation.
  const SIGNATURE = '50d1c81c71e4fec2a6fb793ad4507e74de2d71e1acda4b5d4c3bcc8bb20c2d7e';
  test.each([`sha256=${SIGNATURE}`, `:sha256=${SIGNATURE}`, `sha256=${SIGNATURE.toUpperCase()}`])(
    'that signs the body lets in: %s',
    async (signature) => {
      const response = await call('/signed', {
        method: 'POST',
        headers: { 'Endpoint-Signature': signature },
        body: '{"message":"Hello!"}',
      });
      expect([response.status, await response.json()]).toMatchObject([
        200,
        { text: '{"message":"Hello!"}' },
      ]);
    },
  );

  test('that is wrong or missing is 401, and too often wrong ones 429', async () => {
    const other = createHmac('sha256', 'other').update('body').digest('hex');
    const post = (headers: Record<string, string>) =>
      call('/signed', { method: 'POST', headers, body: 'body' });
    const refused = [
      await call('/secret'),
      await call(`/secret?secret=${SECRET}0`),
      await post({}),
      await post({ 'Endpoint-Signature': `sha256=${other}` }),
      await post({ 'Endpoint-Signature': other }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(await refused[0]?.json()).toMatchObject({ error: 'unauthorized' });
    const late = await call(`/secret?secret=${SECRET}`);
    expect([late.status, late.headers.has('retry-after')]).toEqual([429, true]);
  });

  test('that the app checks itself is there in the query of an endpoint without one of its own', async () => {
    const response = await call('/open?secret=own');
    expect(await response.json()).toMatchObject({ query: { secret: 'own' }, rawQueryString: '' });
  });
});
