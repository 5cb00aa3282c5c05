/** What happens to the database, or on the way to it, while users write. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { freePort } from '../../support/free-port.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { startFerretServer } from '../../support/mongodb/ferretdb-server.ts';
import type { MortalServerProcess } from '../../support/mongodb/server-process.ts';
import { startTcpProxy, type TcpProxy } from '../../support/mongodb/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { CACHE } from '../../support/mongodb/test-server.ts';
import { describeOnFerret, describeOnMongo } from '../../support/mongodb/test-uri.ts';
import { findWrites, startWriteLoad } from '../../support/write-load.ts';

const TIMEOUT = 60_000;
/** By the contract of the gateway a client hears within five seconds; the rest is for a busy machine. */
const PATIENCE = 8000;
const KILLS = 3;

describeOnMongo('a database that is', (uri) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let gateway: TestGateway;

  beforeAll(async () => {
    database = await createTestDatabase(uri, 'faults');
  });
  beforeEach(async () => {
    proxy = await startTcpProxy(database.uri);
    gateway = await startGateway({
      MONGODB_URI: proxy.uri,
      CUSTOM_DATA_DATABASE: database.name,
    });
  });
  afterEach(async () => {
    await gateway.stop();
    await proxy.close();
  });
  afterAll(() => database.remove());

  const faults: readonly (readonly [string, (fault: TcpProxy) => void])[] = [
    ['gone and back', (fault) => fault.down()],
    ['behind connections that hang', (fault) => fault.silence()],
    ['behind connections that drip a byte a second', (fault) => fault.drip()],
    ['behind connections that are reset', (fault) => fault.reset()],
    ['readable, and takes no writes', (fault) => fault.dropWrites()],
  ];

  test.each(faults)(
    '%s loses no acknowledged write; every client hears in time, and it goes on by itself',
    async (name, inject) => {
      const urls = () => [gateway.url];
      const load = await startWriteLoad({ users: 8, urls, patience: PATIENCE });
      await load.more(50);
      for (let round = 0; round < 2; round += 1) {
        inject(proxy);
        if (name.endsWith('reset')) await load.more(20);
        else await failures(load.outcomes, 8);
        proxy.up();
        await load.more(50);
      }
      await load.stop();
      // Never a 401, a 500 or silence.
      expect(Object.keys(load.outcomes).filter((code) => !ALLOWED.has(code))).toEqual([]);
      expect((await findWrites(`a database ${name}`, gateway.url, load.users)).wrong).toEqual([]);
    },
    TIMEOUT,
  );
});

const ALLOWED = new Set(['OK', 'SERVICE_UNAVAILABLE']);

/** Resolves once so many more requests have failed. */
async function failures(outcomes: Readonly<Record<string, number>>, count: number): Promise<void> {
  const failed = () =>
    Object.entries(outcomes).reduce((sum, [code, times]) => sum + (code === 'OK' ? 0 : times), 0);
  const target = failed() + count;
  while (failed() < target) await new Promise((resolve) => setTimeout(resolve, 20));
}

describeOnFerret('a database that keeps its files', () => {
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let port: number;
  let server: MortalServerProcess;
  let gateway: TestGateway | undefined;

  const start = async () => {
    server = await startFerretServer(CACHE, { directory: directory.path, port });
  };
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    port = await freePort();
    await start();
  });
  afterAll(async () => {
    await gateway?.stop();
    await server.stop();
    await directory.remove();
  });

  test(
    'and is killed in mid-write and started again: no acknowledged write is lost',
    async () => {
      const uri = new URL(server.uri);
      uri.pathname = '/state';
      gateway = await startGateway({ MONGODB_URI: uri.href });
      const urls = () => [gateway?.url ?? ''];
      const load = await startWriteLoad({ users: 6, urls, patience: PATIENCE });
      for (let kill = 0; kill < KILLS; kill += 1) {
        await load.more(30);
        await server.kill();
        await failures(load.outcomes, 6);
        await start();
      }
      await load.more(30);
      await load.stop();
      expect(Object.keys(load.outcomes).filter((code) => !ALLOWED.has(code))).toEqual([]);
      const fault = `database killed in mid-write, ${KILLS} times (FerretDB)`;
      expect((await findWrites(fault, urls()[0] ?? '', load.users)).wrong).toEqual([]);
    },
    TIMEOUT,
  );
});
