import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';

const APP = 'app(myapp-abcde)';

describeOnEveryStore('realm-web keeps', (provideStore) => {
  let gateway: TestGateway;
  let client: RealmClient;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    client = createRealmClient(gateway.url);
  });

  test('several users in one app, and switches between them', async () => {
    const { app } = client;
    const first = await app.logIn(Credentials.anonymous(false));
    const second = await app.logIn(Credentials.anonymous(false));
    expect(app.currentUser?.id).toBe(second.id);
    await second.callFunction('writeCustomUserData', { name: 'second' });
    app.switchUser(first);
    await app.currentUser?.callFunction('writeCustomUserData', { name: 'first' });
    expect(await first.refreshCustomData()).toMatchObject({ name: 'first' });
    expect(await second.refreshCustomData()).toMatchObject({ name: 'second' });
    await app.removeUser(first);
    expect(Object.keys(app.allUsers)).toEqual([second.id]);
    expect(await second.refreshCustomData()).toMatchObject({ name: 'second' });
  });

  test('the anonymous user that there is, as it does by default', async () => {
    const first = await client.app.logIn(Credentials.anonymous());
    const again = await client.app.logIn(Credentials.anonymous());
    expect(again.id).toBe(first.id);
  });

  test('its user over a restart of the page', async () => {
    const before = await client.app.logIn(Credentials.anonymous());
    await before.callFunction('writeCustomUserData', { kept: true });
    const { app } = createRealmClient(gateway.url, { storage: client.storage });
    expect(app.currentUser?.id).toBe(before.id);
    expect(await app.currentUser?.refreshCustomData()).toMatchObject({ kept: true });
  });

  test('its server, also if the base URL ends with a slash', async () => {
    const slashed = createRealmClient(`${gateway.url}/`);
    const user = await slashed.app.logIn(Credentials.anonymous());
    expect(user.isLoggedIn).toBe(true);
    expect(await slashed.app.locationUrl).toBe(gateway.url);
  });

  test('nothing of a user who logged out', async () => {
    const user = await client.app.logIn(Credentials.anonymous());
    const { refreshToken } = user;
    await user.logOut();
    expect(user.state).toBe('logged-out');
    const response = await fetch(`${gateway.url}/api/client/v2.0/auth/session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${refreshToken}` },
    });
    expect(response.status).toBe(401);
  });

  describe('tokens of the original service in storage', () => {
    const ID = '63ed2dbe5960df2af7fd216e';
    /** As the original signed them: HS256 with a key that nobody else has. */
    const createOldToken = (claims: object) =>
      [
        { alg: 'HS256', typ: 'JWT' },
        { exp: 4_000_000_000, iat: 1_667_938_818, sub: ID, ...claims },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .concat(Buffer.from('signature').toString('base64url'))
        .join('.');

    beforeEach(() => {
      client.storage.set(`${APP}:userIds`, JSON.stringify([ID]));
      const key = `${APP}:user(${ID})`;
      client.storage.set(`${key}:accessToken`, createOldToken({ typ: 'access' }));
      client.storage.set(`${key}:refreshToken`, createOldToken({ typ: 'refresh' }));
      client.storage.set(`${key}:providerType`, 'local-userpass');
      client = createRealmClient(gateway.url, { storage: client.storage });
    });

    test('log the user out with one refresh at the first call', async () => {
      const user = client.app.currentUser;
      expect(user?.isLoggedIn).toBe(true);
      await expect(user?.callFunction('f')).rejects.toMatchObject({ errorCode: 'InvalidSession' });
      expect(client.takeRequests().map(({ path, status }) => [path, status])).toEqual([
        ['/app/myapp-abcde/location', 200],
        ['/app/myapp-abcde/functions/call', 401],
        ['/auth/session', 401],
      ]);
      expect(user?.isLoggedIn).toBe(false);
      expect(client.app.currentUser).toBeNull();
    });

    test('are no obstacle to logging out, or to logging in as somebody else', async () => {
      await client.app.currentUser?.logOut();
      expect(client.app.currentUser).toBeNull();
      const user = await client.app.logIn(Credentials.anonymous());
      expect(client.app.currentUser?.id).toBe(user.id);
    });
  });
});
