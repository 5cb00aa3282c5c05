import { describe, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import type { Contract } from './contract.ts';
import { createDataCalls } from './data-calls.ts';

/** What the operator's functions may do with collections. */
export function describeDataService(contract: Contract): void {
  describe('the data service', () => {
    const { call, all } = createDataCalls(contract);
    const insert = (...documents: object[]) => call('insertMany', documents);

    test('inserts and finds', async () => {
      expect(await call('insertOne', { _id: 1, a: 'x' })).toEqual({ insertedId: 1 });
      expect(await call('findOne', { a: 'x' })).toEqual({ _id: 1, a: 'x' });
      expect(await call('findOne', { a: 'y' })).toBe(null);
      expect(await call('find')).toEqual([{ _id: 1, a: 'x' }]);
    });

    test('makes an ObjectId where a document has no _id', async () => {
      const { insertedId } = (await call('insertOne', { a: 1 })) as { insertedId: unknown };
      expect(insertedId).toBeInstanceOf(ObjectId);
      expect(await all()).toEqual([{ _id: insertedId, a: 1 }]);
    });

    test('updates one, and inserts with upsert', async () => {
      await insert({ _id: 1, n: 1 });
      expect(await call('updateOne', { _id: 1 }, { $set: { n: 2 } })).toEqual({
        matchedCount: 1,
        modifiedCount: 1,
      });
      expect(await call('updateOne', { _id: 2 }, { $set: { n: 3 } }, { upsert: true })).toEqual({
        matchedCount: 0,
        modifiedCount: 0,
        upsertedId: 2,
      });
      expect(await all()).toEqual([
        { _id: 1, n: 2 },
        { _id: 2, n: 3 },
      ]);
    });

    test('deletes one', async () => {
      await insert({ _id: 1 }, { _id: 2 });
      expect(await call('deleteOne', { _id: 1 })).toEqual({ deletedCount: 1 });
      expect(await all()).toEqual([{ _id: 2 }]);
    });
  });
}
