import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../src/bson.ts';
import {
  createHistoryEntries,
  HISTORY_COLLECTION,
  type HistoryEntries,
} from '../../../src/custom-data/history/entries.ts';
import {
  createEntry,
  createFirstEntry,
  documentOf,
  type HistoryEntry,
  MAX_HISTORY_BYTES,
  MAX_KEPT_BYTES,
} from '../../../src/custom-data/history/entry.ts';
import type { Document } from '../../../src/values/documents.ts';
import { bsonDocument } from '../../support/bson-arbitraries.ts';
import { toStored } from '../../support/bson-bytes.ts';
import { forEachStore } from '../../support/stores.ts';

const KEEP = 3;
const at = new Date(0);
const newUser = () => new ObjectId().toHexString();

function next(previous: HistoryEntry, document: Document, revision = `${previous.sequence + 1}`) {
  return createEntry(previous, { stored: toStored(document), revision, writer: 'USER', at });
}

forEachStore('the entries of a history', (openStore) => {
  let entries: HistoryEntries;
  beforeAll(async () => {
    const collection = await (await openStore()).collection(HISTORY_COLLECTION);
    entries = createHistoryEntries(collection, KEEP);
  });

  /** Adds entries for these documents, as a recorder does. */
  async function addAll(userId: string, documents: readonly Document[]): Promise<HistoryEntry> {
    let newest = createFirstEntry(userId, at);
    await entries.add(newest);
    for (const document of documents) {
      newest = next(newest, document);
      await entries.add(newest);
      await entries.trim(newest);
    }
    return newest;
  }
  const sequences = async (userId: string) =>
    (await entries.list(userId, { limit: 100 })).map(({ sequence }) => sequence);

  test('a number is given once', async () => {
    const userId = newUser();
    const newest = await addAll(userId, [{ a: 1 }]);
    expect(await entries.add({ ...newest, revision: 'other' })).toBe(false);
    expect(await entries.newest(userId)).toMatchObject({ sequence: 1, revision: '1' });
    const [one, two] = await Promise.all(
      ['x', 'y'].map((revision) => entries.add(next(newest, { revision }, revision))),
    );
    expect([one, two].filter(Boolean)).toHaveLength(1);
  });

  test('they are listed the newest first, those of one user only', async () => {
    const [userId, other] = [newUser(), newUser()];
    await addAll(userId, [{ a: 1 }, { a: 2 }, { a: 3 }]);
    await addAll(other, [{ a: 1 }]);
    expect(await sequences(userId)).toStrictEqual([3, 2, 1, 0]);
    const page = await entries.list(userId, { before: 3, limit: 2 });
    expect(page.map(({ sequence }) => sequence)).toStrictEqual([2, 1]);
    expect(await entries.find(userId, '2')).toMatchObject({ sequence: 2 });
    expect(await entries.find(other, '2')).toBeNull();
  });

  test('of one revision the newest is found', async () => {
    const userId = newUser();
    const newest = await addAll(userId, [{ a: 1 }, { a: 2 }]);
    await entries.add(next(newest, { a: 1 }, '1'));
    expect(await entries.find(userId, '1')).toMatchObject({ sequence: 3 });
  });

  test('the order is that of numbers beyond nine, and the bound one more than is kept', async () => {
    const userId = newUser();
    await addAll(
      userId,
      Array.from({ length: 12 }, (_, n) => ({ n })),
    );
    expect(await sequences(userId)).toStrictEqual([12, 11, 10, 9]);
  });

  test('documents that are large are fewer, but always two', async () => {
    const userId = newUser();
    const large = (n: number, bytes: number) => ({ n, text: 'x'.repeat(bytes) });
    await addAll(
      userId,
      [1, 2, 3].map((n) => large(n, MAX_HISTORY_BYTES / 3)),
    );
    expect(await sequences(userId)).toStrictEqual([3, 2]);
    const other = newUser();
    await addAll(
      other,
      [1, 2, 3].map((n) => large(n, MAX_KEPT_BYTES - 100)),
    );
    expect(await sequences(other)).toStrictEqual([3, 2]);
    const kept = await entries.list(other, { limit: 100 });
    expect(kept.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(MAX_HISTORY_BYTES);
  });

  test('documents come back byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(bsonDocument(), async (document) => {
        const userId = newUser();
        await addAll(userId, [document]);
        const newest = await entries.newest(userId);
        const stored = newest === null ? null : documentOf(newest);
        expect(Buffer.from(stored?.bytes ?? [])).toStrictEqual(
          Buffer.from(toStored(document).bytes),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('an intent is noted once, however often it is sent', async () => {
    const userId = newUser();
    const newest = await addAll(userId, [{ a: 1 }]);
    const intent = { content: 'c', writer: 'OPERATOR' as const, at };
    await entries.announce(newest, intent);
    await entries.announce(newest, intent);
    expect((await entries.newest(userId))?.intents).toStrictEqual([intent]);
    await entries.announce(createFirstEntry(newUser(), at), intent);
  });

  test('all of one user can be deleted', async () => {
    const [userId, other] = [newUser(), newUser()];
    await addAll(userId, [{ a: 1 }]);
    await addAll(other, [{ a: 1 }]);
    await entries.deleteAll(userId);
    expect(await sequences(userId)).toStrictEqual([]);
    expect(await sequences(other)).toStrictEqual([1, 0]);
  });
});
