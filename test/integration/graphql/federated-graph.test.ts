/** The gateway as a subgraph behind real routers, with a second subgraph that adds `orders` to users. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FederatedGraph, startFederatedGraph } from '../../support/federated-graph.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import type { SendOperation } from '../../support/graphql-client.ts';
import { readFound } from '../../support/keeping-pair.ts';

const LOG_IN = `mutation { logIn(credentials: { anonymous: true }) {
  accessToken refreshToken user { id customData orders { id } } } }`;
const WRITE = `mutation ($data: JSON!) { writeCustomUserData(newCustomUserData: $data) {
  accessToken user { id customData orders { id } } } }`;
const ME = '{ me { customData orders { id } } }';
const ORDER = 'query ($id: ID!) { order(id: $id) { id user { id customData } } }';
const OTHER_ID = '0123456789abcdef01234567';

describeOnEveryStore('a federated graph', (provideStore) => {
  let clock = Date.now();
  let gateway: TestGateway;
  let graph: FederatedGraph;
  beforeAll(async () => {
    const env = { ...provideStore().env, FEDERATION: 'true' };
    gateway = await startGateway(env, { now: () => clock });
    graph = await startFederatedGraph(gateway.url);
  }, 60_000);
  afterAll(async () => {
    await graph.stop();
    await gateway.stop();
  });

  const ordersOf = (id: string) => [{ id: `${id}-1` }, { id: `${id}-2` }];

  /** Logs in and writes through the router. */
  async function logIn(send: SendOperation, data: object) {
    const session = (await send(LOG_IN)).data.logIn;
    const written = await send(WRITE, { token: session.accessToken, variables: { data } });
    const { accessToken, user } = written.data.writeCustomUserData;
    return { session, token: accessToken as string, user };
  }

  describe.each(['apollo', 'plain', 'hive'] as const)('behind %s', (router) => {
    let send: SendOperation;
    beforeAll(() => {
      send = graph.clientOf(router);
    });

    test('has the claims of the token and what the other subgraph adds in one answer', async () => {
      const { session, token, user } = await logIn(send, { color: 'blue' });
      const { id } = session.user;
      expect(session.user).toEqual({ id, customData: null, orders: ordersOf(id) });
      expect(user).toMatchObject({ id, customData: { color: 'blue' }, orders: ordersOf(id) });
      gateway.takeStoreOperations();
      const { data, errors } = await send(ME, { token });
      expect(errors).toBeUndefined();
      expect(data).toEqual({ me: { customData: user.customData, orders: ordersOf(id) } });
      expect(gateway.takeStoreOperations()).toEqual([]);
    });

    test('is answered from memory what the router has asked before for the caller', async () => {
      const { token, user } = await logIn(send, { color: 'pink' });
      const variables = { id: user.id };
      const before = await readFound(gateway.url);
      for (let n = 0; n < 4; n += 1) {
        expect((await send(ME, { token })).data.me.customData).toEqual(user.customData);
        const { data } = await send(ORDER, { token, variables });
        expect(data.order.user.customData).toEqual(user.customData);
      }
      const found = await readFound(gateway.url);
      // All but the first of those with variables; of those made of claims alone all but the first two.
      expect(found.answer - before.answer).toBe(3 + 2);
    });

    test('leads from the other subgraph to the caller without the store, and to nobody else', async () => {
      const { token, user } = await logIn(send, { color: 'red' });
      gateway.takeStoreOperations();
      const own = await send(ORDER, { token, variables: { id: user.id } });
      expect(own.errors).toBeUndefined();
      expect(own.data.order.user).toEqual({ id: user.id, customData: user.customData });
      const others = await send(ORDER, { token, variables: { id: OTHER_ID } });
      expect(others.errors).toBeUndefined();
      expect(others.data.order.user).toEqual({ id: OTHER_ID, customData: null });
      expect(gateway.takeStoreOperations()).toEqual([]);
    });

    test('refreshes, the session and the document', async () => {
      const { session, token, user } = await logIn(send, { color: 'green' });
      const refreshed = await send(
        'mutation { refreshCustomData { user { customData orders { id } } } }',
        {
          token,
        },
      );
      expect(refreshed.data.refreshCustomData.user).toEqual({
        customData: user.customData,
        orders: ordersOf(user.id),
      });
      const traded = await send(
        'mutation ($token: String!) { refreshSession(refreshToken: $token) { user { customData } } }',
        { variables: { token: session.refreshToken } },
      );
      expect(traded.data.refreshSession.user.customData).toEqual(user.customData);
    });

    test('tells the client that its token has expired', async () => {
      const { token, user } = await logIn(send, { color: 'grey' });
      const now = clock;
      try {
        clock += 31 * 60_000;
        for (const query of [ME, ORDER]) {
          const { code, data } = await send(query, { token, variables: { id: user.id } });
          expect(code).toBe('UNAUTHENTICATED');
          expect(JSON.stringify(data ?? null)).not.toContain('grey');
        }
      } finally {
        clock = now;
      }
    });

    test('answers nobody with null, and does not follow a reference for them', async () => {
      expect((await send(ME)).data).toEqual({ me: null });
      const { code } = await send(ORDER, { variables: { id: OTHER_ID } });
      expect(code).toBe('UNAUTHENTICATED');
    });

    test('answers each of two users who ask at the same time with their own', async () => {
      const users = await Promise.all([logIn(send, { mine: 1 }), logIn(send, { mine: 2 })]);
      const asked = Array.from({ length: 40 }, async (_, n) => {
        const { token, user } = users[n % 2] as (typeof users)[0];
        const me = await send(ME, { token });
        expect(me.data.me.customData.userId).toBe(user.id);
        const { data } = await send(ORDER, { token, variables: { id: users[0]?.user.id } });
        const isOwn = user.id === users[0]?.user.id;
        expect(data.order.user.customData).toEqual(isOwn ? user.customData : null);
      });
      await Promise.all(asked);
    });
  });

  describe.each(['apollo', 'hive'] as const)('behind %s an error has its code', (router) => {
    const cases: readonly [string, string, object, object][] = [
      [
        'of a log-in',
        'mutation { logIn(credentials: { emailPassword: { email: "a@example.com", password: "wrong one" } }) { accessToken } }',
        {},
        { code: 'INVALID_CREDENTIALS' },
      ],
      [
        'of a refresh',
        'mutation { refreshSession(refreshToken: "x") { accessToken } }',
        {},
        { code: 'UNAUTHENTICATED', reason: 'TOKEN_MALFORMED' },
      ],
      [
        'of variables, which are checked here although no router may know `@oneOf`',
        'mutation ($to: CredentialsInput!) { logIn(credentials: $to) { accessToken } }',
        { to: { anonymous: true, apiKey: { key: 'x' } } },
        { code: 'BAD_USER_INPUT' },
      ],
    ];
    test.each(cases)('%s', async (_name, query, variables, expected) => {
      const { errors } = await graph.clientOf(router)(query, { variables });
      expect(errors?.[0]?.extensions).toMatchObject(expected);
    });

    test('of a write', async () => {
      const send = graph.clientOf(router);
      const { token } = await logIn(send, { a: 1 });
      const { errors } = await send(WRITE, { token, variables: { data: { $bad: 1 } } });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'FIELD_NOT_WRITABLE',
        paths: ['/$bad'],
      });
    });
  });
});
