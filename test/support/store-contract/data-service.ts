import { describe, expect, test } from '@jest/globals';
import { Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import { DataOperationError } from '../../../src/store/port.ts';
import type { Contract } from './contract.ts';
import { createDataCalls } from './data-calls.ts';
import { describeDataLimits } from './data-limits.ts';
import { describeDataQueries } from './data-queries.ts';
import { describeDataUpdates } from './data-updates.ts';

/** What the operator's functions may do with collections. */
export function describeDataService(contract: Contract): void {
  describe('the data service', () => {
    describeInserts(contract);
    describeDataQueries(contract);
    describeDataUpdates(contract);
    describeRemovals(contract);
    describeBulkWrites(contract);
    describeBorders(contract);
    describeDataLimits(contract);
  });
}

function describeInserts(contract: Contract): void {
  const { call, callTyped, all } = createDataCalls(contract);

  test('inserts one and finds it', async () => {
    expect(await call('insertOne', { _id: 1, a: 'x' })).toEqual({ insertedId: 1 });
    expect(await call('findOne', { a: 'x' })).toEqual({ _id: 1, a: 'x' });
    expect(await call('findOne', { a: 'y' })).toBe(null);
  });

  test('makes an ObjectId where a document has no _id', async () => {
    const { insertedId } = (await call('insertOne', { a: 1 })) as { insertedId: unknown };
    expect(insertedId).toBeInstanceOf(ObjectId);
    expect(await all()).toEqual([{ _id: insertedId, a: 1 }]);
  });

  test('inserts many and lists their ids in order', async () => {
    const { insertedIds } = (await call('insertMany', [{ _id: 2 }, { a: 1 }, { _id: 'x' }])) as {
      insertedIds: unknown[];
    };
    expect(insertedIds).toEqual([2, expect.any(ObjectId), 'x']);
  });

  test('keeps those before a document that is refused', async () => {
    const refused = call('insertMany', [{ _id: 1 }, { _id: 1 }, { _id: 2 }]);
    await expect(refused).rejects.toMatchObject({ name: 'DataOperationError', code: 11000 });
    expect(await all()).toEqual([{ _id: 1 }]);
  });

  test('answers with every BSON type as it is stored', async () => {
    const document = { _id: 1, int: new Int32(1), double: new Double(1), long: Long.fromNumber(1) };
    await call('insertOne', document);
    for (const found of [
      await callTyped('findOne', {}),
      await callTyped('findOneAndUpdate', {}, { $set: { other: 'x' } }),
      (await callTyped('aggregate', [{ $match: {} }, { $sort: { _id: 1 } }, { $limit: 1 }])) as [],
    ].flat()) {
      expect(found).toMatchObject({ ...document, _id: new Int32(1) });
    }
    expect(await callTyped('distinct', 'double')).toEqual([new Double(1)]);
    const { insertedId } = (await callTyped('insertOne', { _id: Long.fromNumber(7) })) as {
      insertedId: unknown;
    };
    expect(insertedId).toEqual(Long.fromNumber(7));
  });
}

function describeRemovals(contract: Contract): void {
  const { call, all } = createDataCalls(contract);

  test('deletes one or every match and counts them', async () => {
    await call(
      'insertMany',
      [1, 2, 3, 4].map((n) => ({ _id: n, odd: n % 2 })),
    );
    expect(await call('deleteOne', { odd: 1 })).toEqual({ deletedCount: 1 });
    expect(await call('deleteMany', { odd: 0 })).toEqual({ deletedCount: 2 });
    expect(await call('deleteMany', { odd: 0 })).toEqual({ deletedCount: 0 });
    expect(await all()).toHaveLength(1);
  });

  test('findOneAndDelete returns what it deletes', async () => {
    await call('insertMany', [
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ]);
    const options = { sort: { n: -1 }, projection: { n: 1, _id: 0 } };
    expect(await call('findOneAndDelete', {}, options)).toEqual({ n: 2 });
    expect(await call('findOneAndDelete', { n: 2 })).toBe(null);
    expect(await all()).toEqual([{ _id: 1, n: 1 }]);
  });
}

function describeBulkWrites(contract: Contract): void {
  const { call, all } = createDataCalls(contract);

  test('runs a bulk write in order and counts', async () => {
    await call('insertMany', [
      { _id: 1, n: 1 },
      { _id: 2, n: 1 },
      { _id: 3, n: 1 },
    ]);
    const result = await call('bulkWrite', [
      { insertOne: { document: { _id: 4, n: 1 } } },
      { updateMany: { filter: { n: 1 }, update: { $inc: { n: 1 } } } },
      { updateOne: { filter: { _id: 9 }, update: { $set: { n: 9 } }, upsert: true } },
      { replaceOne: { filter: { _id: 1 }, replacement: { m: 1 } } },
      { deleteOne: { filter: { _id: 2 } } },
      { deleteMany: { filter: { n: 2 } } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 1,
      matchedCount: 5,
      modifiedCount: 5,
      deletedCount: 3,
      upsertedCount: 1,
      insertedIds: { 0: 4 },
      upsertedIds: { 2: 9 },
    });
    expect(await all()).toEqual([
      { _id: 1, m: 1 },
      { _id: 9, n: 9 },
    ]);
  });

  test.each([
    [true, [1]],
    [false, [1, 2]],
  ])('ordered %s: a failure leaves %p', async (ordered, left) => {
    const operations = [{ _id: 1 }, { _id: 1 }, { _id: 2 }].map((document) => ({
      insertOne: { document },
    }));
    const failed = call('bulkWrite', operations, { ordered });
    await expect(failed).rejects.toMatchObject({ name: 'DataOperationError', code: 11000 });
    expect(await all()).toEqual(left.map((_id) => ({ _id })));
  });
}

function describeBorders(contract: Contract): void {
  const { call } = createDataCalls(contract);

  test('sees what the gateway wrote, and the gateway sees what it writes, through its indexes', async () => {
    const database = contract.database();
    const documents = await contract.collection({ database, unique: ['userId'] });
    const data = createDataCalls(contract, 'contract');
    await documents.insertOne({ _id: 1, userId: 'a' });
    expect(await data.call('findOne', { userId: 'a' })).toEqual({ _id: 1, userId: 'a' });
    await data.call('updateOne', { userId: 'a' }, { $set: { userId: 'b' } });
    expect(await documents.findOne({ userId: 'a' })).toBe(null);
    expect(await documents.findOne({ userId: 'b' })).toEqual({ _id: 1, userId: 'b' });
    const duplicate = { name: 'DataOperationError', code: 11000 };
    await expect(data.call('insertOne', { userId: 'b' })).rejects.toMatchObject(duplicate);
    await data.call('insertOne', { _id: 2, userId: 'c' });
    const clash = data.call('updateOne', { _id: 2 }, { $set: { userId: 'b' } });
    await expect(clash).rejects.toMatchObject(duplicate);
    expect(await data.all()).toEqual([
      { _id: 1, userId: 'b' },
      { _id: 2, userId: 'c' },
    ]);
  });

  test('names the collections of a database in order, and the databases, and nothing of its own', async () => {
    await contract.collection();
    const other = createDataCalls(contract, 'another');
    await call('insertOne', { _id: 1 });
    await other.call('insertOne', { _id: 1 });
    const service = await contract.store().dataService();
    const collections = await service.names(contract.database());
    expect(collections.filter((name) => name !== 'contract')).toEqual(collections);
    expect(collections).toEqual([...collections].sort());
    expect(collections).toEqual(expect.arrayContaining(['another', 'data']));
    const databases = await service.names(null);
    expect(databases).toContain(contract.database());
    expect(databases).not.toContain('');
    expect(await service.names('nothing-is-here')).toEqual([]);
    await expect(service.names('a/b')).rejects.toBeInstanceOf(DataOperationError);
  });

  test("the gateway's own collections are out of reach", async () => {
    const own = await contract.collection();
    await own.insertOne({ _id: 1, secret: 'x' });
    const service = await contract.store().dataService();
    for (const database of ['', contract.database()]) {
      const find = { database, collection: 'contract', method: 'find', args: [] } as const;
      const outcomes = [await service.run(find).catch((error: unknown) => error)];
      for (const stage of [
        { $lookup: { from: 'contract', localField: 'a', foreignField: 'a', as: 'x' } },
        { $facet: { x: [{ $unionWith: 'contract' }] } },
        { $unionWith: { coll: 'contract' } },
        { $merge: { into: { db: database, coll: 'contract' } } },
        { $out: 'contract' },
      ]) {
        const aggregate = { database, collection: 'other', method: 'aggregate', args: [[stage]] };
        outcomes.push(await service.run(aggregate as never).catch((error: unknown) => error));
      }
      expect(JSON.stringify(outcomes)).not.toContain('secret');
    }
    expect(await own.find({})).toEqual([{ _id: 1, secret: 'x' }]);
  });

  test.each<[rule: string, method: 'find' | 'updateOne' | 'deleteMany', args: unknown[]]>([
    ['an unknown operator of a filter', 'find', [{ a: { $nope: 1 } }]],
    ['an unknown operator of an update', 'updateOne', [{ _id: 1 }, { $nope: { a: 1 } }]],
    ['an update that does not fit', 'updateOne', [{ _id: 1 }, { $inc: { text: 1 } }]],
    ['a change of _id', 'updateOne', [{ _id: 1 }, { $set: { _id: 2 } }]],
    ['a replacement for an update', 'updateOne', [{ _id: 1 }, { a: 1 }]],
    ['a query that is no document', 'find', ['x']],
    ['a deletion without a query', 'deleteMany', []],
    ['a sort that is no order', 'find', [{}, {}, { sort: { a: 'up' } }]],
  ])('refuses %s and says so', async (_rule, method, args) => {
    await call('insertOne', { _id: 1, text: 'x' });
    await expect(call(method, ...args)).rejects.toBeInstanceOf(DataOperationError);
    expect(await call('find')).toEqual([{ _id: 1, text: 'x' }]);
  });

  test.each([
    ...['', 'a/b', 'a.b', 'a b', undefined].map((database) => ({ database })),
    ...['', 'system.users', 'a$b', undefined].map((collection) => ({ collection })),
    ...['constructor', 'drop', ''].map((method) => ({ method })),
  ])('refuses %j', async (part) => {
    const service = await contract.store().dataService();
    const find = { database: contract.database(), collection: 'data', method: 'find', args: [] };
    const refused = service.run({ ...find, ...part } as never);
    await expect(refused).rejects.toBeInstanceOf(DataOperationError);
  });

  test('reads of a collection that was never written to find nothing', async () => {
    expect(await call('find', { a: 1 })).toEqual([]);
    expect(await call('count', {})).toBe(0);
    expect(await call('distinct', 'a')).toEqual([]);
    expect(await call('aggregate', [{ $project: { a: 1 } }])).toEqual([]);
    expect(await call('updateOne', {}, { $set: { a: 1 } })).toEqual({
      matchedCount: 0,
      modifiedCount: 0,
    });
    expect(await call('deleteMany', {})).toEqual({ deletedCount: 0 });
  });

  test('reports each operation by the name of its command', async () => {
    await call('insertOne', { _id: 1 });
    const start = contract.operations().length;
    await call('find');
    await call('findOne', {});
    await call('distinct', 'a');
    await call('aggregate', [{ $match: {} }]);
    await call('insertOne', { _id: 2 });
    await call('updateMany', {}, { $set: { a: 1 } });
    await call('findOneAndUpdate', {}, { $set: { a: 2 } });
    await call('deleteOne', {});
    const operations = contract.operations().slice(start);
    expect(operations.map(({ name }) => name).join(' ')).toBe(
      'find find distinct aggregate insert update findAndModify delete',
    );
    expect(new Set(operations.map(({ collection }) => collection))).toEqual(new Set(['data']));
  });
}
