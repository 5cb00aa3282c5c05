import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../src/config.ts';
import { readEndpoints } from '../../../src/endpoints/read-endpoints.ts';
import { endpoint } from '../../support/endpoints-app.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';

let app: AppDirectory | undefined;
afterEach(() => app?.remove());

/** Reads the endpoints of an app with a function `f` and these files. */
async function read(files: Readonly<Record<string, unknown>>, env: Record<string, string> = {}) {
  app = await writeApp({ 'secrets.json': { hook: '12345', number: 1, empty: '' }, ...files });
  const parsed = parseConfig({
    FUNCTIONS_DIR: app.path,
    FUNCTION_SECRETS_FILE: join(app.path, 'secrets.json'),
    ...env,
  });
  if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
  return readEndpoints(parsed.config, (name) => name === 'f' || name === 'folder/f');
}

const FILE = 'https_endpoints/config.json';
const NONE = { endpoints: [], problems: [] };

test('an endpoint of each kind is read', async () => {
  const { endpoints } = await read({
    [FILE]: [
      endpoint('GET', '/a', 'f'),
      endpoint('*', '/a', 'folder/f', {
        ...{ return_type: 'EJSON', respond_result: false },
        ...{ fetch_custom_user_data: true, create_user_on_auth: true },
      }),
      endpoint('POST', '/b/c', 'f', { validation_method: 'VERIFY_PAYLOAD', secret_name: 'hook' }),
      endpoint('POST', '/s', 'f', {
        validation_method: 'SECRET_AS_QUERY_PARAM',
        secret_name: 'hook',
      }),
    ],
  });
  const plain = { format: 'JSON', respondsWithResult: true, readsCustomData: false } as const;
  const by = { functionName: 'f', createsUsers: false, ...plain };
  expect(endpoints).toEqual([
    { ...by, method: 'GET', route: '/a', proof: { type: 'none' } },
    {
      ...{ method: '*', route: '/a', functionName: 'folder/f', proof: { type: 'none' } },
      ...{ format: 'EJSON', respondsWithResult: false, readsCustomData: true, createsUsers: true },
    },
    { ...by, method: 'POST', route: '/b/c', proof: { type: 'signature', secret: '12345' } },
    { ...by, method: 'POST', route: '/s', proof: { type: 'secret', secret: '12345' } },
  ]);
});

test('what an entry does not say is off, and results are Extended JSON as before there was a choice', async () => {
  const { endpoints } = await read({
    [FILE]: [{ route: '/a', http_method: 'GET', function_name: 'f' }],
  });
  expect(endpoints[0]).toMatchObject({
    ...{ format: 'EJSON', respondsWithResult: false, readsCustomData: false, createsUsers: false },
    proof: { type: 'none' },
  });
});

test('the folder of the layout before is read, too', async () => {
  const { endpoints } = await read({
    'http_endpoints/config.json': [endpoint('GET', '/a', 'f')],
  });
  expect(endpoints).toHaveLength(1);
});

test('APP_SERVICES_EXPORT goes before FUNCTIONS_DIR, and without either there are none', async () => {
  const files = { 'other/https_endpoints/config.json': [], [FILE]: [endpoint('GET', '/a', 'f')] };
  expect((await read(files)).endpoints).toHaveLength(1);
  await app?.remove();
  app = await writeApp(files);
  const parsed = parseConfig({
    FUNCTIONS_DIR: app.path,
    APP_SERVICES_EXPORT: join(app.path, 'other'),
  });
  if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
  expect(await readEndpoints(parsed.config, () => true)).toEqual(NONE);
  const { functions } = parsed.config;
  const nowhere = { appServicesExport: undefined, functions: { ...functions, dir: undefined } };
  expect(await readEndpoints(nowhere, () => true)).toEqual(NONE);
});

test('one that is disabled is not there, whatever else is wrong with it', async () => {
  const off = endpoint('GET', '/a', 'missing', {
    ...{ disabled: true, validation_method: 'VERIFY_PAYLOAD', secret_name: 'missing' },
  });
  expect(await read({ [FILE]: [off] })).toEqual(NONE);
});

