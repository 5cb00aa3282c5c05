/** Runs a suite on every store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openMongoStore } from '../../src/store/mongodb/mongodb-store.ts';
import type { Store } from '../../src/store/port.ts';
import { describeOnMongo, uniqueDatabaseName, withDatabase } from './mongodb/test-uri.ts';

/** Opens one more client of the store of this suite; the suite closes it. */
export type OpenStore = () => Promise<Store>;

/** Describes `name` once a store; `openStore` may be called in hooks and tests. */
export function forEachStore(name: string, suite: (openStore: OpenStore) => void): void {
  describe(`${name} on the embedded store`, () => {
    let dataDir: string;
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'custom-user-data-'));
    });
    suite(closeAfterAll(() => openEmbeddedStore({ dataDir, now: Date.now })));
    afterAll(() => rm(dataDir, { recursive: true, force: true }));
  });

  describeOnMongo(`${name} on MongoDB`, (serverUri) => {
    let uri: string;
    beforeAll(() => {
      uri = withDatabase(serverUri, uniqueDatabaseName('store'));
    });
    suite(closeAfterAll(() => openMongoStore({ uri, log: createLog('silent') })));
  });
}

/** Hooks run in the order of their declaration, so stores are closed before their data goes. */
function closeAfterAll(open: OpenStore): OpenStore {
  const opened: Store[] = [];
  afterAll(() => Promise.all(opened.map((store) => store.close())));
  return async () => {
    const store = await open();
    opened.push(store);
    return store;
  };
}
