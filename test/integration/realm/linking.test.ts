import { beforeEach, expect, test } from '@jest/globals';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { decodeUnverifiedToken } from '../../support/graphql-client.ts';
import { linkIn } from '../../support/mail-server.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';
import { useRealmGateway } from '../../support/realm-gateway.ts';

const password = 'correct horse';

describeOnEveryStore('row 21: linking with realm-web', (provideStore) => {
  const provide = useRealmGateway(provideStore, {
    authFunction: ({ id }: { id: string }) => {
      if (id === 'nobody') throw new Error('I do not know you');
      return id;
    },
  });
  let client: RealmClient;
  beforeEach(() => {
    client = createRealmClient(provide().gateway.url);
  });
  const requests = () =>
    client.takeRequests().map(({ method, path, status }) => `${method} ${path} ${status}`);

  test('adds an identity to the same user, whose session goes on', async () => {
    const user = await client.app.logIn(Credentials.anonymous());
    await user.callFunction('writeCustomUserData', { theme: 'dark' });
    const before = decodeUnverifiedToken(user.accessToken ?? '');
    const email = 'linked@example.com';
    const { emailPasswordAuth } = client.app;
    await emailPasswordAuth.registerUser({ email, password });
    const { token, tokenId } = linkIn(provide().mailServer.latestTo(email));
    await emailPasswordAuth.confirmUser({ token, tokenId });
    client.takeRequests();
    const credentials = Credentials.emailPassword(email, password);
    await user.linkCredentials(credentials);
    expect(requests()).toEqual([
      expect.stringMatching(/\/local-userpass\/login\?link=true 200$/),
      'GET /auth/profile 200',
    ]);
    expect(user.identities.map(({ providerType }) => providerType)).toEqual([
      'anon-user',
      'local-userpass',
    ]);
    const after = decodeUnverifiedToken(user.accessToken ?? '');
    expect(after).toMatchObject({ sub: before.sub, sid: before.sid, exp: before.exp });
    expect(await user.refreshCustomData()).toMatchObject({ theme: 'dark' });
    const again = await createRealmClient(provide().gateway.url).app.logIn(credentials);
    expect(again.id).toBe(user.id);
  });

  test.each([
    [
      'an identity of another user',
      () => Credentials.function({ id: 'taken' }),
      'AccountNameInUse',
    ],
    ['a wrong password', () => Credentials.emailPassword('a@b.c', 'wrong'), 'InvalidPassword'],
    ['a bad token', () => Credentials.jwt('a.b.c'), 'AuthError'],
    ['a function that throws', () => Credentials.function({ id: 'nobody' }), 'AuthError'],
    ['an API key', () => Credentials.apiKey('x'), 'InvalidParameter'],
  ])('with %s is 400, once, and the user stays', async (_name, createCredentials, code) => {
    await createRealmClient(provide().gateway.url).app.logIn(Credentials.function({ id: 'taken' }));
    const user = await client.app.logIn(Credentials.anonymous());
    client.takeRequests();
    await expect(user.linkCredentials(createCredentials())).rejects.toMatchObject({
      statusCode: 400,
      errorCode: code,
    });
    expect(requests()).toHaveLength(1);
    expect(user.isLoggedIn).toBe(true);
  });

  test('of a user who was deleted elsewhere: one refresh, then logged out', async () => {
    const user = await client.app.logIn(Credentials.anonymous());
    const elsewhere = createRealmClient(provide().gateway.url, {
      storage: new Map(client.storage),
    });
    await elsewhere.app.deleteUser(elsewhere.app.currentUser as NonNullable<typeof user>);
    client.takeRequests();
    await expect(user.linkCredentials(Credentials.function({ id: 'x' }))).rejects.toMatchObject({
      errorCode: 'InvalidSession',
    });
    expect(requests()).toEqual([
      expect.stringMatching(/login\?link=true 401$/),
      'POST /auth/session 401',
    ]);
    expect(user.isLoggedIn).toBe(false);
  });
});
