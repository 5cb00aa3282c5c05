import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { describeCustomData } from '../../support/custom-data-suite.ts';

describeCustomData('custom data on the embedded store', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'custom-data-'));
  return {
    database: 'documents',
    open: () => openEmbeddedStore({ dataDir, now: Date.now }),
    cleanup: () => rm(dataDir, { recursive: true, force: true }),
  };
});
