/** What only the MongoDB store does, or does in its own way. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Collection, Document } from 'mongodb';
import { Double, Int32, ObjectId, serialize } from '../../../src/bson.ts';
import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import type { OperationLimits } from '../../../src/store/operation-limits.ts';
import type { DocumentCollection, Store, StoredDocument } from '../../../src/store/port.ts';
import { insertBytes } from '../../support/mongodb/raw-insert.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

describeOnMongo('only on MongoDB', (serverUri) => {
  let database: TestDatabase;
  let store: Store;
  let outside: Collection<Document>;
  let operations: string[];

  beforeEach(async () => {
    operations = [];
    database = await createTestDatabase(serverUri, 'only');
    outside = database.client.db(database.name).collection('c');
    store = await openMongoStore({
      uri: database.uri,
      log: createLog('silent'),
      onOperation: ({ name, collection }) => operations.push(`${name} ${collection}`),
    });
  });
  afterEach(async () => {
    await store.close();
    await database.remove();
  });

  test('the database in the path of the URI holds collections that name none', async () => {
    await (await store.collection({ name: 'c' })).insertOne({ _id: 1 });
    await (await store.collection({ database: database.name, name: 'c' })).insertOne({ _id: 2 });
    expect(await outside.countDocuments()).toBe(2);
  });

  test('commands without a collection are not reported', async () => {
    await store.ping();
    expect(operations).toEqual([]);
    const documents = await store.collection({ name: 'c' });
    expect(operations).toEqual(['listIndexes c']);
    await documents.compareAndDelete(await insertStored(documents, { _id: 1 }));
    expect(operations.slice(1)).toEqual(['insert c', 'find c', 'delete c']);
  });

  test.each(['holds too much', 'is over'])(
    'the cursor of a query is ended with it, when the call %s',
    async (why) => {
      await outside.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n })));
      const service = await store.dataService();
      const end = new AbortController();
      const refusal = new Error('That is enough');
      let documents = 0;
      const limits: OperationLimits = {
        signal: end.signal,
        timeLeft: () => 10_000,
        hold() {
          documents += 1;
          if (documents < 50) return;
          if (why === 'holds too much') throw refusal;
          end.abort(refusal);
        },
      };
      const target = { database: database.name, collection: 'c' };
      const query = { ...target, method: 'find', args: [{}] } as const;
      await expect(service.run(query, limits)).rejects.toThrow('That is enough');
      expect(operations).toEqual(['find c', 'killCursors c']);
    },
  );

  test('every operation after closing is SERVICE_UNAVAILABLE', async () => {
    const documents = await store.collection({ name: 'c' });
    await store.close();
    await expect(documents.findOne({})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(store.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  test('closing waits for the operations that run', async () => {
    const documents = await store.collection({ name: 'c' });
    const insertions = Array.from({ length: 20 }, (_, _id) => documents.insertOne({ _id }));
    await store.close();
    await Promise.all(insertions);
    expect(await outside.countDocuments()).toBe(20);
  });

  describe('indexes', () => {
    const indexOn = async (field: string) => {
      const indexes = await outside.indexes();
      return indexes.filter(({ key }) => Object.keys(key)[0] === field);
    };

    test('a document expires at its date', async () => {
      await store.collection({ name: 'c', expiresAt: 'until' });
      expect(await indexOn('until')).toMatchObject([{ expireAfterSeconds: 0 }]);
    });

    test('opening twice makes each index once', async () => {
      const definition = { name: 'c', unique: ['u'], indexes: ['u', 'i'], expiresAt: 'until' };
      await store.collection(definition);
      operations = [];
      await store.collection(definition);
      expect(operations).toEqual(['listIndexes c']);
      expect(await outside.indexes()).toHaveLength(4);
    });

    test('an existing index that is not unique does not stand for a unique one', async () => {
      await outside.createIndex({ u: 1 });
      await store.collection({ name: 'c', unique: ['u'] });
      expect((await indexOn('u')).some(({ unique }) => unique === true)).toBe(true);
    });

    test('a unique index is partial, and takes the place of the one that 0.1.0 made', async () => {
      await outside.createIndex({ u: 1 }, { unique: true, name: 'u_1_unique' });
      await outside.insertOne({});
      await store.collection({ name: 'c', unique: ['u'] });
      expect(await indexOn('u')).toEqual([
        expect.objectContaining({
          unique: true,
          partialFilterExpression: { u: { $exists: true } },
        }),
      ]);
      await outside.insertOne({});
    });

    test('a plain index stands in while there are duplicates', async () => {
      await outside.insertMany([{ u: 'a' }, { u: 'a' }]);
      const definition = { name: 'c', unique: ['u'], onDuplicates: 'report' } as const;
      await store.collection(definition);
      expect(await indexOn('u')).toEqual([expect.objectContaining({ name: 'u_1_plain' })]);
      await store.collection(definition);
      expect(await indexOn('u')).toHaveLength(1);
      await outside.deleteOne({ u: 'a' });
      await store.collection(definition);
      expect(await indexOn('u')).toEqual([expect.objectContaining({ unique: true })]);
    });

    test('an index of the operator stays beside ours', async () => {
      await outside.createIndex({ u: 1 }, { name: 'operator' });
      await store.collection({ name: 'c', unique: ['u'] });
      await store.collection({ name: 'c', unique: ['u'] });
      expect((await indexOn('u')).map(({ name }) => name)).toEqual([
        'operator',
        'u_1_unique_partial',
      ]);
    });

    test('the indexes of many gateways that start at once are made once', async () => {
      await outside.createIndex({ u: 1 }, { unique: true, name: 'u_1_unique' });
      await outside.insertOne({});
      const open = () => store.collection({ name: 'c', unique: ['u'], indexes: ['i'] });
      await Promise.all(Array.from({ length: 8 }, open));
      expect(await indexOn('u')).toHaveLength(1);
      expect(await indexOn('i')).toHaveLength(1);
    });

    test('duplicates are reported by value, each item of an array and null included', async () => {
      const shared = new ObjectId();
      await outside.insertMany([
        { u: 'a' },
        { u: 'a' },
        { u: ['b', 'c'] },
        { u: 'c' },
        { u: ['once', 'once'] },
        { u: shared },
        { u: shared },
        {},
        {},
        { u: null },
        { u: [null] },
      ]);
      const { duplicateKeys } = await store.collection({
        name: 'c',
        unique: ['u'],
        onDuplicates: 'report',
      });
      expect(new Set(duplicateKeys)).toEqual(new Set(['a', 'c', null, shared]));
      await expect(store.collection({ name: 'c', unique: ['u'] })).rejects.toThrow(/share a value/);
    });
  });

  describe('compareAndSet', () => {
    test.each([
      ['at the top', new Int32(1), new Double(1)],
      ['in a document', { n: new Int32(1) }, { n: new Double(1) }],
    ])('notices a number of another type %s', async (_place, was, is) => {
      const documents = await store.collection({ name: 'c' });
      const before = await insertStored(documents, { _id: 1, a: was });
      await outside.deleteOne({});
      await outside.insertOne({ _id: 1, a: is } as Document);
      expect(await documents.compareAndSet(before, { ...before.document, b: 1 })).toBe(null);
      expect(await documents.compareAndDelete(before)).toBe(false);
    });

    test.each([
      ['undefined', '067500'],
      ['names that look like indexes', '036f0013000000106200010000001031000200000000'],
      ['text that is not UTF-8', '027800020000008000'],
    ])('of another field leaves %s as it was', async (_what, element) => {
      await insertBytes(serverUri, database.name, 'c', withElement(element));
      const documents = await store.collection({ name: 'c' });
      const before = await documents.findStored({ _id: 1 });
      const after = await documents.compareAndSet(before, { ...before?.document, z: 'new' });
      expect(fieldsOf(after)).toBe(`${fieldsOf(before)}${elementOf({ z: 'new' })}`);
      expect(await documents.compareAndSet(before, { ...before?.document, z: 'x' })).toBe(null);
    });
  });
});

async function insertStored(documents: DocumentCollection, document: Document) {
  await documents.insertOne(document);
  const stored = await documents.findStored({ _id: document._id });
  if (stored === null) throw new Error('The document is missing');
  return stored;
}

/** Bytes of a document with the `_id` 1 and one more element, given in hex. */
function withElement(hex: string): Uint8Array {
  const elements = Buffer.from(`${elementOf({ _id: 1 })}${hex}`, 'hex');
  const bytes = Buffer.alloc(elements.length + 5);
  bytes.writeInt32LE(bytes.length);
  elements.copy(bytes, 4);
  return bytes;
}

function elementOf(document: Document): string {
  return Buffer.from(serialize(document)).subarray(4, -1).toString('hex');
}

function fieldsOf(stored: StoredDocument | null): string {
  return Buffer.from(stored?.bytes ?? [])
    .subarray(4, -1)
    .toString('hex');
}
