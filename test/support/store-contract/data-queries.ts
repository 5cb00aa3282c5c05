import { describe, expect, test } from '@jest/globals';
import { BSONRegExp, Decimal128, Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import type { Contract } from './contract.ts';
import { createDataCalls } from './data-calls.ts';

/** Filters, order, projections, counts and aggregation. */
export function describeDataQueries(contract: Contract): void {
  describeFilters(contract);
  describeOrder(contract);
  describeProjections(contract);
  describeAggregation(contract);
}

function describeFilters(contract: Contract): void {
  const { call } = createDataCalls(contract);
  const id = new ObjectId('0123456789abcdef01234567');
  const documents = [
    { _id: 1, n: 5, text: 'alpha', tags: ['x', 'y'], at: new Date(1000), sub: [{ a: 1, b: 9 }] },
    { _id: 2, n: Long.fromNumber(7), text: 'beta', tags: [], at: new Date(2000), sub: { a: 1 } },
    { _id: 3, n: new Double(7.5), text: null, owner: id, sub: [{ a: 2 }, { a: 1, b: 1 }] },
    { _id: 4, n: 'seven', tags: ['y', 'x', 'z'], sub: [] },
  ];
  const cases: [rule: string, filter: Record<string, unknown>, found: number[]][] = [
    ['$gt compares numbers of any type, and nothing else', { n: { $gt: 5 } }, [2, 3]],
    ['$lt of a text', { text: { $lt: 'b' } }, [1]],
    ['a range of dates', { at: { $gte: new Date(1000), $lt: new Date(2000) } }, [1]],
    ['$gte of an ObjectId', { owner: { $gte: new ObjectId('0'.repeat(24)) } }, [3]],
    ['$ne with a missing field', { owner: { $ne: id } }, [1, 2, 4]],
    ['$nin', { n: { $nin: [5, 7] } }, [3, 4]],
    ['null for null and missing', { text: null }, [3, 4]],
    ['$type by name', { n: { $type: 'long' } }, [2]],
    ['$type number', { n: { $type: 'number' } }, [1, 2, 3]],
    ['$type of items', { tags: { $type: 'string' } }, [1, 4]],
    ['$exists false', { tags: { $exists: false } }, [3]],
    ['$size', { tags: { $size: 0 } }, [2]],
    ['$all', { tags: { $all: ['x', 'y'] } }, [1, 4]],
    ['an item by its place', { 'tags.0': 'y' }, [4]],
    ['a field of documents in an array', { 'sub.a': 1 }, [1, 2, 3]],
    ['a field of an item by its place', { 'sub.0.a': 2 }, [3]],
    ['$elemMatch', { sub: { $elemMatch: { a: 1, b: { $gt: 1 } } } }, [1]],
    ['$elemMatch of values', { tags: { $elemMatch: { $gt: 'y' } } }, [4]],
    ['$not', { n: { $not: { $gt: 5 } } }, [1, 4]],
    ['$nor', { $nor: [{ n: 5 }, { text: 'beta' }] }, [3, 4]],
    ['$and with $or', { $and: [{ $or: [{ n: 5 }, { n: 7 }] }, { tags: 'x' }] }, [1]],
    ['$mod', { n: { $mod: [5, 2] } }, [2, 3]],
    ['$regex', { text: { $regex: '^AL', $options: 'i' } }, [1]],
    ['a pattern in $in', { text: { $in: [/^be/, 'alpha'] } }, [1, 2]],
  ];
  describe('a query matches by', () => {
    test.each(cases)('%s', async (_rule, filter, found) => {
      await call('insertMany', documents);
      const matches = await call('find', filter, { _id: 1 }, { sort: { _id: 1 } });
      expect(matches).toEqual(found.map((_id) => ({ _id })));
      expect(await call('count', filter)).toBe(found.length);
    });

    test('an expression', async () => {
      await call('insertMany', [
        { _id: 1, a: 1, b: 2 },
        { _id: 2, a: 3, b: 2 },
      ]);
      const found = await call('find', { $expr: { $gt: ['$a', '$b'] } });
      expect(found).toEqual([{ _id: 2, a: 3, b: 2 }]);
    });
  });
}

function describeOrder(contract: Contract): void {
  const { call } = createDataCalls(contract);

  test('sort, skip and limit apply in this order, with numbers of any BSON type', async () => {
    await call(
      'insertMany',
      [3, 1, 2, 5, 4].map((_id) => ({ _id })),
    );
    const options = {
      sort: { _id: new Int32(-1) },
      skip: new Double(1),
      limit: Long.fromNumber(2),
    };
    expect(await call('find', {}, {}, options)).toEqual([{ _id: 4 }, { _id: 3 }]);
    expect(await call('count', {}, { limit: 3 })).toBe(3);
  });

  test('values of different types have their order', async () => {
    const values = ['b', new ObjectId('0'.repeat(24)), 2, null, new Date(0), true, [1], { a: 1 }];
    const mixed = values.map((value, _id) => ({ _id, value }));
    await call('insertMany', [...mixed, { _id: 8, value: Decimal128.fromString('1.5') }]);
    const sorted = (await call('find', {}, {}, { sort: { value: 1, _id: 1 } })) as {
      _id: number;
    }[];
    // Of an array the lowest item counts.
    expect(sorted.map(({ _id }) => _id)).toEqual([3, 6, 8, 2, 0, 7, 1, 5, 4]);
  });

  test('distinct takes items of arrays one by one', async () => {
    await call('insertMany', [{ a: [1, 2] }, { a: 2 }, { b: 1 }, { a: 'x' }]);
    const values = (await call('distinct', 'a')) as unknown[];
    expect(new Set(values)).toEqual(new Set([1, 2, 'x']));
    expect(values).toHaveLength(3);
    expect(await call('distinct', 'a', { a: 'x' })).toEqual(['x']);
  });
}

function describeProjections(contract: Contract): void {
  const { call } = createDataCalls(contract);
  const document = {
    _id: 1,
    a: 'x',
    sub: { b: 1, c: 2 },
    items: [
      { b: 1, c: 2 },
      { b: 3, c: 4 },
    ],
    list: [1, 2, 3, 4],
  };
  const cases: [rule: string, projection: Record<string, unknown>, shown: object][] = [
    ['inclusion, with _id', { a: 1 }, { _id: 1, a: 'x' }],
    ['inclusion without _id', { a: true, _id: 0 }, { a: 'x' }],
    [
      'inclusion of nested fields',
      { 'sub.b': 1, 'items.c': 1, _id: 0 },
      {
        sub: { b: 1 },
        items: [{ c: 2 }, { c: 4 }],
      },
    ],
    ['exclusion', { sub: 0, items: 0, list: 0 }, { _id: 1, a: 'x' }],
    [
      'exclusion of nested fields',
      { a: 0, list: 0, 'sub.b': 0, 'items.b': 0 },
      {
        _id: 1,
        sub: { c: 2 },
        items: [{ c: 2 }, { c: 4 }],
      },
    ],
    ['_id alone', { _id: 1 }, { _id: 1 }],
    ['$slice', { list: { $slice: -2 }, a: 1 }, { _id: 1, a: 'x', list: [3, 4] }],
    ['$slice with a skip', { list: { $slice: [1, 2] }, a: 1 }, { _id: 1, a: 'x', list: [2, 3] }],
    [
      '$elemMatch',
      { items: { $elemMatch: { b: { $gt: 1 } } } },
      {
        _id: 1,
        items: [{ b: 3, c: 4 }],
      },
    ],
    ['a missing field', { nope: 1 }, { _id: 1 }],
  ];
  describe('a projection shows', () => {
    test.each(cases)('%s', async (_rule, projection, shown) => {
      await call('insertOne', document);
      expect(await call('findOne', {}, projection)).toEqual(shown);
      expect(await call('find', {}, {}, { projection })).toEqual([shown]);
    });

    test('nothing if it mixes inclusion and exclusion', async () => {
      await call('insertOne', document);
      const mixed = call('find', {}, { a: 1, list: 0 });
      await expect(mixed).rejects.toMatchObject({ name: 'DataOperationError' });
    });

    if (!contract.limits.projectsEveryWay) return;

    test('the fields that a nested document names', async () => {
      await call('insertOne', document);
      expect(await call('findOne', {}, { sub: { c: 1 }, _id: 0 })).toEqual({ sub: { c: 2 } });
    });

    test('the item that the query matched', async () => {
      await call('insertOne', document);
      const found = await call('findOne', { list: { $gt: 2 } }, { 'list.$': 1 });
      expect(found).toEqual({ _id: 1, list: [3] });
    });
  });
}

function describeAggregation(contract: Contract): void {
  const { call } = createDataCalls(contract);
  const orders = [
    { _id: 1, by: 'a', total: 5, items: ['p', 'q'], at: new Date(1000) },
    { _id: 2, by: 'b', total: 7, items: ['q'], at: new Date(2000) },
    { _id: 3, by: 'a', total: 1.5, items: [], at: new Date(3000) },
  ];

  describe('a pipeline', () => {
    test('groups and sums', async () => {
      await call('insertMany', orders);
      const groups = await call('aggregate', [
        { $group: { _id: '$by', total: { $sum: '$total' }, count: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ]);
      expect(groups).toEqual([
        { _id: 'a', total: 6.5, count: 2 },
        { _id: 'b', total: 7, count: 1 },
      ]);
    });

    test('filters, unwinds, adds fields and projects', async () => {
      await call('insertMany', orders);
      const found = await call('aggregate', [
        { $match: { total: { $gt: 2 } } },
        { $unwind: '$items' },
        { $project: { item: '$items', _id: 0, big: { $gte: ['$total', 6] } } },
        { $sort: { item: 1, big: 1 } },
      ]);
      expect(found).toEqual([
        { item: 'p', big: false },
        { item: 'q', big: false },
        { item: 'q', big: true },
      ]);
    });

    test('sorts, skips, limits and counts', async () => {
      await call('insertMany', orders);
      const stages = [{ $sort: { total: -1 } }, { $skip: 1 }, { $limit: 1 }];
      expect(await call('aggregate', stages)).toEqual([orders[0]]);
      expect(await call('aggregate', [...stages, { $count: 'n' }])).toEqual([{ n: 1 }]);
    });

    test('looks up documents of another collection', async () => {
      const users = createDataCalls(contract, 'users');
      const [anna, bert] = [new ObjectId(), new ObjectId()];
      await users.call('insertMany', [
        { _id: anna, name: 'Anna' },
        { _id: bert, name: 'Bert' },
      ]);
      await call('insertMany', [
        { _id: 1, by: bert },
        { _id: 2, by: anna },
      ]);
      const found = await call('aggregate', [
        { $lookup: { from: 'users', localField: 'by', foreignField: '_id', as: 'user' } },
        { $sort: { _id: 1 } },
      ]);
      expect(found).toEqual([
        { _id: 1, by: bert, user: [{ _id: bert, name: 'Bert' }] },
        { _id: 2, by: anna, user: [{ _id: anna, name: 'Anna' }] },
      ]);
    });

    test('matches patterns after other stages', async () => {
      await call('insertMany', orders);
      const found = await call('aggregate', [
        { $project: { by: 1 } },
        { $match: { by: new BSONRegExp('^A', 'i') } },
        { $sort: { _id: 1 } },
      ]);
      expect(found).toEqual([1, 3].map((_id) => ({ _id, by: 'a' })));
    });

    test.each([[[{ $match: {}, $limit: 1 }]], [[{ constructor: 1 }]], [[{ $match: 1 }]], [[{}]]])(
      'with a malformed stage is refused: %j',
      async (stages) => {
        await call('insertOne', { a: 1 });
        const refused = call('aggregate', stages);
        await expect(refused).rejects.toMatchObject({ name: 'DataOperationError' });
      },
    );

    test('groups by ObjectIds and dates', async () => {
      const id = new ObjectId();
      await call('insertMany', [
        { id, at: new Date(5) },
        { id, at: new Date(5) },
      ]);
      const stage = { $group: { _id: { id: '$id', at: '$at' }, n: { $sum: 1 } } };
      expect(await call('aggregate', [stage])).toEqual([{ _id: { id, at: new Date(5) }, n: 2 }]);
    });

    test('with an unknown stage is refused', async () => {
      await call('insertOne', { a: 1 });
      const refused = call('aggregate', [{ $nope: {} }]);
      await expect(refused).rejects.toMatchObject({ name: 'DataOperationError' });
    });
  });
}
