/** `GET /health/ready`: 200 while the store reads and writes, on both stores. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../support/free-port.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { startTcpProxy, type TcpProxy } from '../../support/mongodb/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

/** Status and code, or what else the answer says. */
async function readinessOf({ url }: Pick<TestGateway, 'url'>, query = '') {
  const response = await fetch(`${url}/health/ready${query}`);
  const { errors, status } = (await response.json()) as {
    errors?: { extensions: { code: string } }[];
    status?: string;
  };
  return [response.status, errors?.[0]?.extensions.code ?? status];
}

const HOLDER = fileURLToPath(new URL('../../support/embedded-lock-holder.mjs', import.meta.url));

describe('readiness on the embedded store', () => {
  let gateway: TestGateway;
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    gateway = await startGateway({ DATA_DIR: directory.path });
  });
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
  });
  const holders = new Set<ChildProcess>();
  afterEach(() => {
    for (const holder of holders) holder.kill('SIGKILL');
  });

  test('is 503 once a write found no turn, and 200 again without a client that writes', async () => {
    const send = createGraphQLClient(gateway.url);
    const { accessToken: token } = await logInAnonymously(send);
    const holder = spawn(process.execPath, [HOLDER, directory.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    holders.add(holder);
    await once(holder.stdout, 'data');
    const write = await send(OPERATIONS.write, { token, variables: { data: { n: 1 } } });
    expect(write.code).toBe('SERVICE_UNAVAILABLE');
    expect(await readinessOf(gateway)).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(await readinessOf(gateway, '?exclude=store')).toEqual([200, 'ready']);

    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    expect(await readinessOf(gateway)).toEqual([200, 'ready']);
  }, 60_000);
});

describe('readiness of a gateway that starts', () => {
  test('is 503 while it listens and cannot issue tokens yet, then 200', async () => {
    const directory = await createTemporaryDirectory();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const events = new EventEmitter();
    const listening = once(events, 'listening');
    const released = once(events, 'release');
    const starting = startGateway(
      { DATA_DIR: directory.path, PORT: String(port) },
      {
        wrapStore: (store) => ({
          ...store,
          collection: async (definition) => {
            const collection = await store.collection(definition);
            const updateOne: typeof collection.updateOne = async (...args) => {
              // The address, which is the issuer of tokens from now on.
              if (JSON.stringify(args).includes(url)) {
                events.emit('listening');
                await released;
              }
              return collection.updateOne(...args);
            };
            return { ...collection, updateOne };
          },
        }),
      },
    );
    await listening;
    expect(await readinessOf({ url })).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    events.emit('release');
    const gateway = await starting;
    expect(await readinessOf({ url })).toEqual([200, 'ready']);
    await gateway.stop();
    await directory.remove();
  });
});

describeOnMongo('readiness on MongoDB', (uri) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let gateway: TestGateway;
  beforeAll(async () => {
    database = await createTestDatabase(uri, 'readiness');
    proxy = await startTcpProxy(database.uri);
    gateway = await startGateway({
      MONGODB_URI: proxy.uri,
      CUSTOM_DATA_DATABASE: database.name,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await proxy.close();
    await database.remove();
  });

  const ready = (query?: string) => readinessOf(gateway, query);

  test('is 503 once a write was not answered, and 200 again without a client that writes', async () => {
    const send = createGraphQLClient(gateway.url);
    const { accessToken: token } = await logInAnonymously(send);
    gateway.takeStoreOperations();
    expect(await ready()).toEqual([200, 'ready']);
    // A store whose writes go well is not written to.
    expect(gateway.takeStoreOperations()).not.toContain('update');

    proxy.dropWrites();
    const write = await send(OPERATIONS.write, { token, variables: { data: { n: 1 } } });
    expect(write.code).toBe('SERVICE_UNAVAILABLE');
    // It reads all the while.
    const read = await send(OPERATIONS.refreshCustomData, { token });
    expect(read.code).toBeUndefined();
    expect(await ready()).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(await ready()).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(await ready('?exclude=store')).toEqual([200, 'ready']);

    proxy.up();
    let outcome = await ready();
    for (const end = performance.now() + 10_000; outcome[0] !== 200; outcome = await ready()) {
      if (performance.now() > end) break;
    }
    expect(outcome).toEqual([200, 'ready']);
  }, 60_000);
});
