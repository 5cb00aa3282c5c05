import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logIn, mustLogIn } from '../../support/account-operations.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { type LocalIssuer, startLocalIssuer } from '../../support/local-issuer.ts';

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

describeOnEveryStore('providers', (provideStore) => {
  let google: LocalIssuer;
  let apple: LocalIssuer;
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    [google, apple] = [await startLocalIssuer(), await startLocalIssuer()];
    gateway = await startGateway({
      ...provideStore().env,
      GOOGLE_ISSUER: google.issuer,
      GOOGLE_CLIENT_IDS: 'web-client,android-client',
      APPLE_ISSUER: apple.issuer,
      APPLE_CLIENT_IDS: 'com.example.app',
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([google.stop(), apple.stop()]);
  });

  describe('an ID token', () => {
    const person = { sub: 'person-1', aud: 'web-client', given_name: 'Ada', picture: 'https://x/' };
    const googleToken = (claims: object = {}) =>
      google.issue({ exp: inAnHour(), ...person, ...claims });
    const logInWithGoogle = (idToken: string) => logIn(send, { google: { idToken } });

    test('logs in to the account of its subject, whichever client it was for', async () => {
      const first = await logInWithGoogle(googleToken());
      const second = await logInWithGoogle(googleToken({ aud: 'android-client' }));
      const other = await logInWithGoogle(googleToken({ sub: 'person-2' }));
      expect(second.data.logIn.user.id).toBe(first.data.logIn.user.id);
      expect(other.data.logIn.user.id).not.toBe(first.data.logIn.user.id);
    });

    test('of Apple with the same subject is somebody else', async () => {
      const { user } = await mustLogIn(send, { google: { idToken: googleToken() } });
      const idToken = apple.issue({ exp: inAnHour(), sub: person.sub, aud: 'com.example.app' });
      const applePerson = await mustLogIn(send, { apple: { idToken } });
      expect(applePerson.user.id).not.toBe(user.id);
    });

    test('never changes the document, whatever it says about the user', async () => {
      const session = await mustLogIn(send, { google: { idToken: googleToken({ name: 'A' }) } });
      const { accessToken } = session;
      await send(OPERATIONS.write, { token: accessToken, variables: { data: { name: 'mine' } } });
      const idToken = googleToken({ name: 'Someone else', email: 'a@example.com' });
      const again = await mustLogIn(send, { google: { idToken } });
      expect(again.user.customData).toMatchObject({ name: 'mine' });
      expect(Object.keys(again.user.customData as object).sort()).toEqual([
        '_id',
        'name',
        'userId',
      ]);
      const accounts = await provideStore().readAll('accounts');
      const account = accounts.find(({ _id }) => _id === again.user.id);
      expect(account?.identities).toMatchObject([
        {
          provider: 'oauth2-google',
          data: {
            name: 'Someone else',
            email: 'a@example.com',
            first_name: 'Ada',
            picture: 'https://x/',
          },
        },
      ]);
    });

    test('that names its issuer without a scheme is accepted from Google only', async () => {
      const bare = (issuer: LocalIssuer, claims: object) =>
        issuer.issue({ exp: inAnHour(), iss: issuer.issuer.replace('http://', ''), ...claims });
      expect((await logInWithGoogle(bare(google, person))).code).toBeUndefined();
      const idToken = bare(apple, { sub: 'x', aud: 'com.example.app' });
      expect((await logIn(send, { apple: { idToken } })).code).toBe('INVALID_CREDENTIALS');
    });

    test.each([
      ['for another client', () => googleToken({ aud: 'another-client' })],
      ['for no client', () => googleToken({ aud: undefined })],
      ['of another issuer', () => googleToken({ iss: 'https://accounts.example.com' })],
      ['that has expired', () => googleToken({ exp: inAnHour() - 7200 })],
      ['that never expires', () => googleToken({ exp: undefined })],
      ['without a subject', () => googleToken({ sub: undefined })],
      ['for a stranger too', () => googleToken({ aud: ['web-client', 'x'], azp: 'web-client' })],
      ['for two clients but nobody', () => googleToken({ aud: ['web-client', 'android-client'] })],
      [
        'for two clients by a stranger',
        () => googleToken({ aud: ['web-client', 'android-client'], azp: 'x' }),
      ],
      [
        'signed by somebody else',
        () => apple.issue({ ...person, iss: google.issuer, exp: inAnHour() }),
      ],
      ['that was altered', () => googleToken().replace(/\.[^.]+\./, '.eyJzdWIiOiJ4In0.')],
      ['that is no token', () => 'x'],
      ['that is empty', () => ''],
    ])('%s is refused', async (_what, token) => {
      const answer = await logInWithGoogle(token());
      expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INVALID_CREDENTIALS' });
    });

    test('for two of the clients, made for one of them, is accepted', async () => {
      const token = googleToken({ aud: ['web-client', 'android-client'], azp: 'web-client' });
      expect((await logInWithGoogle(token)).code).toBeUndefined();
    });
  });

  describe('an API key', () => {
    const createKey = async (token: string, name: string) => {
      const answer = await send(ACCOUNT_OPERATIONS.createApiKey, { token, variables: { name } });
      return answer.data.createApiKey as { key: string; apiKey: { id: string } };
    };

    test('starts a session of the user who made it', async () => {
      const { accessToken, user } = await mustLogIn(send, { anonymous: true });
      const { key, apiKey } = await createKey(accessToken, 'my-key');
      expect(key).toMatch(/^[\w-]{64}$/);
      expect(apiKey).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        name: 'my-key',
        isDisabled: false,
        createdAt: expect.stringMatching(/Z$/),
      });
      const session = await mustLogIn(send, { apiKey: { key } });
      expect(session.user.id).toBe(user.id);
      const { data } = await send(ACCOUNT_OPERATIONS.apiKeys, { token: session.accessToken });
      expect(data.apiKeys).toEqual([apiKey]);
    });

    test('is refused while disabled and once deleted', async () => {
      const { accessToken: token } = await mustLogIn(send, { anonymous: true });
      const { key, apiKey } = await createKey(token, 'k');
      const codeOfLogIn = async () => (await logIn(send, { apiKey: { key } })).code;
      const change = async (query: string) => {
        const { data } = await send(query, { token, variables: { id: apiKey.id } });
        return Object.values(data)[0];
      };
      expect(await change(ACCOUNT_OPERATIONS.disableApiKey)).toBe(true);
      expect(await codeOfLogIn()).toBe('INVALID_CREDENTIALS');
      expect(await change(ACCOUNT_OPERATIONS.enableApiKey)).toBe(true);
      expect(await codeOfLogIn()).toBeUndefined();
      expect(await change(ACCOUNT_OPERATIONS.deleteApiKey)).toBe(true);
      expect(await codeOfLogIn()).toBe('INVALID_CREDENTIALS');
    });

    test('of another user, a bad name, a name that is taken: each has its code', async () => {
      const { accessToken: token } = await mustLogIn(send, { anonymous: true });
      const stranger = await mustLogIn(send, { anonymous: true });
      const { apiKey } = await createKey(token, 'k');
      const create = (name: string) =>
        send(ACCOUNT_OPERATIONS.createApiKey, { token, variables: { name } });
      expect((await create('k')).code).toBe('API_KEY_EXISTS');
      expect((await create('no spaces')).code).toBe('BAD_USER_INPUT');
      for (const query of [
        ACCOUNT_OPERATIONS.deleteApiKey,
        ACCOUNT_OPERATIONS.enableApiKey,
        ACCOUNT_OPERATIONS.disableApiKey,
      ]) {
        const answer = await send(query, {
          token: stranger.accessToken,
          variables: { id: apiKey.id },
        });
        expect(answer.code).toBe('API_KEY_NOT_FOUND');
      }
    });

    test('needs a caller whose session has not ended', async () => {
      expect((await send(ACCOUNT_OPERATIONS.apiKeys)).code).toBe('UNAUTHENTICATED');
      const { accessToken: token } = await mustLogIn(send, { anonymous: true });
      await send(OPERATIONS.logOut, { token });
      const answer = await send(ACCOUNT_OPERATIONS.createApiKey, {
        token,
        variables: { name: 'k' },
      });
      expect(answer.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
    });
  });
});

