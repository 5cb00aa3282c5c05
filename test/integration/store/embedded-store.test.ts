import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import type { ScannedPiece } from '../../../src/store/embedded/query-scan.ts';
import { describeStoreContract } from '../../support/store-contract.ts';

describeStoreContract('embedded', async (onOperation) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-store-'));
  const now = Date.now;
  let decoded = 0;
  const onPiece = (piece: ScannedPiece) => {
    decoded += piece.decoded;
  };
  const stores = [await openEmbeddedStore({ dataDir, now, onOperation, onPiece })];
  return {
    store: stores[0] ?? (await openEmbeddedStore({ dataDir, now })),
    database: 'functions',
    decoded: () => decoded,
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
