import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { TRANSPORTS } from '../../support/words.ts';

describeOnEveryStore('subscriptions', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const logIn = async () => {
    const { data } = await send(OPERATIONS.logInAnonymously);
    return { token: data.logIn.accessToken as string, id: data.logIn.user.id as string };
  };
  const write = async (token: string, fields: object) => {
    const { data, errors } = await send(OPERATIONS.write, { token, variables: { data: fields } });
    expect(errors).toBeUndefined();
    return data.writeCustomUserData;
  };

  describe.each(TRANSPORTS)('over %s', (_name, listen) => {
    test('a change is told with a token that is good for it and lives no longer', async () => {
      const { id, token } = await logIn();
      const listener = listen(gateway.url, token);
      const { customData: written, user } = await write(token, { color: 'green' });
      const { word } = await listener.next();
      expect(word?.user).toEqual({
        id,
        customData: written,
        customDataRevision: user.customDataRevision,
      });
      const [before, after] = [decodeJwt(token), decodeJwt(word?.accessToken ?? '')];
      expect([after.exp, after.sid, after.sub]).toEqual([before.exp, before.sid, before.sub]);
      expect(new Date(word?.expiresAt ?? 0).getTime()).toBe((before.exp ?? 0) * 1000);
      const { data } = await send(OPERATIONS.me, { token: word?.accessToken ?? '' });
      expect(data.me.customData).toMatchObject({ color: 'green' });
      await listener.leave();
    });

    test('a change before the subscription is told at once', async () => {
      const { token } = await logIn();
      await write(token, { a: 1 });
      const listener = listen(gateway.url, token);
      expect((await listener.next()).word?.user.customData).toMatchObject({ a: 1 });
      await listener.leave();
    });

    test('a change by somebody with access to the database is told', async () => {
      const { id, token } = await logIn();
      await write(token, { a: 1 });
      const { accessToken } = await write(token, { a: 2 });
      const listener = listen(gateway.url, accessToken);
      const documents = await provideStore().openDocuments();
      await documents.updateOne({ userId: id }, { $set: { a: 3 } });
      expect((await listener.next()).word?.user.customData).toMatchObject({ a: 3 });
      await documents.deleteOne({ userId: id });
      expect((await listener.next()).word?.user).toMatchObject({
        customData: null,
        customDataRevision: null,
      });
      await listener.leave();
    });

    test('a change of another user is not told', async () => {
      const [own, other] = [await logIn(), await logIn()];
      const listener = listen(gateway.url, own.token);
      await write(other.token, { secret: true });
      await write(own.token, { own: true });
      expect((await listener.next()).word?.user.customData).toMatchObject({ own: true });
      expect(listener.heard()).toEqual([]);
      await listener.leave();
    });

    test('a log-out ends it within five seconds, with its reason', async () => {
      const { token } = await logIn();
      const listener = listen(gateway.url, token);
      await write(token, { a: 1 });
      await listener.next();
      await send('mutation { logOut }', { token });
      expect(await listener.next(5000)).toEqual({
        extensions: { code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
      });
    });

    test('a token that is no good is refused with its reason', async () => {
      const { token } = await logIn();
      await send('mutation { logOut }', { token });
      const heard = await listen(gateway.url, token).next();
      expect(heard.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' });
    });

    test('queries and mutations are refused', async () => {
      const { token } = await logIn();
      const heard = await listen(gateway.url, token, '{ me { id } }').next();
      expect(heard.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    });
  });

  test('an operation that is refused as an answer is a subscription, and is told where to go', async () => {
    const { token } = await logIn();
    const answer = await send('subscription { customDataChanged { expiresAt } }', { token });
    expect([answer.status, answer.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(answer.errors?.[0]?.message).toContain('/graphql/stream');
  });
});
