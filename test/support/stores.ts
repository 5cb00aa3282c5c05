/** Runs a suite on every store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../src/store/port.ts';

/** Opens one more client of the store of this suite; the suite closes it. */
export type OpenStore = () => Promise<Store>;

/** Describes `name` once a store; `openStore` may be called in hooks and tests. */
export function forEachStore(name: string, suite: (openStore: OpenStore) => void): void {
  describe(`${name} on the embedded store`, () => {
    const opened: Store[] = [];
    let dataDir: string;
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'custom-user-data-'));
    });
    suite(async () => {
      const store = await openEmbeddedStore({ dataDir, now: Date.now });
      opened.push(store);
      return store;
    });
    afterAll(async () => {
      await Promise.all(opened.map((store) => store.close()));
      await rm(dataDir, { recursive: true, force: true });
    });
  });
}
