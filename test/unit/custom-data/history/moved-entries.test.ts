import { expect, test } from '@jest/globals';
import {
  createEntryImport,
  type MovedEntry,
  toMovedEntry,
} from '../../../../src/custom-data/history/moved-entries.ts';
import { revisionOf } from '../../../../src/custom-data/revision.ts';
import { toStored } from '../../../support/bson-bytes.ts';
import { createMemoryHistory, type MemoryHistory } from '../../../support/memory-history.ts';

const ADA = 'a'.repeat(24);
const BOB = 'b'.repeat(24);
const revisionKey = new Uint8Array(32).fill(1);

/** A history from `first` on: the document has the number of its revision. */
function historyOf(userId: string, first: number, last: number): MovedEntry[] {
  return Array.from({ length: last - first + 1 }, (_none, index) => {
    const sequence = first + index;
    const stored = toStored({ _id: 'x', sequence });
    const at = new Date(sequence * 1000);
    return {
      userId,
      sequence,
      start: sequence * 600,
      at,
      writer: 'USER',
      stored,
      isTooLarge: false,
    };
  });
}

function importInto(collection: MemoryHistory, isDryRun = false) {
  const run = createEntryImport({ collection, revisionKey, isDryRun });
  return async (entries: readonly MovedEntry[]) => (await run(entries)).map(({ type }) => type);
}

const times = (count: number, type: string) => Array.from({ length: count }, () => type);

test('an entry moves with all that is not of its store, and its revision is made anew', async () => {
  const collection = createMemoryHistory();
  const moved = historyOf(ADA, 3, 4);
  expect(await importInto(collection)(moved)).toEqual(times(2, 'IMPORTED'));
  expect(collection.entries.map(toMovedEntry)).toEqual(moved);
  const { intents, revision, size } = collection.entries[0] ?? {};
  const bytes = moved[0]?.stored?.bytes ?? new Uint8Array();
  expect({ intents, revision }).toEqual({ intents: [], revision: revisionOf(bytes, revisionKey) });
  expect(size).toBe(512 + bytes.length);
});

test('a deletion has no revision, a document that was too large has one', async () => {
  const collection = createMemoryHistory();
  const [gone, large] = historyOf(ADA, 0, 1).map((entry) => ({ ...entry, stored: null }));
  if (gone === undefined || large === undefined) throw new Error('There are two');
  await importInto(collection)([gone, { ...large, isTooLarge: true }]);
  expect(collection.entries[0]?.revision).toBeNull();
  expect(collection.entries[1]?.revision).toHaveLength(22);
  expect(collection.entries.map(toMovedEntry)).toMatchObject([
    { isTooLarge: false, stored: null },
    { isTooLarge: true, stored: null },
  ]);
});

test('what was cut off is completed, over batches that end within a history', async () => {
  const collection = createMemoryHistory();
  const entries = [...historyOf(ADA, 0, 5), ...historyOf(BOB, 2, 3)];
  await importInto(collection)(entries.slice(0, 3));
  const again = importInto(collection);
  expect(await again(entries.slice(0, 2))).toEqual(times(2, 'PRESENT'));
  expect(await again(entries.slice(2, 5))).toEqual(['PRESENT', 'IMPORTED', 'IMPORTED']);
  expect(await again(entries.slice(5))).toEqual(times(3, 'IMPORTED'));
  expect(collection.entries.map(toMovedEntry)).toEqual(entries);
});

test('entries that newer ones have pushed out since are not put back', async () => {
  const collection = createMemoryHistory();
  await importInto(collection)(historyOf(ADA, 0, 5));
  await collection.deleteMany({ userId: ADA, sequence: 0 });
  await collection.deleteMany({ userId: ADA, sequence: 1 });
  expect(await importInto(collection)(historyOf(ADA, 0, 5))).toEqual(times(6, 'PRESENT'));
  expect(collection.entries).toHaveLength(4);
});

test.each([
  ['of the same numbers', 0, 3],
  ['of other numbers', 2, 5],
])('a user who has another history %s keeps it, and nobody else', async (_which, first, last) => {
  const collection = createMemoryHistory();
  const other = historyOf(ADA, 0, 1).map((entry) => ({ ...entry, writer: 'OUTSIDE' as const }));
  await importInto(collection)(other);
  const rows = [...historyOf(ADA, first, last), ...historyOf(BOB, 0, 0)];
  const outcomes = await importInto(collection)(rows);
  expect(outcomes).toEqual([...times(4, 'REFUSED'), 'IMPORTED']);
  expect(collection.entries.filter(({ userId }) => userId === ADA)).toHaveLength(2);
});

test('an entry that a gateway writes meanwhile ends the import of its history', async () => {
  const collection = createMemoryHistory();
  const run = importInto(collection);
  await run(historyOf(ADA, 0, 1));
  const noticed = historyOf(ADA, 2, 2).map((entry) => ({ ...entry, writer: 'OUTSIDE' as const }));
  const elsewhere = createMemoryHistory();
  await importInto(elsewhere)(noticed);
  await collection.insertOne({ ...elsewhere.entries[0] });
  expect(await run(historyOf(ADA, 2, 4))).toEqual(times(3, 'REFUSED'));
  expect(collection.entries.map(({ writer }) => writer)).toEqual(['USER', 'USER', 'OUTSIDE']);
});

test('a dry run says the same and adds nothing', async () => {
  const collection = createMemoryHistory();
  await importInto(collection)(historyOf(ADA, 0, 0));
  const dry = importInto(collection, true);
  expect(await dry(historyOf(ADA, 0, 2))).toEqual(['PRESENT', 'IMPORTED', 'IMPORTED']);
  expect(await dry(historyOf(BOB, 0, 0))).toEqual(['IMPORTED']);
  expect(collection.entries).toHaveLength(1);
});
