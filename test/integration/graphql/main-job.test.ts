import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

describeOnEveryStore('the main job', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  test('a user without a document has null custom data, no revision and no claim', async () => {
    const session = await logInAnonymously(send);
    expect(session.user).toMatchObject({ customData: null, customDataRevision: null });
    expect(session.user.id).toMatch(/^[0-9a-f]{24}$/);
    expect(Object.keys(decodeUnverifiedToken(session.accessToken))).not.toContain('user_data');
  });

  test('a write answers with token, data, revision and result; the old token keeps its snapshot', async () => {
    const { accessToken } = await logInAnonymously(send);
    const written = await send(OPERATIONS.write, {
      token: accessToken,
      variables: { data: { favoriteColor: 'blue', visits: 1 } },
    });
    const payload = written.data.writeCustomUserData;
    expect(payload.customData).toEqual({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      userId: payload.user.id,
      favoriteColor: 'blue',
      visits: 1,
    });
    expect(payload.result).toEqual({
      acknowledged: true,
      matchedCount: 0,
      modifiedCount: 0,
      upsertedId: payload.customData._id,
      deletedCount: 0,
    });

    const before = await send(OPERATIONS.me, { token: accessToken });
    const after = await send(OPERATIONS.me, { token: payload.accessToken });
    expect(before.data.me.customData).toBeNull();
    expect(after.data.me).toEqual(payload.user);
  });

  test('refreshing shows what another session wrote and never prolongs the token', async () => {
    const first = await logInAnonymously(send);
    const second = await send(OPERATIONS.refreshSession, {
      variables: { refreshToken: first.refreshToken },
    });
    await send(OPERATIONS.write, {
      token: second.data.refreshSession.accessToken,
      variables: { data: { theme: 'dark' } },
    });

    const refreshed = await send(OPERATIONS.refreshCustomData, { token: first.accessToken });
    const payload = refreshed.data.refreshCustomData;
    expect(payload.customData.theme).toBe('dark');
    expect(payload.expiresAt).toBe(first.expiresAt);
    const [old, fresh] = [first.accessToken, payload.accessToken].map(decodeUnverifiedToken);
    expect(fresh).toMatchObject({ exp: old?.exp, sid: old?.sid, sub: old?.sub });
    expect(fresh?.jti).not.toBe(old?.jti);
  });

  test('deleting leaves a user without a document', async () => {
    const { accessToken } = await logInAnonymously(send);
    await send(OPERATIONS.write, { token: accessToken, variables: { data: { a: 1 } } });
    const deleted = await send(OPERATIONS.delete, { token: accessToken });
    expect(deleted.data.deleteCustomUserData).toMatchObject({
      customData: null,
      user: { customData: null, customDataRevision: null },
      result: { deletedCount: 1, modifiedCount: 0 },
    });
    const again = await send(OPERATIONS.delete, { token: accessToken });
    expect(again.data.deleteCustomUserData.result.deletedCount).toBe(0);
  });

  test('after a restart tokens, sessions, accounts and documents are still there', async () => {
    const email = `restart-${Date.now()}@example.com`;
    const credentials = { emailPassword: { email, password: 'correct horse' } };
    await send(OPERATIONS.registerUser, { variables: credentials.emailPassword });
    const { data } = await send(OPERATIONS.logIn, { variables: { credentials } });
    const written = await send(OPERATIONS.write, {
      token: data.logIn.accessToken,
      variables: { data: { kept: true } },
    });

    const port = new URL(gateway.url).port;
    await gateway.stop();
    gateway = await startGateway({ ...provideStore().env, PORT: port });
    send = createGraphQLClient(gateway.url);

    const me = await send(OPERATIONS.me, { token: written.data.writeCustomUserData.accessToken });
    expect(me.data.me).toEqual(written.data.writeCustomUserData.user);
    const refreshed = await send(OPERATIONS.refreshSession, {
      variables: { refreshToken: data.logIn.refreshToken },
    });
    expect(refreshed.data.refreshSession.user.customData.kept).toBe(true);
    const again = await send(OPERATIONS.logIn, { variables: { credentials } });
    expect(again.data.logIn.user.id).toBe(data.logIn.user.id);
    expect(again.data.logIn.user.customDataRevision).toBe(
      written.data.writeCustomUserData.user.customDataRevision,
    );
  });

  test('"me" sends nothing to the store', async () => {
    const { accessToken } = await logInAnonymously(send);
    const written = await send(OPERATIONS.write, {
      token: accessToken,
      variables: { data: { a: 1 } },
    });
    expect(gateway.takeStoreOperations()).not.toEqual([]);
    const me = await send(OPERATIONS.me, { token: written.data.writeCustomUserData.accessToken });
    expect(me.data.me.customData.a).toBe(1);
    expect(gateway.takeStoreOperations()).toEqual([]);
  });
});
