import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCoreClient } from '../../support/core-client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { startTcpProxy, type TcpProxy } from '../../support/mongodb/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

const BOUND_MILLISECONDS = 5000;

const HOUR = 3_600_000;

describeOnMongo('while the database is away', (uri) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let gateway: TestGateway;
  let send: SendOperation;
  let beforeOperation = (_name: string): void => undefined;
  let clock = Date.now();

  beforeAll(async () => {
    database = await createTestDatabase(uri, 'outage');
    proxy = await startTcpProxy(database.uri);
    gateway = await startGateway(
      { MONGODB_URI: proxy.uri, CUSTOM_DATA_DATABASE: database.name },
      { onStoreOperation: (name) => beforeOperation(name), now: () => clock },
    );
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await proxy.close();
    await database.remove();
  });

  test.each([
    ['refuses connections', () => proxy.down()],
    ['answers nothing', () => proxy.silence()],
  ])(
    'because it %s: "me" works, the rest is SERVICE_UNAVAILABLE in bounded time and recovers',
    async (_name, takeAway) => {
      const { accessToken, refreshToken, user } = await logInAnonymously(send);
      takeAway();
      const startedAt = performance.now();
      const [me, write, logIn, refresh, ready] = await Promise.all([
        send(OPERATIONS.me, { token: accessToken }),
        send(OPERATIONS.write, { token: accessToken, variables: { data: { a: 1 } } }),
        send(OPERATIONS.logInAnonymously),
        send(OPERATIONS.refreshSession, { variables: { refreshToken } }),
        fetch(`${gateway.url}/health/ready`),
      ]);
      expect(performance.now() - startedAt).toBeLessThan(BOUND_MILLISECONDS);
      expect(me.data.me).toEqual(user);
      for (const answer of [write, logIn, refresh]) {
        expect(answer).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
        expect(answer.headers.get('retry-after')).toBe('1');
      }
      expect(ready.status).toBe(503);
      expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
      expect((await fetch(`${gateway.url}/health/ready?exclude=store`)).status).toBe(200);

      proxy.up();
      await until(async () => (await fetch(`${gateway.url}/health/ready`)).ok);
      const again = await send(OPERATIONS.write, {
        token: accessToken,
        variables: { data: { a: 1 } },
      });
      expect(again.data.writeCustomUserData.customData.a).toBe(1);
      const refreshed = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      expect(refreshed.code).toBeUndefined();
    },
    30_000,
  );

  test.each([
    [
      'GraphQL',
      async (token: string) => {
        const answer = await send(OPERATIONS.refreshSession, {
          variables: { refreshToken: token },
        });
        return answer.status;
      },
    ],
    [
      'the App Services protocol',
      async (token: string) => {
        const answer = await createCoreClient(gateway.url)('POST', '/auth/session', { token });
        return answer.status;
      },
    ],
  ])(
    'a refresh by %s whose document cannot be read has used no token',
    async (_name, refresh) => {
      const { refreshToken: first } = await logInAnonymously(send);
      const { data } = await send(OPERATIONS.refreshSession, {
        variables: { refreshToken: first },
      });
      const { refreshToken } = data.refreshSession;
      let finds = 0;
      const seen: string[] = [];
      beforeOperation = (name) => {
        seen.push(name);
        if (name === 'find') finds += 1;
        // Session, account and document are asked for at once.
        if (finds === 3) proxy.down();
      };
      expect(await refresh(refreshToken)).toBe(503);
      beforeOperation = () => undefined;
      expect(seen).not.toContain('findAndModify');
      proxy.up();
      await until(async () => (await fetch(`${gateway.url}/health/ready`)).ok);
      clock += HOUR;
      expect([200, 201]).toContain(await refresh(refreshToken));
    },
    30_000,
  );

  test('connections that are reset under requests are SERVICE_UNAVAILABLE, never a fault of ours', async () => {
    const { accessToken } = await logInAnonymously(send);
    const statuses = new Set<number>();
    let operations = 0;
    // Every third operation writes to a connection that was reset a moment before.
    beforeOperation = () => {
      operations += 1;
      if (operations % 3 === 0) proxy.reset();
    };
    for (let n = 0; n < 12; n += 1) {
      const answers = await Promise.all([
        send(OPERATIONS.write, { token: accessToken, variables: { data: { a: n } } }),
        send(OPERATIONS.refreshCustomData, { token: accessToken }),
        send(OPERATIONS.logInAnonymously),
      ]);
      for (const { status } of answers) statuses.add(status);
    }
    beforeOperation = () => undefined;
    expect(statuses.has(503)).toBe(true);
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  }, 30_000);
});

/** Resolves once `isTrue` is; each question waits for its own answer. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue()));
}
