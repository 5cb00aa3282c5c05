import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';

const PUBLIC_URL = 'http://gateway.example';
const MINUTE = 60_000;

/** realm-web answers some refusals with a refresh and the same request again, without a limit. */
describeOnEveryStore('no answer makes realm-web loop:', (provideStore) => {
  let gateway: TestGateway;
  let client: RealmClient;
  let user: Awaited<ReturnType<RealmClient['app']['logIn']>>;
  let clock = Date.now();

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => clock });
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    client = createRealmClient(gateway.url);
    user = await client.app.logIn(Credentials.anonymous());
    client.takeRequests();
  });

  const sent = () =>
    client.takeRequests().map(({ method, path, status }) => `${method} ${path} ${status}`);
  const CALL = 'POST /app/myapp-abcde/functions/call';
  const REFRESH = 'POST /auth/session';

  test('a session that was ended elsewhere: one refresh, then logged out', async () => {
    const { app } = createRealmClient(gateway.url, { storage: new Map(client.storage) });
    await app.currentUser?.logOut();
    await expect(user.callFunction('writeCustomUserData', {})).rejects.toMatchObject({
      statusCode: 401,
      errorCode: 'InvalidSession',
    });
    expect(sent()).toEqual([`${CALL} 401`, `${REFRESH} 401`]);
    expect(user.isLoggedIn).toBe(false);
  });

  test('an expired access token: one refresh, and the call is done', async () => {
    clock += 31 * MINUTE;
    await user.callFunction('writeCustomUserData', { a: 1 });
    expect(sent()).toEqual([`${CALL} 401`, `${REFRESH} 201`, `${CALL} 200`]);
  });

  test('both tokens expired: one refresh, then logged out', async () => {
    clock += 61 * 24 * 60 * MINUTE;
    await expect(user.callFunction('writeCustomUserData', {})).rejects.toMatchObject({
      errorCode: 'InvalidSession',
    });
    expect(sent()).toEqual([`${CALL} 401`, `${REFRESH} 401`]);
    expect(user.isLoggedIn).toBe(false);
  });

  test('a 20 MB body: one request', async () => {
    const argument = { text: 'x'.repeat(20 * 1024 * 1024) };
    await expect(user.callFunction('writeCustomUserData', argument)).rejects.toMatchObject({
      statusCode: 413,
      errorCode: 'BadRequest',
    });
    expect(sent()).toEqual([`${CALL} 413`]);
  });

  test('an unknown function: one request', async () => {
    await expect(user.callFunction('noSuchFunction')).rejects.toMatchObject({
      statusCode: 404,
      errorCode: 'FunctionNotFound',
    });
    expect(sent()).toEqual([`${CALL} 404`]);
  });

  test('a write that is refused: one request', async () => {
    const write = user.callFunction('writeCustomUserData', { userId: 'somebody else' });
    await expect(write).rejects.toMatchObject({ statusCode: 403 });
    expect(sent()).toEqual([`${CALL} 403`]);
  });

  test('wrong kinds of token: one refresh, then logged out', async () => {
    const { accessToken, refreshToken } = user;
    user.accessToken = refreshToken;
    user.refreshToken = accessToken;
    clock += MINUTE;
    await expect(user.refreshProfile()).rejects.toMatchObject({ errorCode: 'InvalidSession' });
    expect(sent()).toEqual(['GET /auth/profile 401', `${REFRESH} 401`]);
    expect(user.isLoggedIn).toBe(false);
  });

  describe('another gateway with other keys at the same address', () => {
    let removeData: () => Promise<void>;
    let own: TestGateway;
    let foreign: TestGateway;
    let mixed: RealmClient;

    beforeEach(async () => {
      const directory = await createTemporaryDirectory();
      removeData = directory.remove;
      const now = () => clock;
      own = await startGateway({ ...provideStore().env, PUBLIC_URL }, { now });
      foreign = await startGateway({ DATA_DIR: directory.path, PUBLIC_URL }, { now });
      // Function calls reach the foreign gateway, everything else the own.
      mixed = createRealmClient(PUBLIC_URL, {
        send: (input, init) => {
          const url = String(input);
          const { url: target } = url.includes('/functions/') ? foreign : own;
          return fetch(url.replace(PUBLIC_URL, target), init);
        },
      });
    });
    afterEach(async () => {
      await own.stop();
      await foreign.stop();
      await removeData();
    });

    test('refuses a token that was issued a moment ago with 403', async () => {
      const mixedUser = await mixed.app.logIn(Credentials.anonymous());
      mixed.takeRequests();
      await expect(mixedUser.callFunction('writeCustomUserData', {})).rejects.toMatchObject({
        statusCode: 403,
        errorCode: 'AuthError',
      });
      expect(mixed.takeRequests().map(({ status }) => status)).toEqual([403]);
      expect(mixedUser.isLoggedIn).toBe(true);
      expect(foreign.logText()).toContain('a gateway with other keys?');
    });

    test('refuses an older token with 401, and the refreshed one with 403', async () => {
      const mixedUser = await mixed.app.logIn(Credentials.anonymous());
      mixed.takeRequests();
      clock += MINUTE;
      await expect(mixedUser.callFunction('writeCustomUserData', {})).rejects.toMatchObject({
        statusCode: 403,
      });
      expect(mixed.takeRequests().map(({ status }) => status)).toEqual([401, 201, 403]);
    });
  });

  test('a user who was deleted elsewhere: one refresh, then logged out', async () => {
    const { app } = createRealmClient(gateway.url, { storage: new Map(client.storage) });
    await app.deleteUser(app.currentUser as typeof user);
    await expect(user.refreshProfile()).rejects.toMatchObject({ errorCode: 'InvalidSession' });
    expect(sent()).toEqual(['GET /auth/profile 401', `${REFRESH} 401`]);
    expect(user.isLoggedIn).toBe(false);
    // Nothing is left to log out of, so this is no error.
    await user.logOut();
  });

  test('a user who was disabled: one refresh, then logged out', async () => {
    await runCommand(['users', 'disable', user.id], provideStore().env);
    await expect(user.callFunction('writeCustomUserData', {})).rejects.toMatchObject({
      errorCode: 'InvalidSession',
    });
    expect(sent()).toEqual([`${CALL} 401`, `${REFRESH} 401`]);
    expect(user.isLoggedIn).toBe(false);
  }, 30_000);

  test('an API key that is not there: one request', async () => {
    const find = user.apiKeys.fetch('63ed2dbe5960df2af7fd216e');
    await expect(find).rejects.toMatchObject({ statusCode: 404, errorCode: 'APIKeyNotFound' });
    expect(sent()).toEqual(['GET /auth/api_keys/63ed2dbe5960df2af7fd216e 404']);
    expect(user.isLoggedIn).toBe(true);
  });

  test('a stream, which there is none of: one request', async () => {
    const documents = user.mongoClient('mongodb-atlas').db('any').collection('any');
    await expect(documents.watch().next()).rejects.toMatchObject({
      statusCode: 400,
      error: expect.stringContaining('not supported'),
    });
    expect(sent()).toEqual([expect.stringMatching(/^GET .*\?baas_request=.* 400$/)]);
  });

  test('GraphQL ends the session: one refresh, then logged out', async () => {
    const send = createGraphQLClient(gateway.url);
    await send(OPERATIONS.logOut, { token: user.accessToken ?? '' });
    await expect(user.refreshCustomData()).rejects.toMatchObject({ errorCode: 'InvalidSession' });
    expect(sent()).toEqual([`${REFRESH} 401`]);
    expect(user.isLoggedIn).toBe(false);
  });
});
