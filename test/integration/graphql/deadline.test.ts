/** A request has one deadline with the store, however much of it is slow: its client hears in time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { logInByEmail } from '../../support/account-operations.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import {
  createGraphQLClient,
  type GraphQLAnswer,
  logInAnonymously,
  OPERATIONS,
} from '../../support/graphql-client.ts';
import { startTcpProxy, type TcpProxy } from '../../support/mongodb/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

/** What clients are promised; the deadline itself is a second less. */
const BOUND_MILLISECONDS = 5000;
const LOCK_HOLDER = fileURLToPath(
  new URL('../../support/embedded-lock-holder.mjs', import.meta.url),
);
const UNAVAILABLE = { status: 503, code: 'SERVICE_UNAVAILABLE' };

/** An answer, and how long it took in milliseconds. */
async function timed(answering: Promise<GraphQLAnswer>) {
  const startedAt = performance.now();
  const { code, status } = await answering;
  return { code, status, milliseconds: performance.now() - startedAt };
}

const THREE_WRITES = `mutation {
  ${['a', 'b', 'c'].map((name) => `${name}: writeCustomUserData(newCustomUserData: {n: 1}) { accessToken }`).join('\n')}
}`;

describeOnMongo('on a database that is slow or silent', (uri) => {
  let database: TestDatabase;
  const proxies: TcpProxy[] = [];
  const gateways: TestGateway[] = [];

  beforeAll(async () => {
    database = await createTestDatabase(uri, 'deadline');
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await database.remove();
  });

  async function start(onStoreOperation: (proxy: TcpProxy) => void = () => undefined) {
    const proxy = await startTcpProxy(database.uri);
    proxies.push(proxy);
    const gateway = await startGateway(
      {
        MONGODB_URI: proxy.uri,
        CUSTOM_DATA_DATABASE: database.name,
        CUSTOM_DATA_HISTORY: '5',
      },
      { onStoreOperation: () => onStoreOperation(proxy) },
    );
    gateways.push(gateway);
    return { proxy, send: createGraphQLClient(gateway.url) };
  }

  test('that falls silent at any operation of a first write, the client hears in time', async () => {
    const silentAt = async (step: number) => {
      let left = Number.POSITIVE_INFINITY;
      const { send } = await start((proxy) => {
        left -= 1;
        if (left === 0) proxy.silence();
      });
      const { accessToken: token } = await logInAnonymously(send);
      left = step;
      const answer = await timed(send(OPERATIONS.write, { token, variables: { data: { a: 1 } } }));
      return { ...answer, isReached: left <= 0 };
    };
    const outcomes = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(silentAt));
    for (const { isReached, milliseconds } of outcomes) {
      expect(isReached).toBe(true);
      expect(milliseconds).toBeLessThan(BOUND_MILLISECONDS);
    }
    // What only concerns the history is caught up with later.
    expect(outcomes.filter(({ code }) => code === 'SERVICE_UNAVAILABLE').length).toBeGreaterThan(4);
  }, 60_000);

  test('several slow operations share one deadline, and so do several mutations', async () => {
    const { proxy, send } = await start();
    const email = 'slow@example.com';
    const password = 'correct horse';
    await send(OPERATIONS.registerUser, { variables: { email, password } });
    const { accessToken: token } = await logInAnonymously(send);
    // One is in time, two one after the other are not.
    proxy.slow(2100);
    const answers = await Promise.all([
      timed(logInByEmail(send, email, password)),
      timed(send(OPERATIONS.write, { token, variables: { data: { a: 1 } } })),
      timed(send(THREE_WRITES, { token })),
    ]);
    for (const { milliseconds, ...answer } of answers) {
      expect(answer).toMatchObject(UNAVAILABLE);
      expect(milliseconds).toBeLessThan(BOUND_MILLISECONDS);
    }
    proxy.up();
  }, 60_000);
});

describe('on an embedded store whose lock another process keeps', () => {
  test('writes that wait for their turn and for the lock hear within one deadline', async () => {
    const directory = await createTemporaryDirectory();
    const gateway = await startGateway({ DATA_DIR: directory.path });
    const send = createGraphQLClient(gateway.url);
    const { accessToken: token } = await logInAnonymously(send);
    const holder = spawn(execPath, [LOCK_HOLDER, directory.path]);
    await once(holder.stdout, 'data');
    const write = () => timed(send(OPERATIONS.write, { token, variables: { data: { a: 1 } } }));
    const answers = await Promise.all([write(), write(), write()]);
    const me = await send(OPERATIONS.me, { token });
    holder.kill('SIGKILL');
    await gateway.stop();
    await directory.remove();
    for (const { milliseconds, ...answer } of answers) {
      expect(answer).toMatchObject(UNAVAILABLE);
      expect(milliseconds).toBeLessThan(BOUND_MILLISECONDS);
    }
    expect(me.code).toBeUndefined();
  }, 60_000);
});
