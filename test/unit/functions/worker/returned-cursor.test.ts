/** A cursor that a function returns is its documents, as in App Services. */
import { describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../../src/bson.ts';
import { type RunOptions, runSource } from '../../../support/function-runner.ts';

const DOCUMENTS = [1, 2, 3].map((n) => ({ n: new Int32(n) }));
const COLLECTION =
  "const collection = context.services.get('mongodb-atlas').db('d').collection('c');";

const run = (body: string, options: RunOptions = {}) =>
  runSource(`exports = async function () { ${COLLECTION} ${body} }`, {
    answer: () => DOCUMENTS,
    ...options,
  });

describe('a cursor', () => {
  test.each<[string, unknown]>([
    ['return collection.find()', DOCUMENTS],
    ['return collection.find({ n: 1 }).sort({ n: 1 }).limit(3)', DOCUMENTS],
    ['return collection.aggregate([])', DOCUMENTS],
    ['return await collection.find()', DOCUMENTS],
    ['return { found: collection.find(), count: 3 }', { found: DOCUMENTS, count: new Int32(3) }],
    ['return [collection.find(), [collection.find()]]', [DOCUMENTS, [DOCUMENTS]]],
    ['return new Map([["found", collection.find()]])', { found: DOCUMENTS }],
    ['const cursor = collection.find(); await cursor.next(); return cursor', DOCUMENTS.slice(1)],
    ['const cursor = collection.find(); return [cursor, cursor]', [DOCUMENTS, DOCUMENTS]],
  ])('that is returned is its documents: %s', async (body, expected) => {
    const { failure, result } = await run(body);
    expect(failure).toBeUndefined();
    expect(result).toEqual(expected);
  });

  test('is read with what was chosen, after what was written before', async () => {
    const { requests } = await run(
      'await collection.insertOne({}); return collection.find({ a: 1 }).limit(2)',
    );
    expect(requests).toMatchObject([
      { method: 'insertOne' },
      { method: 'find', args: [{ a: 1 }, {}, { limit: 2 }] },
    ]);
  });

  test('that cannot be read fails as the operation did', async () => {
    const { failure } = await run('return { found: collection.find() }', {
      answer: () => {
        throw new Error('refused');
      },
    });
    expect(failure).toMatchObject({ message: 'refused', hostError: 7 });
  });

  test.each([
    'collection.insertOne({ found: collection.find() })',
    'context.functions.execute("b", collection.find())',
  ])('cannot be sent: %s', async (expression) => {
    const { failure, requests } = await run(`return ${expression}`);
    expect(failure?.message).toContain('use toArray()');
    expect(requests).toEqual([]);
  });
});
