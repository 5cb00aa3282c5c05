import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  type GraphQLAnswer,
  logInAnonymously,
  OPERATIONS,
  readAnswer,
} from '../../support/graphql-client.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';

const PATH = '/api/client/v2.0/app/myapp-abcde/graphql';

describeOnEveryStore('GraphQL for App Services clients', (provideStore) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  afterAll(() => gateway.stop());

  async function send(
    query: string,
    headers: Record<string, string>,
    { path = PATH, variables = {} } = {},
  ): Promise<GraphQLAnswer> {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return readAnswer(response);
  }

  test('row 24: answers at the path of the original with the token of realm-web', async () => {
    const { app } = createRealmClient(gateway.url);
    const user = await app.logIn(Credentials.anonymous());
    await user.callFunction('writeCustomUserData', { theme: 'dark' });
    // What the documentation of the original does before every request.
    await user.refreshCustomData();
    const { data } = await send('{ me { id customData } }', {
      authorization: `Bearer ${user.accessToken}`,
    });
    expect(data.me).toMatchObject({ id: user.id, customData: { theme: 'dark' } });
  });

  describe('row 24, credentials as headers:', () => {
    const email = `graphql-${Date.now()}@example.com`;
    const password = 'a password';
    let userId: string;

    beforeAll(async () => {
      const graphql = createGraphQLClient(gateway.url);
      const { data } = await graphql(OPERATIONS.registerUser, { variables: { email, password } });
      userId = data.registerUser.userId;
    });

    test('the operation runs as the user, and the session ends with it', async () => {
      const written = await send(
        OPERATIONS.write,
        { email, password },
        { variables: { data: { a: 1 } } },
      );
      expect(written.data.writeCustomUserData.user.id).toBe(userId);
      const sessions = await provideStore().readAll('sessions');
      expect(sessions.filter((session) => session.userId === userId)).toEqual([]);
      const refresh = await send(OPERATIONS.refreshCustomData, {
        authorization: `Bearer ${written.data.writeCustomUserData.accessToken}`,
      });
      expect(refresh.errors?.[0]?.extensions.reason).toBe('SESSION_ENDED');
    });

    test('wrong ones are INVALID_CREDENTIALS, also for an operation that needs no user', async () => {
      const answer = await send('{ me { id } }', { email, password: 'wrong password' });
      expect(answer).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
    });

    test('a token counts, not the credentials beside it', async () => {
      const { accessToken, user } = await logInAnonymously(createGraphQLClient(gateway.url));
      const { data } = await send('{ me { id } }', {
        authorization: `Bearer ${accessToken}`,
        email,
        password,
      });
      expect(data.me.id).toBe(user.id);
    });

    test('/graphql takes none', async () => {
      const { data } = await send('{ me { id } }', { email, password }, { path: '/graphql' });
      expect(data).toEqual({ me: null });
    });
  });

  test('another app id: 404', async () => {
    const answer = await send('{ me { id } }', {}, { path: PATH.replace('myapp', 'other') });
    expect(answer).toMatchObject({ status: 404, code: 'BAD_REQUEST' });
  });

  test('one session serves both APIs', async () => {
    const graphql = createGraphQLClient(gateway.url);
    const { accessToken, refreshToken, user: me } = await logInAnonymously(graphql);
    const { app, storage } = createRealmClient(gateway.url);
    const key = `app(myapp-abcde):user(${me.id})`;
    storage.set('app(myapp-abcde):userIds', JSON.stringify([me.id]));
    storage.set(`${key}:accessToken`, accessToken);
    storage.set(`${key}:refreshToken`, refreshToken);
    storage.set(`${key}:providerType`, 'anon-user');
    const { app: hydrated } = createRealmClient(gateway.url, { storage });
    expect(app.currentUser).toBeNull();
    const user = hydrated.currentUser;
    await user?.callFunction('writeCustomUserData', { from: 'realm-web' });
    const answer = await graphql(OPERATIONS.refreshCustomData, { token: accessToken });
    expect(answer.data.refreshCustomData.customData).toMatchObject({ from: 'realm-web' });
    await graphql(OPERATIONS.write, {
      token: accessToken,
      variables: { data: { from: 'GraphQL' } },
    });
    expect(await user?.refreshCustomData()).toMatchObject({ from: 'GraphQL' });
  });
});
