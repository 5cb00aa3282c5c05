import { describe, expect, test } from '@jest/globals';
import { Int32, Long } from '../../../src/bson.ts';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { FunctionCall } from '../../../src/functions/functions.ts';
import { connectFunctions, inspectFunctions } from '../../../src/functions/open-functions.ts';
import { createLog } from '../../../src/log.ts';
import { writeApp } from '../../support/functions-app.ts';
import { createTrigger } from '../../support/triggers.ts';

const USER = {
  userId: 'user',
  data: { email: 'a@example.com', name: 'Ada' },
  identities: [
    { id: 'i1', shownId: 'i1', provider: 'local-userpass', data: { email: 'a@example.com' } },
    { id: 'i2', shownId: 'x', provider: 'custom-token', data: { name: 'Ada' } },
  ],
} as const;

const AS_FUNCTIONS_SEE = {
  id: 'user',
  type: 'normal',
  data: { email: 'a@example.com', name: 'Ada' },
  identities: [
    { id: 'i1', provider_type: 'local-userpass', data: { email: 'a@example.com' } },
    { id: 'x', provider_type: 'custom-token', data: { name: 'Ada' } },
  ],
};

function configOf(env: Record<string, string>): Config {
  const parsed = parseConfig({ FUNCTIONS_DIR: 'functions', ...env });
  if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
  return parsed.config;
}

/** Functions that write to these collections and do no more. */
function connect(
  written: readonly string[],
  env: Record<string, string> = {},
  result: (name: string) => unknown = (name) => `${name} ran`,
) {
  const called: FunctionCall[] = [];
  const noted: string[] = [];
  const functions = connectFunctions(
    {
      has: () => true,
      describe: () => undefined,
      async call(call) {
        called.push(call);
        await call.onWritten?.(new Set(written));
        return result(call.name);
      },
      close: async () => undefined,
    },
    {
      config: configOf(env),
      log: createLog('silent'),
      noteChange: async (userId) => {
        noted.push(userId);
      },
    },
  );
  return { called, functions, noted };
}

const DOCUMENTS = 'custom-user-data-database.custom-user-data';
const call = { name: 'f', args: [new Int32(1)], user: USER, customData: { n: Long.fromInt(7) } };

test('a call of a user says who calls, as functions see it', async () => {
  const { called, functions } = connect([]);
  const builtIn = async () => 'built in';
  const request = { remoteIPAddress: '1', httpMethod: 'POST', httpUserAgent: 'a' };
  expect(await functions.callFunction({ ...call, builtIn, request })).toBe('f ran');
  expect(called[0]).toMatchObject({ name: 'f', args: [new Int32(1)], origin: 'client', request });
  expect(called[0]?.user).toEqual({ ...AS_FUNCTIONS_SEE, custom_data: { n: Long.fromInt(7) } });
  expect(await called[0]?.builtIn?.('f', [])).toBe('built in');
});

describe('a call of an endpoint', () => {
  const request = {
    ...{ remoteIPAddress: '1', httpMethod: 'GET', httpUserAgent: 'a', rawQueryString: '' },
    ...{ requestHeaders: {}, headers: {}, webhookUrl: '/f' },
  };
  const asked = { name: 'f', argument: { query: {} }, client: '192.0.2.1', request };
  const result = () => ({ result: new Int32(7), statusCode: new Int32(201), headers: [] });

  test('without a user is for the system, in the turn of who sent the request', async () => {
    const { called, functions, noted } = connect([DOCUMENTS], {}, result);
    expect(await functions.callEndpoint({ ...asked, user: null, customData: {} })).toEqual({
      value: new Int32(7),
      answer: { statusCode: 201, headers: [] },
    });
    expect(called).toMatchObject([
      {
        ...{ args: [{ query: {} }], origin: 'endpoint', client: '192.0.2.1', request },
        user: { type: 'system' },
      },
    ]);
    expect(noted).toEqual([]);
  });

  test('for a user says who that is, and the history is told of what is written', async () => {
    const { called, functions, noted } = connect([DOCUMENTS], {}, result);
    const customData = { n: Long.fromInt(7) };
    await functions.callEndpoint({ ...asked, user: USER, customData });
    expect(called[0]?.user).toEqual({ ...AS_FUNCTIONS_SEE, custom_data: customData });
    expect(noted).toEqual(['user']);
  });
});

test('the function for new users runs as system, for a user without a document', async () => {
  const { called, functions, noted } = connect([DOCUMENTS], { ON_USER_CREATION_FUNCTION: 'made' });
  await functions.auth.beforeCreate(USER);
  expect(called).toMatchObject([{ name: 'made', origin: 'system', user: { type: 'system' } }]);
  expect(called[0]?.args).toEqual([{ ...AS_FUNCTIONS_SEE, custom_data: {} }]);
  expect(noted).toEqual(['user']);
});

test.each([
  [[DOCUMENTS, 'app.notes'], ['user']],
  [['app.notes'], []],
  [[], []],
])('the history is told of writes to the documents alone: %j', async (written, expected) => {
  const { functions, noted } = connect(written);
  await functions.callFunction({ ...call, builtIn: async () => null });
  expect(noted).toEqual(expected);
});

test('a trigger whose function is not there is among what cannot be used', async () => {
  const app = await writeApp({
    'functions/config.json': [],
    'functions/welcome.js': 'exports = 1;',
  });
  const config = configOf({ FUNCTIONS_DIR: app.path });
  const triggers = [createTrigger(), createTrigger({ name: 'other', functionName: 'gone' })];
  const { problems } = await inspectFunctions({
    ...config,
    functions: { ...config.functions, triggers },
  });
  await app.remove();
  expect(problems).toEqual(['triggers/onLogIn.json: there is no function "gone"']);
});
