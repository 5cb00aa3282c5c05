import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { describeStoreContract } from '../../support/store-contract.ts';

describeStoreContract('embedded', async (onOperation) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-store-'));
  const now = Date.now;
  const stores = [await openEmbeddedStore({ dataDir, now, onOperation })];
  return {
    store: stores[0] ?? (await openEmbeddedStore({ dataDir, now })),
    database: 'functions',
    second: async () => {
      const store = await openEmbeddedStore({ dataDir, now });
      stores.push(store);
      return store;
    },
    cleanup: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await rm(dataDir, { recursive: true });
    },
  };
});