describe('what cannot be served takes itself out alone, with file, place and reason', () => {
  const valid = { validation_method: 'SECRET_AS_QUERY_PARAM' };
  test.each<[what: string, entry: unknown, reason: string]>([
    [
      'a method that is none',
      endpoint('HEAD', '/a', 'f'),
      '"http_method" must be one of GET, POST',
    ],
    ['a route without a slash', endpoint('GET', 'a', 'f'), '"route" must begin with a slash'],
    ['a route that is too long', endpoint('GET', `/${'a'.repeat(1000)}`, 'f'), '"route"'],
    ['a function that is not there', endpoint('GET', '/a', 'g'), 'there is no function "g"'],
    ['no function', { route: '/a', http_method: 'GET' }, '"function_name"'],
    [
      'a check that is not known',
      endpoint('GET', '/a', 'f', { validation_method: 'SOME' }),
      '"validation_method" must be one of NO_VALIDATION',
    ],
    [
      'a secret without a check',
      endpoint('GET', '/a', 'f', { validation_method: undefined, secret_name: 'hook' }),
      '"validation_method" is missing beside "secret_name"',
    ],
    ['a check without a secret', endpoint('GET', '/a', 'f', valid), '"secret_name" is missing'],
    ['a format that is none', endpoint('GET', '/a', 'f', { return_type: 'XML' }), '"return_type"'],
    ['an entry that is none', 'GET /a', 'expected object'],
    [
      'a switch that is neither on nor off',
      endpoint('GET', '/a', 'f', { disabled: 'no' }),
      '"disabled"',
    ],
  ])('%s', async (_what, entry, reason) => {
    const { endpoints, problems } = await read({ [FILE]: [endpoint('GET', '/ok', 'f'), entry] });
    expect(endpoints.map(({ route }) => route)).toEqual(['/ok']);
    expect(problems[0]).toContain(`${FILE} [1]: `);
    expect(problems[0]).toContain(reason);
  });

  test.each(['missing', 'number', 'empty', 'toString'])(
    'a secret that is no text in FUNCTION_SECRETS_FILE, whose name is not told: %s',
    async (name) => {
      const entry = endpoint('GET', '/a', 'f', { ...valid, secret_name: name });
      expect(await read({ [FILE]: [entry] })).toEqual({
        endpoints: [],
        problems: [
          `${FILE} [0]: the secret that "secret_name" names is no text in FUNCTION_SECRETS_FILE`,
        ],
      });
    },
  );

  test('of two of one method and route, in whichever files, the first one is served', async () => {
    const { endpoints, problems } = await read({
      [FILE]: [endpoint('GET', '/a', 'f')],
      'http_endpoints/config.json': [
        endpoint('POST', '/a', 'f'),
        endpoint('GET', '/a', 'folder/f'),
      ],
    });
    expect(endpoints.map(({ functionName, method }) => [method, functionName])).toEqual([
      ['GET', 'f'],
      ['POST', 'f'],
    ]);
    expect(problems).toEqual(['http_endpoints/config.json [1]: "GET /a" is there twice']);
  });
});

describe('refused is', () => {
  test.each([
    ['is no JSON', '[{"route": hunter2}]'],
    ['is no list', {}],
  ])('a file that %s, which is not quoted', async (_what, content) => {
    const refusal = read({ [FILE]: content });
    await expect(refusal).rejects.toThrow(`${FILE} must be a JSON list of endpoints`);
    await expect(refusal).rejects.not.toThrow('hunter2');
  });

  test('a file that is too large', async () => {
    await expect(read({ [FILE]: `[${' '.repeat(2 ** 20)}]` })).rejects.toThrow('is larger than');
  });

  test('anything at all with FUNCTIONS_STRICT, everything at once', async () => {
    const files = { [FILE]: [endpoint('GET', '/a', 'g'), endpoint('HEAD', '/b', 'f')] };
    await expect(read(files, { FUNCTIONS_STRICT: 'true' })).rejects.toThrow(
      /\[0\]: there is no function "g".*\[1\]: "http_method".*"disabled"/,
    );
    expect((await read(files)).problems).toHaveLength(2);
  });
});
