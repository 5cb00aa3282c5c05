/** What the store does on a database that lacks nothing. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import type { DocumentCollection, Store } from '../../../src/store/port.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

describeOnMongo('MongoDB as an engine', (uri) => {
  let database: TestDatabase;
  let store: Store;
  let documents: DocumentCollection;
  const warnings: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase(uri, 'engine');
    const log = createLog('warn', { write: (line: string) => void warnings.push(line) });
    store = await openMongoStore({ uri: database.uri, log });
    documents = await store.collection({ name: 'c', unique: ['u'], expiresAt: 'e' });
  });
  afterAll(async () => {
    await store.close();
    await database.remove();
  });

  test('has a partial and a TTL index, and is warned of in no line', async () => {
    const indexes = await database.client.db(database.name).collection('c').indexes();
    expect(indexes).toContainEqual(
      expect.objectContaining({
        key: { u: 1 },
        unique: true,
        partialFilterExpression: { u: { $exists: true } },
      }),
    );
    expect(indexes).toContainEqual(
      expect.objectContaining({ key: { e: 1 }, expireAfterSeconds: 0 }),
    );
    expect(warnings).toEqual([]);
  });

  test('compares whole documents: a field that another adds loses the comparison', async () => {
    await documents.insertOne({ _id: 1, a: 1 });
    const before = await documents.findStored({ _id: 1 });
    await documents.updateOne({ _id: 1 }, { $set: { theirs: true } });
    const after = { ...before?.document, ours: true };
    expect(await documents.compareAndSet(before, after)).toBe(null);
    expect(warnings).toEqual([]);
  });
});
