import { describe, expect, test } from '@jest/globals';
import { Decimal128, Double, Long, ObjectId } from '../../../src/bson.ts';
import { DuplicateKeyError, type Filter, MAX_DUPLICATES } from '../../../src/store/port.ts';
import type { Contract } from './contract.ts';

/** Unique indexes. */
export function describeIndexes(contract: Contract): void {
  describe('a unique index', () => {
    test('refuses a second document with the value and writes nothing', async () => {
      const documents = await contract.collection({ unique: ['email'] });
      await documents.insertOne({ _id: 1, email: 'a@example.com' });
      const again = documents.insertOne({ _id: 2, email: 'a@example.com' });
      await expect(again).rejects.toBeInstanceOf(DuplicateKeyError);
      expect(await documents.find({})).toEqual([{ _id: 1, email: 'a@example.com' }]);
    });

    test('refuses an update to a taken value and writes nothing', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      for (const n of [1, 2]) await documents.insertOne({ _id: n, a: n });
      const update = { $set: { a: 1, b: 1 } };
      await expect(documents.updateOne({ _id: 2 }, update)).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
      await expect(documents.findOneAndUpdate({ _id: 2 }, update)).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
      expect(await documents.findOne({ _id: 2 })).toEqual({ _id: 2, a: 2 });
    });

    test('frees the value of a deleted or changed document', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      await documents.insertOne({ _id: 1, a: 'x' });
      await documents.updateOne({ _id: 1 }, { $set: { a: 'y' } });
      await documents.insertOne({ _id: 2, a: 'x' });
      await documents.deleteOne({ _id: 1 });
      await documents.insertOne({ _id: 3, a: 'y' });
      expect(await documents.findOne({ a: 'y' })).toEqual({ _id: 3, a: 'y' });
    });

    test('covers each item of an array', async () => {
      const documents = await contract.collection({ unique: ['keys'] });
      await documents.insertOne({ _id: 1, keys: ['a', 'b'] });
      const second = documents.insertOne({ _id: 2, keys: ['c', 'b'] });
      await expect(second).rejects.toBeInstanceOf(DuplicateKeyError);
      await documents.insertOne({ _id: 3, keys: ['c', 'c'] });
      const pushed = documents.updateOne({ _id: 3 }, { $push: { keys: 'a' } });
      await expect(pushed).rejects.toBeInstanceOf(DuplicateKeyError);
      await documents.updateOne({ _id: 1 }, { $pull: { keys: 'a' } });
      await documents.updateOne({ _id: 3 }, { $push: { keys: 'a' } });
      expect(await documents.findOne({ keys: 'a' })).toMatchObject({ _id: 3 });
    });

    test('counts the documents that have the field and no others', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      for (const n of [1, 2]) await documents.insertOne({ _id: n });
      await documents.insertOne({ _id: 3, a: null });
      await expect(documents.insertOne({ _id: 4, a: null })).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
      await documents.updateOne({ _id: 1 }, { $set: { a: 'x' } });
      const taken = documents.updateOne({ _id: 2 }, { $set: { a: 'x' } });
      await expect(taken).rejects.toBeInstanceOf(DuplicateKeyError);
      await documents.updateOne({ _id: 1 }, { $unset: { a: '' } });
      await documents.updateOne({ _id: 2 }, { $set: { a: 'x' } });
    });

    test('does not hide the documents that lack the field', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      for (const document of [{ _id: 1 }, { _id: 2, a: null }, { _id: 3, a: 'x' }]) {
        await documents.insertOne(document);
      }
      const idsOf = async (filter: Filter) =>
        (await documents.find(filter, { sort: { _id: 1 } })).map(({ _id }) => _id);
      expect(await idsOf({ a: null })).toEqual([1, 2]);
      expect(await idsOf({ a: { $in: [null, 'x'] } })).toEqual([1, 2, 3]);
      expect(await idsOf({ a: { $exists: false } })).toEqual([1]);
    });

    test('on "_id" is the one that every collection has', async () => {
      const documents = await contract.collection({ unique: ['_id'], indexes: ['_id'] });
      await documents.insertOne({ _id: 'x' });
      await expect(documents.insertOne({ _id: 'x' })).rejects.toBeInstanceOf(DuplicateKeyError);
    });

    test.each([
      ['int32 and double', 1, new Double(1)],
      ['int32 and int64', 1, Long.fromNumber(1)],
      ['double and Decimal128', 0.5, Decimal128.fromString('0.50')],
      ['very long texts', 'x'.repeat(5_000), 'x'.repeat(5_000)],
      ['documents', { a: 1, b: [] }, { a: 1, b: [] }],
    ])('takes equal values for one: %s', async (_rule, first, second) => {
      const documents = await contract.collection({ unique: ['a'] });
      await documents.insertOne({ _id: 1, a: first });
      await expect(documents.insertOne({ _id: 2, a: second })).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
    });

    test('tells values of different types apart', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      const id = new ObjectId();
      const values = [
        id,
        id.toHexString(),
        1,
        '1',
        true,
        new Date(1),
        { x: 1 },
        { y: 1 },
        [2],
        0.1,
      ];
      for (const [n, a] of values.entries()) await documents.insertOne({ _id: n, a });
      expect(await documents.find({})).toHaveLength(values.length);
    });

    test('lets one of many parallel inserts through', async () => {
      const documents = await contract.collection({ unique: ['a'] });
      const inserts = Array.from({ length: 50 }, (_, n) => documents.insertOne({ _id: n, a: 'x' }));
      const outcomes = await Promise.allSettled(inserts);
      const refused = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason] : []));
      expect(refused).toHaveLength(49);
      expect(refused.every((reason) => reason instanceof DuplicateKeyError)).toBe(true);
      expect(await documents.find({})).toHaveLength(1);
    });
  });

  describeOldData(contract);
}

