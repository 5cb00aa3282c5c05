import { beforeEach, describe, expect, test } from '@jest/globals';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { linkIn } from '../../support/mail-server.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';
import { issueIdToken, useRealmGateway } from '../../support/realm-gateway.ts';

const password = 'correct horse';
const CALL = ['writeCustomUserData', { theme: 'dark' }] as const;

describeOnEveryStore('accounts with realm-web', (provideStore) => {
  const provide = useRealmGateway(provideStore, {
    authFunction: ({ id }: { id: string }) => {
      if (id === 'nobody') throw new Error('I do not know you');
      return id;
    },
  });
  let client: RealmClient;
  let count = 0;

  beforeEach(() => {
    client = createRealmClient(provide().gateway.url);
  });

  const newEmail = () => {
    count += 1;
    return `realm-${count}@example.com`;
  };
  const requests = () =>
    client
      .takeRequests()
      .map(({ method, path, status }) => `${method} ${path} ${status}`)
      .filter((request) => !request.includes('/location'));

  async function register(): Promise<string> {
    const email = newEmail();
    const { emailPasswordAuth } = client.app;
    await emailPasswordAuth.registerUser({ email, password });
    const { token, tokenId } = linkIn(provide().mailServer.latestTo(email));
    await emailPasswordAuth.confirmUser({ token, tokenId });
    client.takeRequests();
    return email;
  }

  describe('row 2: logging in', () => {
    test.each([
      ['an e-mail address', async () => Credentials.emailPassword(await register(), password)],
      [
        'a custom token',
        async () =>
          Credentials.jwt(issueIdToken(provide().issuer, `jwt-${newEmail()}`, 'external')),
      ],
      ['a custom function', async () => Credentials.function({ id: newEmail() })],
      [
        'an ID token of Google',
        async () => Credentials.google({ idToken: issueIdToken(provide().issuer, newEmail()) }),
      ],
      [
        'an ID token of Apple',
        async () => Credentials.apple(issueIdToken(provide().issuer, newEmail())),
      ],
    ])('with %s twice is one user, with one identity', async (_name, createCredentials) => {
      const credentials = await createCredentials();
      const first = await client.app.logIn(credentials);
      await first.callFunction(...CALL);
      client.takeRequests();
      const again = await createRealmClient(provide().gateway.url).app.logIn(credentials);
      expect(again.id).toBe(first.id);
      expect(again.customData).toMatchObject({ theme: 'dark' });
      expect(again.identities.map(({ providerType }) => providerType)).toEqual([
        first.providerType,
      ]);
    });

    test('by e-mail shows the address in the profile', async () => {
      const email = await register();
      const user = await client.app.logIn(Credentials.emailPassword(email, password));
      expect(user.profile).toEqual({ email });
    });

    test.each([
      ['a wrong password', Credentials.emailPassword('nobody@example.com', 'wrong password')],
      ['an unknown key', Credentials.apiKey('unknown')],
      ['a bad token', Credentials.jwt('a.b.c')],
      ['a bad ID token', Credentials.google({ idToken: 'a.b.c' })],
    ])('with %s is 401 unauthorized, once', async (_name, credentials) => {
      await expect(client.app.logIn(credentials)).rejects.toMatchObject({
        statusCode: 401,
        error: 'unauthorized',
      });
      expect(requests()).toHaveLength(1);
    });

    test('with a function that throws is 401 with its message', async () => {
      await expect(client.app.logIn(Credentials.function({ id: 'nobody' }))).rejects.toMatchObject({
        statusCode: 401,
        error: 'I do not know you',
        errorCode: 'AuthError',
      });
    });
  });

  describe('e-mail addresses', () => {
    test('rows 9 and 10: registering and confirming', async () => {
      const email = newEmail();
      const { emailPasswordAuth } = client.app;
      await emailPasswordAuth.registerUser({ email, password });
      const logIn = () => client.app.logIn(Credentials.emailPassword(email, password));
      await expect(logIn()).rejects.toMatchObject({ statusCode: 401, error: 'unauthorized' });
      const { token, tokenId } = linkIn(provide().mailServer.latestTo(email));
      await emailPasswordAuth.confirmUser({ token, tokenId });
      expect((await logIn()).isLoggedIn).toBe(true);
      expect(requests()).toEqual([
        expect.stringMatching(/^POST .*\/local-userpass\/register 201$/),
        expect.stringMatching(/^POST .*\/local-userpass\/login 401$/),
        expect.stringMatching(/^POST .*\/local-userpass\/confirm 204$/),
        expect.stringMatching(/^POST .*\/local-userpass\/login 200$/),
        'GET /auth/profile 200',
      ]);
    });

    test('row 11: sending the confirmation again', async () => {
      const email = newEmail();
      const { emailPasswordAuth } = client.app;
      await emailPasswordAuth.registerUser({ email, password });
      const { mails } = provide().mailServer;
      const before = mails.length;
      await emailPasswordAuth.resendConfirmationEmail({ email });
      expect(mails.length - before).toBe(1);
      expect(requests()[1]).toMatch(/\/local-userpass\/confirm\/send 204$/);
    });

    test('rows 13 and 14: resetting by mail ends every session', async () => {
      const email = await register();
      const user = await client.app.logIn(Credentials.emailPassword(email, password));
      const { emailPasswordAuth } = client.app;
      await emailPasswordAuth.sendResetPasswordEmail({ email });
      const { token, tokenId } = linkIn(provide().mailServer.latestTo(email));
      await emailPasswordAuth.resetPassword({ token, tokenId, password: 'another password' });
      expect(requests().slice(2)).toEqual([
        expect.stringMatching(/\/local-userpass\/reset\/send 204$/),
        expect.stringMatching(/\/local-userpass\/reset 204$/),
      ]);
      await expect(user.refreshCustomData()).rejects.toMatchObject({ errorCode: 'InvalidSession' });
      const again = await client.app.logIn(Credentials.emailPassword(email, 'another password'));
      expect(again.id).toBe(user.id);
    });
  });

  describe('rows 16 to 20: API keys', () => {
    test('are made, listed, found, disabled, enabled, used and deleted', async () => {
      const user = await client.app.logIn(Credentials.anonymous());
      client.takeRequests();
      const { apiKeys } = user;
      const created = await apiKeys.create('my-key');
      expect(created).toEqual({
        _id: expect.stringMatching(/^[0-9a-f]{24}$/),
        key: expect.stringMatching(/^[\w-]{64}$/),
        name: 'my-key',
        disabled: false,
      });
      const { _id: id, key } = created as typeof created & { _id: string };
      const shown = { _id: id, name: 'my-key', disabled: false };
      expect(await apiKeys.fetchAll()).toEqual([shown]);
      expect(await apiKeys.fetch(id)).toEqual(shown);

      const other = createRealmClient(provide().gateway.url);
      const logIn = () => other.app.logIn(Credentials.apiKey(key));
      expect((await logIn()).id).toBe(user.id);
      await apiKeys.disable(id);
      expect(await apiKeys.fetch(id)).toEqual({ ...shown, disabled: true });
      await expect(logIn()).rejects.toMatchObject({ error: 'unauthorized' });
      await apiKeys.enable(id);
      expect((await logIn()).id).toBe(user.id);
      await apiKeys.delete(id);
      await expect(logIn()).rejects.toMatchObject({ error: 'unauthorized' });
      expect(await apiKeys.fetchAll()).toEqual([]);
      expect(requests()).toEqual([
        'POST /auth/api_keys 201',
        'GET /auth/api_keys 200',
        `GET /auth/api_keys/${id} 200`,
        `PUT /auth/api_keys/${id}/disable 204`,
        `GET /auth/api_keys/${id} 200`,
        `PUT /auth/api_keys/${id}/enable 204`,
        `DELETE /auth/api_keys/${id} 204`,
        'GET /auth/api_keys 200',
      ]);
    });
  });

  describe('row 24: GraphQL with credentials as headers', () => {
    const whoAmI = async (headers: Record<string, string>) => {
      const response = await fetch(
        `${provide().gateway.url}/api/client/v2.0/app/myapp-abcde/graphql`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ query: '{ me { id } }' }),
        },
      );
      const { data } = (await response.json()) as { data: { me: { id: string } } };
      return data.me.id;
    };

    test('runs as the user of an API key', async () => {
      const user = await client.app.logIn(Credentials.anonymous());
      const { key } = await user.apiKeys.create('graphql');
      expect(await whoAmI({ apiKey: key })).toBe(user.id);
    });

    test('runs as the user of a JWT', async () => {
      const token = issueIdToken(provide().issuer, newEmail(), 'external');
      const user = await client.app.logIn(Credentials.jwt(token));
      expect(await whoAmI({ jwtTokenString: token })).toBe(user.id);
    });
  });

  test('row 22: deleting a user, and the log-out that follows it', async () => {
    const credentials = Credentials.function({ id: newEmail() });
    const user = await client.app.logIn(credentials);
    await user.callFunction(...CALL);
    client.takeRequests();
    await client.app.deleteUser(user);
    expect(requests()).toEqual(['DELETE /auth/delete 204', 'DELETE /auth/session 204']);
    expect(user.state).toBe('removed');
    const next = await client.app.logIn(credentials);
    expect(next.id).not.toBe(user.id);
    // The document stays, as the original left it.
    const documents = await (await provideStore().openDocuments()).find({ userId: user.id });
    expect(documents).toHaveLength(1);
  });
});
