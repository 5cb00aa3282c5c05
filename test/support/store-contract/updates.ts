import { describe, expect, test } from '@jest/globals';
import { Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import type { Update } from '../../../src/store/port.ts';
import type { Contract } from './contract.ts';

/** Updates and their counts. */
export function describeUpdates(contract: Contract): void {
  describe('updateOne', () => {
    test('counts like the driver: matched, modified, upserted', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, a: 1 });
      const count = (matchedCount: number, modifiedCount: number) => ({
        acknowledged: true,
        matchedCount,
        modifiedCount,
        upsertedId: null,
      });
      const set = { $set: { a: 2 } };
      expect(await documents.updateOne({ _id: 1 }, set)).toMatchObject(count(1, 1));
      expect(await documents.updateOne({ _id: 1 }, set)).toMatchObject(count(1, 0));
      expect(await documents.updateOne({ _id: 2 }, set)).toMatchObject(count(0, 0));
      expect(await documents.find({})).toEqual([{ _id: 1, a: 2 }]);
    });

    test('an upsert builds the document from the equalities of the filter and the update', async () => {
      const documents = await contract.collection({ unique: ['userId'] });
      const update: Update = { $set: { a: 1, 'deep.b': 2 }, $setOnInsert: { made: true } };
      const result = await documents.updateOne({ userId: 'u' }, update, { upsert: true });
      expect(result).toMatchObject({ acknowledged: true, matchedCount: 0, modifiedCount: 0 });
      expect(result.upsertedId).toBeInstanceOf(ObjectId);
      const expected = { _id: result.upsertedId, userId: 'u', a: 1, deep: { b: 2 }, made: true };
      expect(await documents.find({})).toEqual([expected]);
    });

    test('an upsert that matches updates and leaves $setOnInsert out', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, userId: 'u' });
      const update: Update = { $set: { a: 1 }, $setOnInsert: { made: true } };
      const result = await documents.updateOne({ userId: 'u' }, update, { upsert: true });
      expect(result).toMatchObject({ matchedCount: 1, modifiedCount: 1, upsertedId: null });
      expect(await documents.findOne({ _id: 1 })).toEqual({ _id: 1, userId: 'u', a: 1 });
    });

    test('an upsert takes _id from the filter', async () => {
      const documents = await contract.collection();
      const result = await documents.updateOne({ _id: 'k' }, { $inc: { n: 1 } }, { upsert: true });
      expect(result).toMatchObject({ upsertedId: 'k' });
      expect(await documents.findOne({ _id: 'k' })).toEqual({ _id: 'k', n: 1 });
    });

    test('fields that are not named keep their BSON types', async () => {
      const documents = await contract.collection();
      const before = { _id: 1, double: new Double(1), long: Long.fromNumber(5), int: new Int32(1) };
      await documents.insertOne(before);
      await documents.updateOne({ _id: 1 }, { $set: { other: 1 } });
      const stored = await documents.findStored({ _id: 1 });
      expect(stored?.document.double).toEqual(new Double(1));
      expect(stored?.document.long).toEqual(Long.fromNumber(5));
      expect(stored?.document.int).toEqual(new Int32(1));
    });

    test('a change of _id or an unknown operator is refused, nothing is written', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1 });
      await expect(documents.updateOne({ _id: 1 }, { $set: { _id: 2, a: 1 } })).rejects.toThrow();
      await expect(documents.updateOne({ _id: 1 }, { $nope: { a: 1 } })).rejects.toThrow();
      expect(await documents.find({})).toEqual([{ _id: 1 }]);
    });

    test('updates one of several matches', async () => {
      const documents = await contract.collection();
      for (const n of [1, 2]) await documents.insertOne({ _id: n, a: 1 });
      await documents.updateOne({ a: 1 }, { $set: { a: 2 } });
      expect(await documents.find({ a: 2 })).toHaveLength(1);
    });
  });

  describeOperators(contract);
  describeFindOneAndUpdate(contract);
}

