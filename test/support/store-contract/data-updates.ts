import { describe, expect, test } from '@jest/globals';
import { Double, Int32, Long } from '../../../src/bson.ts';
import type { Contract } from './contract.ts';
import { createDataCalls } from './data-calls.ts';

type Fields = Record<string, unknown>;

/** Updates of one and of many documents, and those that return the document. */
export function describeDataUpdates(contract: Contract): void {
  describeCounts(contract);
  describeOperators(contract);
  describePositions(contract);
  describeModifications(contract);
}

function describeCounts(contract: Contract): void {
  const { call, all } = createDataCalls(contract);

  test('updateOne counts what it matched and modified', async () => {
    await call('insertMany', [
      { _id: 1, n: 1 },
      { _id: 2, n: 1 },
    ]);
    const counts = (matchedCount: number, modifiedCount: number) => ({
      matchedCount,
      modifiedCount,
    });
    expect(await call('updateOne', { n: 1 }, { $set: { n: 2 } })).toEqual(counts(1, 1));
    expect(await call('updateOne', { n: 2 }, { $set: { n: 2 } })).toEqual(counts(1, 0));
    expect(await call('updateOne', { n: 3 }, { $set: { n: 2 } })).toEqual(counts(0, 0));
    expect(await call('updateMany', {}, { $set: { n: 2 } })).toEqual(counts(2, 1));
    expect(await all()).toEqual([
      { _id: 1, n: 2 },
      { _id: 2, n: 2 },
    ]);
  });

  test('an upsert inserts the equalities of the query and the update', async () => {
    const update = { $set: { a: 1 }, $setOnInsert: { made: true }, $push: { list: 'x' } };
    const query = { $and: [{ by: 'u' }, { n: { $gt: 5 } }] };
    const result = (await call('updateOne', query, update, { upsert: true })) as Fields;
    expect(result).toMatchObject({ matchedCount: 0, modifiedCount: 0 });
    const { upsertedId: _id } = result;
    expect(await all()).toEqual([{ _id, by: 'u', a: 1, made: true, list: ['x'] }]);
  });

  test('untouched fields keep their BSON types', async () => {
    const { callTyped } = createDataCalls(contract);
    const before = { int: new Int32(1), double: new Double(1), long: Long.fromNumber(1) };
    await call('insertOne', { _id: 1, ...before });
    await call('updateMany', {}, { $set: { other: 'x' } });
    expect(await callTyped('findOne', {})).toMatchObject(before);
  });
}