describeOnEveryStore('providers that are off', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    gateway = await startGateway({ ...provideStore().env, PROVIDERS: 'anonymous' });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  test.each([
    ['emailPassword', { email: 'a@example.com', password: 'long enough' }],
    ['customJwt', { token: 'x' }],
    ['apiKey', { key: 'x' }],
    ['function', { payload: {} }],
    ['google', { idToken: 'x' }],
    ['apple', { idToken: 'x' }],
  ])('%s is bad input, to log in and to link', async (provider, value) => {
    const credentials = { [provider]: value };
    expect((await logIn(send, credentials)).code).toBe('BAD_USER_INPUT');
    const { accessToken } = await mustLogIn(send, { anonymous: true });
    const linked = await send(ACCOUNT_OPERATIONS.linkCredentials, {
      token: accessToken,
      variables: { credentials },
    });
    expect(linked.code).toBe('BAD_USER_INPUT');
  });

  test('registering, confirming and making API keys are bad input', async () => {
    const { accessToken } = await mustLogIn(send, { anonymous: true });
    const email = 'a@example.com';
    const answers = await Promise.all([
      send(OPERATIONS.registerUser, { variables: { email, password: 'long enough' } }),
      send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token: 'x', tokenId: 'y' } }),
      send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } }),
      send(ACCOUNT_OPERATIONS.createApiKey, { token: accessToken, variables: { name: 'k' } }),
    ]);
    expect(answers.map(({ code }) => code)).toEqual(Array(4).fill('BAD_USER_INPUT'));
  });
});
