import { expect, test } from '@jest/globals';
import { createLog } from '../../../../src/log.ts';
import { ensureIndexes, type IndexParts } from '../../../../src/store/mongodb/build-indexes.ts';

test('the indexes of a collection are built at once: over many documents each takes minutes', async () => {
  const begun: string[] = [];
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const collection = {
    collectionName: 'c',
    indexes: async () => [],
    createIndex: (key: object) => {
      begun.push(...Object.keys(key));
      return finished;
    },
  };
  const parts = {
    collection,
    runner: { run: (operation: () => unknown) => operation() },
    log: createLog('silent'),
  } as unknown as IndexParts;
  const definition = { name: 'c', unique: ['a', 'b'], indexes: ['c'], expiresAt: 'd' };
  const ensured = ensureIndexes(parts, definition);
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun.sort()).toEqual(['a', 'b', 'c', 'd']);
  finish();
  expect(await ensured).toEqual([]);
});
