import { describe, expect, test } from '@jest/globals';
import { Int32, Long, ObjectId } from '../../../../../src/bson.ts';
import { DATA_METHODS, DataOperationError } from '../../../../../src/store/port.ts';
import { type RunOptions, runSource } from '../../../../support/function-runner.ts';

const on = (body: string, options?: RunOptions) =>
  runSource(
    `exports = async function (...args) {
      const service = context.services.get('mongodb-atlas');
      const collection = service.db('the-database').collection('the-collection');
      ${body}
    }`,
    options,
  );

describe('a collection', () => {
  test('has the methods of App Services, each with its arguments as they are', async () => {
    for (const method of DATA_METHODS) {
      if (method === 'find' || method === 'aggregate') continue;
      const { requests } = await on(`await collection.${method}({ a: 1 }, { b: 2 }, { c: 3 });`);
      expect(requests).toEqual([
        {
          type: 'data',
          database: 'the-database',
          collection: 'the-collection',
          method,
          isSystem: false,
          args: [{ a: 1 }, { b: 2 }, ...(method === 'count' ? [] : [{ c: 3 }])],
        },
      ]);
    }
  });

  test('gets documents with int64 and ObjectId kept, and numbers as numbers', async () => {
    const document = {
      n: new Int32(1),
      l: Long.fromString('9007199254740993'),
      _id: new ObjectId(),
    };
    const { result } = await on('const d = await collection.findOne(); return [typeof d.n, d];', {
      answer: () => document,
    });
    expect(result).toEqual(['number', document]);
  });

  test('turns the cursor of find into options', async () => {
    const { requests, result } = await on(
      `return collection.find({ a: 1 }, { b: 1 }).sort({ c: -1 }).skip(2).limit(3).toArray();`,
      { answer: () => [{ b: new Int32(5) }] },
    );
    expect(requests[0]).toMatchObject({
      method: 'find',
      args: [{ a: 1 }, { b: 1 }, { sort: { c: -1 }, skip: 2, limit: 3 }],
    });
    expect(result).toEqual([{ b: new Int32(5) }]);
  });

  test('takes options of find, and a projection of the cursor', async () => {
    const { requests } = await on(
      'await collection.find({}, {}, { sort: { a: 1 }, limit: 1 }).project({ b: 1 }).toArray();',
      { answer: () => [] },
    );
    expect(requests[0]?.args).toEqual([{}, { b: 1 }, { sort: { a: 1 }, limit: 1 }]);
  });

  test('turns the cursor of aggregate into stages', async () => {
    const { requests } = await on(
      'await collection.aggregate([{ $match: { a: 1 } }]).sort({ b: 1 }).skip(1).limit(2).toArray();',
      { answer: () => [] },
    );
    expect(requests[0]).toMatchObject({
      method: 'aggregate',
      args: [[{ $match: { a: 1 } }, { $sort: { b: 1 } }, { $skip: 1 }, { $limit: 2 }], {}],
    });
  });

  test('gives the documents of a cursor one after another, read once', async () => {
    const { requests, result } = await on(
      `const cursor = collection.find();
      const seen = [await cursor.next(), await cursor.hasNext()];
      for await (const document of collection.find()) seen.push(document);
      await collection.find().forEach((document) => seen.push(document));
      seen.push(await cursor.toArray(), await cursor.next(), await cursor.hasNext());
      await cursor.close();
      return seen;`,
      { answer: () => ['a', 'b'] },
    );
    expect(result).toEqual(['a', true, 'a', 'b', 'a', 'b', ['b'], null, false]);
    expect(requests).toHaveLength(3);
  });

  test('refuses to change a cursor that has been read', async () => {
    const { failure } = await on('const c = collection.find(); await c.next(); c.sort({ a: 1 });', {
      answer: () => [],
    });
    expect(failure?.message).toBe('"sort" must come before the first document');
  });

  test('throws errors that a function can catch, with what the database said', async () => {
    const { result } = await on(
      `try { await collection.insertOne({}); } catch (error) {
        return [error instanceof Error, error.name, error.message, error.code];
      }`,
      {
        answer: () => {
          throw Object.assign(new DataOperationError('E11000 duplicate key'), { code: 11000 });
        },
      },
    );
    expect(result).toEqual([true, 'DataOperationError', 'E11000 duplicate key', new Int32(11000)]);
  });

  test('tells the gateway which failure it was that nobody caught', async () => {
    const { failure } = await on('await collection.insertOne({});', {
      answer: () => {
        throw new DataOperationError('secret details');
      },
    });
    expect(failure).toMatchObject({ hostError: 7 });
  });

  test('refuses arguments that are no BSON', async () => {
    const { failure, requests } = await on('const a = {}; a.a = a; await collection.insertOne(a);');
    expect(failure?.message).toContain('circular');
    expect(requests).toEqual([]);
  });

  test('is reached by one service only, which has no transactions', async () => {
    const other = await runSource('exports = () => context.services.get("mongodb-datafederation")');
    expect(other.failure?.message).toBe(
      'There is no service "mongodb-datafederation", only "mongodb-atlas"',
    );
    const session = await on('service.startSession();');
    expect(session.failure?.message).toBe('Sessions and transactions are not supported');
  });

  // The vendor's MongoDB API reference: `mongodb.admin().getDBNames()` and `database.getCollectionNames()`, arrays of strings.
  test('has a database that tells the names of its collections, and a service that tells those of the databases', async () => {
    const { requests, result } = await on(
      `return [await service.db('the-database').getCollectionNames(), await service.admin().getDBNames()];`,
      { answer: ({ database }) => (database === null ? ['one', 'two'] : ['a', 'b']) },
    );
    expect(result).toEqual([
      ['a', 'b'],
      ['one', 'two'],
    ]);
    expect(requests).toMatchObject([
      { type: 'names', database: 'the-database' },
      { type: 'names', database: null },
    ]);
  });

  test('has at most twenty operations under way', async () => {
    let underWay = 0;
    let most = 0;
    const { result } = await on(
      `const all = Array.from({ length: 100 }, (_, index) => collection.count({ index }));
      return (await Promise.all(all)).length;`,
      {
        answer: async () => {
          underWay += 1;
          most = Math.max(most, underWay);
          await new Promise((resolve) => setImmediate(resolve));
          underWay -= 1;
          return new Int32(1);
        },
      },
    );
    expect(result).toEqual(new Int32(100));
    expect(most).toBe(20);
  });
});