function describeOperators(contract: Contract): void {
  const { call, all } = createDataCalls(contract);
  const cases: [rule: string, before: Fields, update: Fields, after: Fields][] = [
    ['$mul', { n: 3 }, { $mul: { n: 2, m: 2 } }, { n: 6, m: 0 }],
    ['$mul by a fraction', { n: 3 }, { $mul: { n: 0.5 } }, { n: 1.5 }],
    ['$min', { a: 5, b: 5 }, { $min: { a: 3, b: 7, c: 1 } }, { a: 3, b: 5, c: 1 }],
    ['$max', { a: 5, b: 5 }, { $max: { a: 3, b: 7, c: 1 } }, { a: 5, b: 7, c: 1 }],
    ['$rename', { a: 1, b: 2 }, { $rename: { a: 'c', nope: 'd' } }, { b: 2, c: 1 }],
    ['$rename of a nested field', { a: { b: 1 } }, { $rename: { 'a.b': 'c' } }, { a: {}, c: 1 }],
    ['$pop', { a: [1, 2, 3], b: [1, 2, 3] }, { $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [2, 3] }],
    ['$pullAll', { a: [1, 2, 1, 3] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
    ['$pull by condition', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
    [
      '$push at a place',
      { a: [1, 4] },
      { $push: { a: { $each: [2, 3], $position: 1 } } },
      {
        a: [1, 2, 3, 4],
      },
    ],
    [
      '$push with the last kept',
      { a: [1, 2] },
      { $push: { a: { $each: [3], $slice: -2 } } },
      {
        a: [2, 3],
      },
    ],
    [
      '$push with order',
      { a: [3, 1] },
      { $push: { a: { $each: [2], $sort: 1 } } },
      {
        a: [1, 2, 3],
      },
    ],
    [
      '$push with order by a field',
      { a: [{ n: 1 }] },
      {
        $push: { a: { $each: [{ n: 2 }], $sort: { n: -1 }, $slice: 2 } },
      },
      { a: [{ n: 2 }, { n: 1 }] },
    ],
    ['$addToSet with $each', { a: [1] }, { $addToSet: { a: { $each: [1, 2] } } }, { a: [1, 2] }],
    ['$unset', { a: 1, b: { c: 1, d: 2 } }, { $unset: { a: '', 'b.c': '' } }, { b: { d: 2 } }],
    ['$setOnInsert: nothing', { a: 1 }, { $setOnInsert: { a: 2 }, $set: { b: 1 } }, { a: 1, b: 1 }],
  ];
  describe('an update of the service applies', () => {
    test.each(cases)('%s', async (_rule, before, update, after) => {
      await call('insertOne', { _id: 1, ...before });
      await call('updateOne', { _id: 1 }, update);
      expect(await all()).toEqual([{ _id: 1, ...after }]);
    });

    test('$currentDate', async () => {
      const start = Date.now();
      await call('insertOne', { _id: 1 });
      await call('updateOne', {}, { $currentDate: { at: true, day: { $type: 'date' } } });
      const { at, day } = (await call('findOne', {})) as { at: Date; day: Date };
      // The server's clock is another one.
      for (const date of [at, day]) {
        expect(Math.abs(date.getTime() - start)).toBeLessThan(60_000);
      }
    });
  });
}

function describePositions(contract: Contract): void {
  const { call, all } = createDataCalls(contract);

  describe('an update of items', () => {
    test('$ is the item that the query matched', async () => {
      await call('insertOne', {
        _id: 1,
        list: [
          { k: 'a', n: 1 },
          { k: 'b', n: 1 },
        ],
      });
      await call('updateOne', { 'list.k': 'b' }, { $inc: { 'list.$.n': 1 } });
      const query = { list: { $elemMatch: { k: 'a', n: 1 } } };
      await call('updateOne', query, { $set: { 'list.$.m': 1 } });
      expect(await all()).toEqual([
        {
          _id: 1,
          list: [
            { k: 'a', n: 1, m: 1 },
            { k: 'b', n: 2 },
          ],
        },
      ]);
    });

    test('$[] is every item', async () => {
      await call('insertOne', { _id: 1, list: [1, 2, 3] });
      await call('updateOne', {}, { $inc: { 'list.$[]': 1 } });
      expect(await all()).toEqual([{ _id: 1, list: [2, 3, 4] }]);
    });

    test('$[identifier] is every item that its array filter matches', async () => {
      await call('insertOne', { _id: 1, list: [{ n: 1 }, { n: 5 }, { n: 9 }], marks: [1, 2] });
      const arrayFilters = [{ 'big.n': { $gt: 3 } }, { mark: 2 }];
      const update = { $set: { 'list.$[big].big': true, 'marks.$[mark]': 0 } };
      await call('updateOne', {}, update, { arrayFilters });
      expect(await all()).toEqual([
        { _id: 1, list: [{ n: 1 }, { n: 5, big: true }, { n: 9, big: true }], marks: [1, 0] },
      ]);
    });

    test('without a match for $ is refused', async () => {
      await call('insertOne', { _id: 1, list: [1] });
      const refused = call('updateOne', { _id: 1 }, { $set: { 'list.$': 2 } });
      await expect(refused).rejects.toMatchObject({ name: 'DataOperationError' });
      expect(await all()).toEqual([{ _id: 1, list: [1] }]);
    });
  });
}

function describeModifications(contract: Contract): void {
  const { call, all } = createDataCalls(contract);

  test('findOneAndUpdate returns the document before, or after if asked', async () => {
    await call('insertOne', { _id: 1, n: 1 });
    const update = { $inc: { n: 1 } };
    expect(await call('findOneAndUpdate', { _id: 1 }, update)).toEqual({ _id: 1, n: 1 });
    const options = { returnNewDocument: true, projection: { n: 1, _id: 0 } };
    expect(await call('findOneAndUpdate', { _id: 1 }, update, options)).toEqual({ n: 3 });
    expect(await call('findOneAndUpdate', { _id: 2 }, update)).toBe(null);
    expect(await all()).toEqual([{ _id: 1, n: 3 }]);
  });

  test('findOneAndUpdate takes the first in order', async () => {
    await call('insertMany', [
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ]);
    const found = await call('findOneAndUpdate', {}, { $set: { m: 1 } }, { sort: { n: -1 } });
    expect(found).toEqual({ _id: 2, n: 2 });
  });

  test('findOneAndUpdate with upsert returns null, or the new document if asked', async () => {
    const update = { $set: { n: 1 } };
    expect(await call('findOneAndUpdate', { _id: 1 }, update, { upsert: true })).toBe(null);
    const options = { upsert: true, returnNewDocument: true };
    expect(await call('findOneAndUpdate', { _id: 2 }, update, options)).toEqual({ _id: 2, n: 1 });
    expect(await all()).toEqual([
      { _id: 1, n: 1 },
      { _id: 2, n: 1 },
    ]);
  });

  test('findOneAndReplace keeps nothing but the _id', async () => {
    await call('insertOne', { _id: 1, a: 1, b: 2 });
    expect(await call('findOneAndReplace', { a: 1 }, { c: 3 })).toEqual({ _id: 1, a: 1, b: 2 });
    expect(await all()).toEqual([{ _id: 1, c: 3 }]);
    const options = { upsert: true, returnNewDocument: true };
    const made = await call('findOneAndReplace', { _id: 5 }, { c: 4 }, options);
    expect(made).toEqual({ _id: 5, c: 4 });
  });
}
