import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endpoint, filesOf } from '../../support/endpoints-app.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, type SendOperation } from '../../support/graphql-client.ts';
import { type LocalIssuer, startLocalIssuer } from '../../support/local-issuer.ts';

/** It shows all that could be kept from it. */
const WHO = `exports = async ({ headers }) => ({
  id: context.user.id,
  type: context.user.type,
  data: context.user.custom_data,
  isSystem: context.runningAsSystem(),
  headers,
  context: context.request,
});`;
const WRITE = `exports = async ({ body }) => {
  await context.functions.execute('writeCustomUserData', JSON.parse(body.text()));
};`;

const AUDIENCE = 'endpoints';
const AS_CALLER = { run_as_system: false };
const ADA = { email: 'ada@example.com', password: 'correct horse' };

describeOnEveryStore('the user of an HTTPS endpoint', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;
  let issuer: LocalIssuer;
  let send: SendOperation;
  let adaId: string;
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${gateway.url}/app/myapp-abcde/endpoint${path}`, init);
  const sessionsOf = async (userId: string) =>
    (await provideStore().readAll('sessions')).filter((session) => session['userId'] === userId);

  const logIn = async (): Promise<string> => {
    const { data } = await send(
      `mutation ($c: CredentialsInput!) { logIn(credentials: $c) { accessToken user { id } } }`,
      { variables: { c: { emailPassword: ADA } } },
    );
    adaId = data.logIn.user.id;
    return data.logIn.accessToken;
  };

  beforeAll(async () => {
    issuer = await startLocalIssuer();
    const files = filesOf(
      {
        who: { source: WHO, entry: AS_CALLER },
        write: { source: WRITE, entry: AS_CALLER },
        ruled: {
          source: WHO,
          entry: { ...AS_CALLER, can_evaluate: { '%%user.custom_data.role': 'owner' } },
        },
        asNobody: {
          source: WHO,
          entry: { run_as_system: false, run_as_user_id: '63ed2dbe5960df2af7fd216e' },
        },
      },
      [
        endpoint('GET', '/who', 'who'),
        endpoint('GET', '/who-with-data', 'who', { fetch_custom_user_data: true }),
        endpoint('GET', '/who-new', 'who', { create_user_on_auth: true }),
        endpoint('GET', '/ruled', 'ruled', { fetch_custom_user_data: true }),
        endpoint('PUT', '/data', 'write'),
        endpoint('GET', '/as-nobody', 'asNobody'),
      ],
    );
    const { issuer: name, jwksUrl } = issuer;
    const trusted = { issuer: name, audience: AUDIENCE, jwksUrl, algorithms: ['ES256'] };
    app = await writeApp({ ...files, 'issuers.json': [trusted] });
    gateway = await startGateway({
      ...provideStore().env,
      FUNCTIONS_DIR: app.path,
      CUSTOM_JWT_ISSUERS_FILE: join(app.path, 'issuers.json'),
      PROVIDERS: 'email-password,api-key,custom-jwt',
    });
    send = createGraphQLClient(gateway.url);
    await send(
      'mutation ($email: String!, $password: String!) { registerUser(email: $email, password: $password) { userId } }',
      {
        variables: ADA,
      },
    );
    const refused = await call('/who', { headers: ADA });
    expect(refused.status).toBe(401);
    await logIn();
  });
  afterAll(async () => {
    await gateway.stop();
    await issuer.stop();
    await app.remove();
  });

  test('a request that says of nobody whose it is gets 400, as from App Services', async () => {
    const response = await call('/who');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: 'no authentication methods were specified',
      error_code: 'InvalidParameter',
    });
  });

  test('an access token says it, and the function sees neither that nor, unasked, the custom data', async () => {
    const token = await logIn();
    const response = await call('/who', { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      id: adaId,
      type: 'normal',
      data: {},
      isSystem: false,
    });
    expect(text).not.toContain(token);
    expect(text.toLowerCase()).not.toContain('authorization');
  });

  test('a token that is not valid here is 401, also beside good credentials', async () => {
    const headers = { ...ADA, authorization: 'Bearer a.b.c' };
    const response = await call('/who', { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

  test('so do e-mail address and password, in a session that ends with the request', async () => {
    const before = (await sessionsOf(adaId)).length;
    const response = await call('/who', { headers: { ...ADA, authorization: 'Basic eDp5' } });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ id: adaId });
    expect(text).not.toContain(ADA.password);
    expect(text.toLowerCase()).not.toContain('authorization');
    expect(await sessionsOf(adaId)).toHaveLength(before);
    expect((await call('/who', { headers: { ...ADA, password: 'wrong horse' } })).status).toBe(401);
  });

  test('so does an API key', async () => {
    const token = await logIn();
    const { data } = await send('mutation { createApiKey(name: "hook") { key } }', { token });
    const { key } = data.createApiKey;
    const response = await call('/who', { headers: { apiKey: key } });
    expect(await response.json()).toMatchObject({ id: adaId });
    expect((await call('/who', { headers: { apiKey: `${key}x` } })).status).toBe(401);
  });

  test('a token of another issuer makes an account only where the endpoint says so', async () => {
    const jwtTokenString = issuer.issue({
      ...{ sub: 'eve', aud: AUDIENCE },
      exp: Math.floor(Date.now() / 1000) + 60,
    });
    const headers = { jwtTokenString };
    const accounts = (await provideStore().readAll('accounts')).length;
    expect((await call('/who', { headers })).status).toBe(401);
    expect(await provideStore().readAll('accounts')).toHaveLength(accounts);
    const made = (await (await call('/who-new', { headers })).json()) as { id: string };
    expect(await provideStore().readAll('accounts')).toHaveLength(accounts + 1);
    expect(await (await call('/who', { headers })).json()).toMatchObject({ id: made.id });
  });

  test('the function may call the built-in functions for the user, and sees the document where it is to', async () => {
    expect((await call('/ruled', { headers: ADA })).status).toBe(403);
    const body = JSON.stringify({ role: 'owner' });
    const written = await call('/data', { method: 'PUT', headers: ADA, body });
    expect([written.status, await written.text()]).toEqual([200, '']);
    expect(await (await call('/who-with-data', { headers: ADA })).json()).toMatchObject({
      data: { role: 'owner' },
    });
    expect(await (await call('/who', { headers: ADA })).json()).toMatchObject({ data: {} });
    expect((await call('/ruled', { headers: ADA })).status).toBe(200);
  });

  test('a function that is to run as a user who is not there fails', async () => {
    const response = await call('/as-nobody');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error_code: 'FunctionExecutionError' });
  });
});