function describeOperators(contract: Contract): void {
  type Fields = Record<string, unknown>;
  const cases: [rule: string, before: Fields, update: Update, after: Fields][] = [
    ['$set a nested field', { a: { b: 1, c: 2 } }, { $set: { 'a.b': 3 } }, { a: { b: 3, c: 2 } }],
    ['$set an item of an array', { a: [1, 2] }, { $set: { 'a.1': 9 } }, { a: [1, 9] }],
    ['$set null', { a: 1 }, { $set: { a: null } }, { a: null }],
    ['$set replaces a whole document', { a: { b: 1 } }, { $set: { a: { c: 1 } } }, { a: { c: 1 } }],
    ['$unset', { a: 1, b: 2 }, { $unset: { a: '' } }, { b: 2 }],
    ['$unset a nested field', { a: { b: 1, c: 2 } }, { $unset: { 'a.b': '' } }, { a: { c: 2 } }],
    ['$unset a missing field', { b: 2 }, { $unset: { 'a.b': '' } }, { b: 2 }],
    ['$inc', { n: 1 }, { $inc: { n: 2 } }, { n: 3 }],
    ['$inc a missing field', {}, { $inc: { n: -2 } }, { n: -2 }],
    ['$inc past int32', { n: 2 ** 31 - 1 }, { $inc: { n: 1 } }, { n: 2 ** 31 }],
    ['$inc by a fraction', { n: 1 }, { $inc: { n: 0.5 } }, { n: 1.5 }],
    ['$push', { a: [1] }, { $push: { a: 1 } }, { a: [1, 1] }],
    ['$push onto a missing field', {}, { $push: { 'a.b': 1 } }, { a: { b: [1] } }],
    ['$push $each', { a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
    ['$addToSet a new item', { a: [1] }, { $addToSet: { a: 2 } }, { a: [1, 2] }],
    ['$addToSet keeps old duplicates', { a: [1, 1] }, { $addToSet: { a: 2 } }, { a: [1, 1, 2] }],
    ['$addToSet a document', { a: [{ b: 1 }] }, { $addToSet: { a: { b: 1 } } }, { a: [{ b: 1 }] }],
    ['$pull by value', { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
    [
      '$pull by fields',
      { a: [{ b: 1, c: 1 }, { b: 2 }] },
      { $pull: { a: { b: 1 } } },
      { a: [{ b: 2 }] },
    ],
    ['$pull by operator', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
    ['$pull from a missing field', {}, { $pull: { a: 1 } }, {}],
  ];
  describe('an update applies', () => {
    test.each(cases)('%s', async (_rule, before, update, after) => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, ...before });
      const result = await documents.updateOne({ _id: 1 }, update);
      const stored = await documents.findOne({ _id: 1 });
      expect(stored).toEqual({ _id: 1, ...after });
      const isSame = JSON.stringify(before) === JSON.stringify(after);
      expect(result.modifiedCount).toBe(isSame ? 0 : 1);
    });

    test('$inc keeps int64 and double', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, long: Long.fromNumber(1), double: new Double(1) });
      await documents.updateOne({ _id: 1 }, { $inc: { long: 1, double: 1 } });
      const stored = await documents.findStored({ _id: 1 });
      expect(stored?.document.long).toEqual(Long.fromNumber(2));
      expect(stored?.document.double).toEqual(new Double(2));
    });

    test.each<[string, Update]>([
      ['$inc of a text', { $inc: { text: 1 }, $set: { other: 1 } }],
      ['$push onto a text', { $push: { text: 1 }, $set: { other: 1 } }],
      ['$set below a text', { $set: { 'text.a': 1, other: 1 } }],
      ['two operators on one field', { $set: { a: 1 }, $inc: { a: 1 } }],
    ])('nothing if it cannot: %s', async (_rule, update) => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, text: 'x' });
      await expect(documents.updateOne({ _id: 1 }, update)).rejects.toThrow();
      expect(await documents.findOne({ _id: 1 })).toEqual({ _id: 1, text: 'x' });
    });
  });
}

function describeFindOneAndUpdate(contract: Contract): void {
  describe('findOneAndUpdate', () => {
    test('returns the document as it is after the update', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, n: 1, keep: 'x' });
      const update = { $inc: { n: 1 } };
      expect(await documents.findOneAndUpdate({ _id: 1 }, update)).toEqual({
        _id: 1,
        n: 2,
        keep: 'x',
      });
      expect(await documents.findOne({ _id: 1 })).toEqual({ _id: 1, n: 2, keep: 'x' });
    });

    test('returns null without a match and inserts nothing', async () => {
      const documents = await contract.collection();
      expect(await documents.findOneAndUpdate({ _id: 1 }, { $set: { a: 1 } })).toBe(null);
      expect(await documents.find({})).toEqual([]);
    });

    test('lets one of many parallel claims win', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, claimed: false });
      const claims = Array.from({ length: 50 }, (_, by) =>
        documents.findOneAndUpdate({ _id: 1, claimed: false }, { $set: { claimed: true, by } }),
      );
      const won = (await Promise.all(claims)).filter((claim) => claim !== null);
      expect(won).toHaveLength(1);
    });
  });
}