function describeOldData(contract: Contract): void {
  describe('a unique index on data that exists', () => {
    test('is built when the collection is opened with it', async () => {
      const before = await contract.collection();
      await before.insertOne({ _id: 1, a: 'x' });
      const documents = await contract.collection({ unique: ['a'] });
      expect(documents.duplicateKeys).toEqual([]);
      for (const writer of [documents, before]) {
        await expect(writer.insertOne({ _id: 2, a: 'x' })).rejects.toBeInstanceOf(
          DuplicateKeyError,
        );
      }
      expect(await documents.findOne({ a: 'x' })).toEqual({ _id: 1, a: 'x' });
    });

    test('is built over documents that lack the field', async () => {
      const before = await contract.collection();
      for (const n of [1, 2]) await before.insertOne({ _id: n });
      const documents = await contract.collection({ unique: ['a'], onDuplicates: 'report' });
      expect(documents.duplicateKeys).toEqual([]);
      await documents.updateOne({ _id: 1 }, { $set: { a: 'x' } });
      const second = documents.updateOne({ _id: 2 }, { $set: { a: 'x' } });
      await expect(second).rejects.toBeInstanceOf(DuplicateKeyError);
    });

    test('refuses to open on duplicates', async () => {
      const before = await contract.collection();
      for (const n of [1, 2]) await before.insertOne({ _id: n, a: 'x' });
      await expect(contract.collection({ unique: ['a'] })).rejects.toThrow();
      expect(await before.find({})).toHaveLength(2);
    });

    test('reports at most a hundred duplicates and that there are more', async () => {
      const before = await contract.collection();
      for (let n = 0; n < 204; n += 1) await before.insertOne({ _id: n, a: n % 102 });
      const documents = await contract.collection({ unique: ['a'], onDuplicates: 'report' });
      expect(documents.duplicateKeys).toHaveLength(MAX_DUPLICATES + 1);
    });

    test('is reported and left out on duplicates if so asked', async () => {
      const before = await contract.collection();
      for (const [n, a] of ['x', 'y', 'x', 'x'].entries()) await before.insertOne({ _id: n, a });
      const documents = await contract.collection({ unique: ['a'], onDuplicates: 'report' });
      expect(documents.duplicateKeys).toEqual(['x']);
      await documents.insertOne({ _id: 9, a: 'y' });
      expect(await documents.find({ a: 'y' })).toHaveLength(2);
    });

    test('is built once the duplicates are gone', async () => {
      const before = await contract.collection();
      for (const n of [1, 2]) await before.insertOne({ _id: n, a: 'x' });
      await contract.collection({ unique: ['a'], onDuplicates: 'report' });
      await before.deleteOne({ _id: 2 });
      const documents = await contract.collection({ unique: ['a'], onDuplicates: 'report' });
      expect(documents.duplicateKeys).toEqual([]);
      await expect(documents.insertOne({ _id: 3, a: 'x' })).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
    });
  });
}
