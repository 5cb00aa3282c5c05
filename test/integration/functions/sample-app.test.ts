/** An exported App Services app, unchanged, through GraphQL. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { type AppDirectory, copySampleApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const TYPED = {
  int: 1,
  long: { $numberLong: '9007199254740993' },
  double: { $numberDouble: '1.5' },
  decimal: { $numberDecimal: '1.10' },
  id: { $oid: '63ed2dbe5960df2af7fd216e' },
  date: { $date: '1970-01-01T00:00:00Z' },
  binary: { $binary: { base64: 'AQID', subType: '00' } },
  nested: { list: [{ none: null }, 'é\u{1F600}'] },
};

describeOnEveryStore('the functions of an App Services app', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;
  let send: SendOperation;
  let documents: DocumentCollection;

  beforeAll(async () => {
    const { env, openDocuments } = provideStore();
    app = await copySampleApp(env.CUSTOM_DATA_DATABASE ?? 'custom-user-data-database');
    gateway = await startGateway({
      ...env,
      FUNCTIONS_DIR: app.path,
      FUNCTIONS_ENVIRONMENT: 'testing',
      FUNCTION_SECRETS_FILE: join(app.path, 'secrets.json'),
      FUNCTION_TIMEOUT: '10s',
    });
    send = createGraphQLClient(gateway.url);
    documents = await openDocuments();
  });
  afterAll(async () => {
    await gateway.stop();
    await app.remove();
  });

  const call = (token: string, name: string, ...args: unknown[]) =>
    send(OPERATIONS.callFunction, { token, variables: { name, arguments: args } });
  const resultOf = async (token: string, name: string, ...args: unknown[]) => {
    const answer = await call(token, name, ...args);
    expect(answer.errors).toBeUndefined();
    return answer.data.callFunction;
  };

  test('upsert the document of the caller, every BSON type kept', async () => {
    const { accessToken, user } = await logInAnonymously(send);
    const inserted = await resultOf(accessToken, 'writeProfile', TYPED);
    expect(inserted).toEqual({
      matchedCount: 0,
      modifiedCount: 0,
      upsertedId: { $oid: expect.stringMatching(/^[0-9a-f]{24}$/) },
    });
    expect(await resultOf(accessToken, 'writeProfile', { int: 2 })).toEqual({
      matchedCount: 1,
      modifiedCount: 1,
    });
    expect(await resultOf(accessToken, 'readProfile')).toEqual({
      ...TYPED,
      int: 2,
      double: 1.5,
      userId: user.id,
    });
    const stored = await documents.findStored({ userId: user.id });
    expect(stored?.document).toMatchObject({ _id: new ObjectId(inserted.upsertedId.$oid) });
  });

  test('write what shows after a refresh, not before', async () => {
    const { accessToken } = await logInAnonymously(send);
    await resultOf(accessToken, 'writeProfile', { seen: true });
    expect((await send(OPERATIONS.me, { token: accessToken })).data.me.customData).toBeNull();
    const refreshed = await send(OPERATIONS.refreshCustomData, { token: accessToken });
    expect(refreshed.data.refreshCustomData.customData).toMatchObject({ seen: true });
  });

  test('read and write any collection', async () => {
    const { accessToken } = await logInAnonymously(send);
    await resultOf(accessToken, 'countVisit', '/b');
    expect(await resultOf(accessToken, 'countVisit', '/a')).toEqual({
      count: 2,
      pages: ['/a', '/b'],
    });
  });

  test('call each other, private ones too, with values and environment', async () => {
    const { accessToken } = await logInAnonymously(send);
    expect(await resultOf(accessToken, 'greet', 'Ada')).toBe(
      'Hello, Ada! Good to see you [testing]',
    );
  });

  test('call the built-in functions under the policy of the mutations', async () => {
    const { accessToken, user } = await logInAnonymously(send);
    const written = await resultOf(accessToken, 'saveThroughGateway', TYPED);
    expect(written).toMatchObject({
      result: { matchedCount: 0, modifiedCount: 0, upsertedId: { $oid: expect.any(String) } },
      seen: {},
    });
    expect(await resultOf(accessToken, 'readProfile')).toEqual({
      ...{ userId: user.id },
      ...TYPED,
      double: 1.5,
    });
    const refused = await call(accessToken, 'saveThroughGateway', { userId: 'someone else' });
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: 'FIELD_NOT_WRITABLE',
      paths: ['/userId'],
    });
  });

  test('see who calls, and the custom data of the token with its types', async () => {
    const email = `${Date.now()}-${Math.random()}@example.com`;
    const password = 'correct horse';
    const registered = await send(OPERATIONS.registerUser, { variables: { email, password } });
    const { userId } = registered.data.registerUser;
    const credentials = { emailPassword: { email, password } };
    const first = await send(OPERATIONS.logIn, { variables: { credentials } });
    const written = await send(OPERATIONS.write, {
      token: first.data.logIn.accessToken,
      variables: { data: { big: TYPED.long } },
    });
    const { accessToken } = written.data.writeCustomUserData;
    expect(await resultOf(accessToken, 'whoAmI')).toEqual({
      user: {
        id: userId,
        type: 'normal',
        data: { email },
        custom_data: { _id: expect.any(String), userId, big: TYPED.long },
        identities: [{ id: expect.any(String), provider_type: 'local-userpass', data: { email } }],
      },
      request: { remoteIPAddress: '127.0.0.1', httpMethod: 'POST', httpUserAgent: 'node' },
      app: { id: 'myapp-abcde', clientAppId: 'myapp-abcde', name: 'myapp' },
      system: false,
    });
  });

  test('may have a folder, use secrets, and update with upsert', async () => {
    const { accessToken, user } = await logInAnonymously(send);
    const team = await resultOf(accessToken, 'teams/addMember', `team of ${user.id}`);
    expect(team).toMatchObject({
      members: [user.id],
      invitation: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test.each([
    [[1, 2, 3], 6],
    [[1, 0.5], 1.5],
    [[{ $numberInt: '4' }, { $numberDouble: '4.0' }], 8],
    [[2147483647, 1], 2147483648],
  ])('add up %j', async (numbers, sum) => {
    const { accessToken } = await logInAnonymously(send);
    expect(await resultOf(accessToken, 'sumFunc', ...numbers)).toBe(sum);
  });

  test('get arguments of every kind, null as $undefined, and none', async () => {
    const { accessToken } = await logInAnonymously(send);
    const args = [TYPED, 'text', [1, [2]], true, { $undefined: true }, {}];
    expect(await resultOf(accessToken, 'echo', ...args)).toEqual([
      { ...TYPED, double: 1.5 },
      'text',
      [1, [2]],
      true,
      null,
      {},
    ]);
    const answer = await send('mutation { callFunction(name: "echo") }', { token: accessToken });
    expect(answer.data.callFunction).toEqual([]);
  });

  test('answer null for a function that returns nothing, and for the built-in delete a count', async () => {
    const { accessToken } = await logInAnonymously(send);
    expect(await resultOf(accessToken, 'readProfile')).toBeNull();
    expect(await resultOf(accessToken, 'deleteCustomUserData')).toEqual({ deletedCount: 0 });
    await resultOf(accessToken, 'writeCustomUserData', { a: 1 });
    expect(await resultOf(accessToken, 'deleteCustomUserData')).toEqual({ deletedCount: 1 });
  });

  test.each([
    ['gone', 'FUNCTION_NOT_FOUND', "function not found: 'gone'"],
    ['toString', 'FUNCTION_NOT_FOUND', "function not found: 'toString'"],
    ['internalGreeting', 'FUNCTION_NOT_FOUND', "function not found: 'internalGreeting'"],
    ['ownersOnly', 'FUNCTION_NOT_ALLOWED', 'rule not matched for function "ownersOnly"'],
    ['throwing', 'FUNCTION_FAILED', 'ReferenceError: unknown is not defined'],
  ])('refuse a call of %s with %s', async (name, code, message) => {
    const { accessToken } = await logInAnonymously(send);
    const answer = await call(accessToken, name);
    expect(answer.status).toBe(200);
    expect(answer.errors).toMatchObject([{ message, extensions: { code, function: name } }]);
  });

  test('are allowed by a rule about the custom data of the token', async () => {
    const { accessToken } = await logInAnonymously(send);
    const written = await send(OPERATIONS.write, {
      token: accessToken,
      variables: { data: { role: 'owner' } },
    });
    const token = written.data.writeCustomUserData.accessToken;
    expect(await resultOf(token, 'ownersOnly')).toBe('welcome');
    expect((await call(accessToken, 'ownersOnly')).code).toBe('FUNCTION_NOT_ALLOWED');
  });

  test.each(['echo', 'writeCustomUserData', 'gone'])(
    'need a session that has not ended: %s',
    async (name) => {
      const { accessToken } = await logInAnonymously(send);
      await send(OPERATIONS.logOut, { token: accessToken });
      const answer = await call(accessToken, name);
      expect(answer.errors?.[0]?.extensions).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'SESSION_ENDED',
      });
      expect((await send(OPERATIONS.callFunction, { variables: { name } })).code).toBe(
        'UNAUTHENTICATED',
      );
    },
  );

  test('are not called with a malformed argument', async () => {
    const { accessToken } = await logInAnonymously(send);
    expect((await call(accessToken, 'echo', { $oid: 'x' })).code).toBe('BAD_USER_INPUT');
  });

  test('refuse what is no document to the built-in write', async () => {
    const { accessToken } = await logInAnonymously(send);
    for (const args of [[], [1], [[{}]], [TYPED.id]]) {
      expect((await call(accessToken, 'writeCustomUserData', ...args)).code).toBe('BAD_USER_INPUT');
    }
  });
});
