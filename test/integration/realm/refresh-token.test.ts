import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hashToken } from '../../../src/session/refresh-rotation.ts';
import { createCoreClient, logInCore, type SendCore } from '../../support/core-client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  OPERATIONS,
} from '../../support/graphql-client.ts';

describeOnEveryStore('6: the refresh token of an App Services client', (provideStore) => {
  let gateway: TestGateway;
  let send: SendCore;
  let clock = Date.now();

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => clock });
    send = createCoreClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  test('does not rotate, is stored hashed and can be revoked', async () => {
    const session = await logInCore(send);
    const { refresh_token: token, user_id: userId } = session;
    for (let round = 0; round < 3; round += 1) {
      clock += 60_000;
      const { json } = await send('POST', '/auth/session', { token });
      expect(json).not.toHaveProperty('refresh_token');
    }
    const stored = await provideStore().readAll('sessions');
    expect(JSON.stringify(stored)).not.toContain(token);
    const record = stored.find((candidate) => candidate.userId === userId);
    expect(record?.refreshTokenHash).toBe(hashToken(token));
    await send('DELETE', '/auth/session', { token });
    expect((await send('POST', '/auth/session', { token })).status).toBe(401);
  });

  test('answers itself in GraphQL, however often', async () => {
    const { refresh_token: refreshToken } = await logInCore(send);
    const graphql = createGraphQLClient(gateway.url);
    for (let round = 0; round < 3; round += 1) {
      clock += 60_000;
      const answer = await graphql(OPERATIONS.refreshSession, { variables: { refreshToken } });
      expect(answer.data.refreshSession.refreshToken).toBe(refreshToken);
    }
  });

  test('of GraphQL, which rotates, is good here while it is the latest and not traded here', async () => {
    const graphql = createGraphQLClient(gateway.url);
    const logIn = (await graphql(OPERATIONS.logInAnonymously)).data.logIn;
    const reissue = (token: string) => send('POST', '/auth/session', { token });
    expect((await reissue(logIn.refreshToken)).status).toBe(201);
    expect((await reissue(logIn.refreshToken)).status).toBe(201);
    const { data } = await graphql(OPERATIONS.refreshSession, {
      variables: { refreshToken: logIn.refreshToken },
    });
    const { refreshToken: latest } = data.refreshSession;
    expect((await reissue(logIn.refreshToken)).status).toBe(201);
    clock += 11_000;
    expect((await reissue(latest)).status).toBe(201);
    // Somebody copied it: the session ends.
    expect((await reissue(logIn.refreshToken)).status).toBe(401);
    expect((await reissue(latest)).status).toBe(401);
  });

  test('gives access tokens that do not outlive the session', async () => {
    const { refresh_token: token } = await logInCore(send);
    const { exp: end } = decodeUnverifiedToken(token) as { exp: number };
    clock = (end - 60) * 1000;
    const { json } = await send('POST', '/auth/session', { token });
    expect(decodeUnverifiedToken(json.access_token).exp).toBe(end);
    clock = Date.now();
  });
});
