/** What requests to HTTPS endpoints cost the gateway, whose functions run elsewhere. */
import { join } from 'node:path';
import { afterAll, describe, test } from '@jest/globals';
import { type CostlyRequest, expectBoundedCost, useCostGateway } from '../../support/cost.ts';
import { endpoint, filesOf } from '../../support/endpoints-app.ts';
import { writeApp } from '../../support/functions-app.ts';

const TIMEOUT = 120_000;
const HEADER = { smallest: 4_000, largest: 64_000 };
const BODY = { smallest: 30_000, largest: 480_000 };
const ENDPOINT = '/app/myapp-abcde/endpoint';

// Before the gateway starts, which is in a hook of its own.
const app = await writeApp({
  ...filesOf({ nothing: { source: 'exports = () => {};' } }, [
    endpoint('*', '/open', 'nothing'),
    endpoint('*', '/secret', 'nothing', {
      ...{ validation_method: 'SECRET_AS_QUERY_PARAM', secret_name: 'hook' },
    }),
    endpoint('*', '/signed', 'nothing', {
      ...{ validation_method: 'VERIFY_PAYLOAD', secret_name: 'hook' },
    }),
  ]),
  'secrets.json': { hook: 'a secret' },
});
afterAll(() => app.remove());
const gateway = useCostGateway({
  FUNCTIONS_DIR: app.path,
  FUNCTION_SECRETS_FILE: join(app.path, 'secrets.json'),
});

const open = (query: string): CostlyRequest => ({ path: `${ENDPOINT}/open?${query}` });

describe('a request to an endpoint', () => {
  test.each<[string, (size: number) => CostlyRequest]>([
    ['of many parameters', (size) => open('a&'.repeat(size / 2))],
    [
      'of many different parameters',
      (size) => open('abcdef'.repeat(size / 60).replaceAll('f', '&')),
    ],
    ['of escaped names', (size) => open('%73&'.repeat(size / 4))],
    ['of one long name', (size) => open('%73'.repeat(size / 3))],
    ['of many secrets', (size) => open('secret=a&'.repeat(size / 9))],
    ['with a long secret', (size) => ({ path: `${ENDPOINT}/secret?secret=${'a'.repeat(size)}` })],
    ['with a long route', (size) => ({ path: `${ENDPOINT}${'/a'.repeat(size / 2)}` })],
    [
      'with a long signature',
      (size) => ({
        path: `${ENDPOINT}/signed`,
        body: 'a',
        headers: { 'endpoint-signature': `sha256=${'a'.repeat(size)}` },
      }),
    ],
    [
      'with many types that are wanted',
      (size) => ({ path: `${ENDPOINT}/open`, headers: { accept: 'a/b,'.repeat(size / 32) } }),
    ],
    [
      'with a long name of a header',
      (size) => ({ path: `${ENDPOINT}/open`, headers: { ['a-'.repeat(size / 2)]: '1' } }),
    ],
  ])(
    '%s',
    async (_what, request) => {
      await expectBoundedCost(gateway, request, HEADER);
    },
    TIMEOUT,
  );

  test.each(['open', 'signed'])(
    'with a long body at /%s',
    async (route) => {
      const send = (size: number) => ({
        path: `${ENDPOINT}/${route}`,
        body: 'a'.repeat(size),
        headers: { 'endpoint-signature': `sha256=${'0'.repeat(64)}` },
      });
      await expectBoundedCost(gateway, send, BODY);
    },
    TIMEOUT,
  );
});
