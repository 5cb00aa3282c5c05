import { beforeEach, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS } from '../../support/account-operations.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, decodeUnverifiedToken } from '../../support/graphql-client.ts';
import { linkIn } from '../../support/mail-server.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';
import { issueIdToken, useRealmGateway } from '../../support/realm-gateway.ts';

const password = 'correct horse';

describeOnEveryStore('row 21: linking with realm-web', (provideStore) => {
  const calls: { readonly args: readonly unknown[] }[] = [];
  const provide = useRealmGateway(
    provideStore,
    {
      authFunction: ({ id }: { id: string }) => {
        if (id === 'nobody') throw new Error('I do not know you');
        return id;
      },
      created: (...args: readonly unknown[]) => {
        calls.push({ args });
      },
    },
    { ON_USER_CREATION_FUNCTION: 'created' },
  );
  const creations = () => calls;
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

  test('shows the id that the provider gave, also to functions', async () => {
    const id = 'user 42 of the operator';
    const user = await client.app.logIn(Credentials.function({ id }));
    expect(user.identities).toEqual([{ id, providerType: 'custom-function' }]);
    expect(creations().at(-1)?.args).toEqual([
      expect.objectContaining({
        identities: [{ id, provider_type: 'custom-function', data: {} }],
      }),
    ]);
    const { issuer } = provide();
    const linked = [
      [Credentials.google({ idToken: issueIdToken(issuer, 'google 42') }), 'google 42'],
      [Credentials.apple(issueIdToken(issuer, 'apple 42')), 'apple 42'],
      [Credentials.jwt(issueIdToken(issuer, 'jwt 42', 'external')), 'jwt 42'],
    ] as const;
    for (const [credentials] of linked) await user.linkCredentials(credentials);
    expect(user.identities.map((identity) => identity.id)).toEqual([
      id,
      ...linked.map(([, external]) => external),
    ]);
    // What the gateway goes by has not changed.
    const token = user.accessToken ?? '';
    const send = createGraphQLClient(provide().gateway.url);
    const again = await send(ACCOUNT_OPERATIONS.linkCredentials, {
      token,
      variables: { credentials: { function: { payload: { id } } } },
    });
    const ids = again.data.linkCredentials.identities.map(
      (identity: { id: string }) => identity.id,
    );
    expect(ids).toEqual(Array(4).fill(expect.stringMatching(/^[0-9a-f]{24}$/)));
  });

  test('with a second e-mail address is refused in the words that clients know', async () => {
    const user = await client.app.logIn(Credentials.anonymous());
    const emails = ['first@example.com', 'second@example.com'];
    for (const email of emails) {
      await client.app.emailPasswordAuth.registerUser({ email, password });
      const { token, tokenId } = linkIn(provide().mailServer.latestTo(email));
      await client.app.emailPasswordAuth.confirmUser({ token, tokenId });
    }
    const [first = '', second = ''] = emails;
    await user.linkCredentials(Credentials.emailPassword(first, password));
    client.takeRequests();
    const refusal = await user
      .linkCredentials(Credentials.emailPassword(second, password))
      .catch((error) => error);
    expect(refusal).toMatchObject({ statusCode: 400, errorCode: 'BadRequest' });
    expect(refusal.error).toContain('unauthorized');
    expect(refusal.error).toContain(
      'linking a local-userpass identity is not allowed when one is already linked',
    );
    expect(requests()).toHaveLength(1);
    await user.refreshProfile();
    expect(user.identities.map(({ providerType }) => providerType)).toEqual([
      'anon-user',
      'local-userpass',
    ]);
    const other = createRealmClient(provide().gateway.url);
    expect((await other.app.logIn(Credentials.emailPassword(second, password))).id).not.toBe(
      user.id,
    );
  });

  test('of an identity of another user says that there is one', async () => {
    await createRealmClient(provide().gateway.url).app.logIn(Credentials.function({ id: 'taken' }));
    const user = await client.app.logIn(Credentials.anonymous());
    const refusal = await user
      .linkCredentials(Credentials.function({ id: 'taken' }))
      .catch((error) => error);
    expect(refusal.error).toBe('unauthorized: a user already exists with the specified provider');
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
