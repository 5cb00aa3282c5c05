import { describe, expect, test } from '@jest/globals';
import { Double, Int32, ObjectId } from '../../../src/bson.ts';
import {
  type DocumentCollection,
  DuplicateKeyError,
  type StoredDocument,
} from '../../../src/store/port.ts';
import { toHex } from '../bson-bytes.ts';
import type { Contract } from './contract.ts';

/** `compareAndSet` and `compareAndDelete`. */
export function describeComparisons(contract: Contract): void {
  const { limits } = contract;
  describe('compareAndSet', () => {
    test('replaces the document if it still is the one compared with', async () => {
      const documents = await contract.collection({ unique: ['userId'] });
      const before = await insertStored(documents, { _id: 1, userId: 'u', a: 1, b: 2 });
      const { b: _dropped, ...kept } = before.document;
      const after = await documents.compareAndSet(before, { ...kept, a: 2, c: [3] });
      const stored = await findStored(documents);
      expect(await documents.find({})).toEqual([{ _id: 1, userId: 'u', a: 2, c: [3] }]);
      expect(after).toEqual(stored);
    });

    const changes: [string, (documents: DocumentCollection) => Promise<unknown>][] = [
      ['changed', (documents) => documents.updateOne({ _id: 1 }, { $set: { a: 9 } })],
      ['deleted', (documents) => documents.deleteOne({ _id: 1 })],
    ];
    if (limits.writesEqualValues) {
      const setDouble = { $set: { a: new Double(1) } };
      changes.push(['changed in type only', (found) => found.updateOne({ _id: 1 }, setDouble)]);
    }
    test.each(changes)('answers null and writes nothing if it was %s', async (_rule, change) => {
      const documents = await contract.collection();
      const before = await insertStored(documents, { _id: 1, a: new Int32(1) });
      await change(documents);
      const state = await documents.findStored({ _id: 1 });
      expect(await documents.compareAndSet(before, { ...before.document, b: 1 })).toBe(null);
      expect(await documents.findStored({ _id: 1 })).toEqual(state);
      expect(await documents.compareAndDelete(before)).toBe(false);
      expect(await documents.findStored({ _id: 1 })).toEqual(state);
    });

    test.each<[before: unknown, after: unknown]>([
      [[1], [1, 2]],
      [
        [1, 2],
        [1, 3],
      ],
      [[{ n: 0 }], [{ n: 0 }, { n: 1 }]],
      [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }],
      [[[1, 2]], [[1, 3]]],
    ])('tells %j from %j', async (value, changed) => {
      const documents = await contract.collection();
      const before = await insertStored(documents, { _id: 1, value });
      await documents.updateOne({ _id: 1 }, { $set: { value: changed } });
      expect(await documents.compareAndSet(before, { ...before.document, value: 0 })).toBe(null);
      expect(await documents.compareAndDelete(before)).toBe(false);
      expect(await documents.findOne({ _id: 1 })).toEqual({ _id: 1, value: changed });
    });

    test('inserts if there is nothing to compare with', async () => {
      const documents = await contract.collection({ unique: ['userId'] });
      const inserted = await documents.compareAndSet(null, { userId: 'u', a: new Double(1) });
      expect(inserted?.document._id).toBeInstanceOf(ObjectId);
      expect(inserted).toEqual(await documents.findStored({ userId: 'u' }));
      expect(await documents.compareAndSet(null, { userId: 'u', a: 2 })).toBe(null);
      expect(await documents.find({})).toHaveLength(1);
    });

    test('answers with the document if nothing differs', async () => {
      const documents = await contract.collection();
      const before = await insertStored(documents, { _id: 1, a: new Double(1) });
      expect(await documents.compareAndSet(before, before.document)).toEqual(before);
    });

    if (limits.writesEqualValues) {
      test('writes a difference in type or in the order of nested fields', async () => {
        const documents = await contract.collection();
        const before = await insertStored(documents, {
          _id: 1,
          a: new Int32(1),
          b: { x: 1, y: 2 },
        });
        const after = { ...before.document, a: new Double(1), b: { y: 2, x: 1 } };
        await documents.compareAndSet(before, after);
        const stored = await findStored(documents);
        expect(toHex(stored.document)).toBe(toHex(after));
      });
    }

    if (limits.replacesUnusualNames) {
      test('handles field names that $set cannot express', async () => {
        const documents = await contract.collection();
        const fields = { '': 1, 'a.b': { c: 1 }, $x: 1, 'é.ü': 1, 'p.': 1 };
        const inserted = await documents.compareAndSet(null, { _id: 1, ...fields });
        expect(await documents.findOne({ _id: 1 })).toEqual({ _id: 1, ...fields });
        const changed = { _id: 1, '': 2, 'a.b': { c: 2 }, 'é.ü': 1, 'q.': 3, $y: 2, plain: 1 };
        const after = await documents.compareAndSet(inserted, changed);
        expect(await documents.findOne({ _id: 1 })).toEqual(changed);
        expect(await documents.compareAndDelete(after ?? failed())).toBe(true);
      });
    }

    test('fails with DuplicateKeyError if a unique index forbids it', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      await documents.insertOne({ _id: 2, a: 'taken' });
      const before = await insertStored(documents, { _id: 1, a: 'free' });
      const change = documents.compareAndSet(before, { ...before.document, a: 'taken' });
      await expect(change).rejects.toBeInstanceOf(DuplicateKeyError);
      expect(await documents.findOne({ _id: 1 })).toEqual({ _id: 1, a: 'free' });
    });

    test('lets exactly one of 50 parallel writers with one document win', async () => {
      const documents = await contract.collection();
      const before = await insertStored(documents, { _id: 1, a: 0 });
      const writers = Array.from({ length: 50 }, (_, n) =>
        documents.compareAndSet(before, { ...before.document, a: n + 1 }),
      );
      const won = (await Promise.all(writers)).filter((outcome) => outcome !== null);
      expect(won).toHaveLength(1);
      expect(won[0]).toEqual(await documents.findStored({ _id: 1 }));
    });

    test('lets exactly one of 50 parallel inserts win', async () => {
      const documents = await contract.collection({ unique: ['userId'] });
      const writers = Array.from({ length: 50 }, (_, n) =>
        documents.compareAndSet(null, { userId: 'u', n }),
      );
      const won = (await Promise.all(writers)).filter((outcome) => outcome !== null);
      expect(won).toHaveLength(1);
      expect(won[0]).toEqual(await documents.findStored({ userId: 'u' }));
    });
  });

  describe('compareAndDelete', () => {
    test('deletes the document if it still is the one compared with, once', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      const before = await insertStored(documents, { _id: 1, a: 1 });
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => documents.compareAndDelete(before)),
      );
      expect(outcomes.filter((isDeleted) => isDeleted)).toHaveLength(1);
      expect(await documents.find({})).toEqual([]);
    });
  });
}

async function insertStored(
  documents: DocumentCollection,
  document: Record<string, unknown>,
): Promise<StoredDocument> {
  await documents.insertOne(document);
  return (await documents.findStored({ _id: document._id })) ?? failed();
}

async function findStored(documents: DocumentCollection): Promise<StoredDocument> {
  return (await documents.findStored({ _id: 1 })) ?? failed();
}

function failed(): never {
  throw new Error('The document is missing');
}
