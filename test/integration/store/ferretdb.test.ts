/** The gateway and its store on a database that lacks much of MongoDB. See `docs/databases.md`. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Collection } from 'mongodb';
import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import { DuplicateKeyError, type Store, type StoredDocument } from '../../../src/store/port.ts';
import type { Document } from '../../../src/values/documents.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnFerret } from '../../support/mongodb/test-uri.ts';

describeOnFerret('the gateway on FerretDB', (uri) => {
  let state: TestDatabase;
  let documents: TestDatabase;
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    state = await createTestDatabase(uri, 'state');
    documents = await createTestDatabase(uri, 'documents');
    gateway = await startGateway({
      MONGODB_URI: state.uri,
      CUSTOM_DATA_DATABASE: documents.name,
      CUSTOM_DATA_HISTORY: '5',
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await state.remove();
    await documents.remove();
  });

  test('starts on an empty database and says what it lacks', async () => {
    expect(messagesOf(gateway.logText())).toEqual(
      expect.arrayContaining([
        expect.stringContaining('FerretDB 1, whose writes are not atomic'),
        expect.stringContaining('no TTL indexes'),
        expect.stringContaining('no partial indexes'),
      ]),
    );
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
  });

  test('logs in, answers me, trades the refresh token and logs out', async () => {
    const session = await logInAnonymously(send);
    const me = await send(OPERATIONS.me, { token: session.accessToken });
    expect(me.data.me.id).toBe(session.user.id);
    const { refreshToken } = session;
    const traded = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
    const token = traded.data.refreshSession.accessToken;
    expect((await send(OPERATIONS.logOut, { token })).data.logOut).toBe(true);
    const after = await send(OPERATIONS.refreshCustomData, { token });
    expect(after.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
  });

  test('registers a user, refuses the taken address and takes the password', async () => {
    const variables = { email: 'ferret@example.com', password: 'a good long pass phrase' };
    expect((await send(OPERATIONS.registerUser, { variables })).code).toBe(undefined);
    expect((await send(OPERATIONS.registerUser, { variables })).code).toBe('ACCOUNT_EXISTS');
    const credentials = { emailPassword: variables };
    const { data } = await send(OPERATIONS.logIn, { variables: { credentials } });
    expect(data.logIn.user.id).toMatch(/^[0-9a-f]{24}$/);
  });

  test('writes, updates, compares revisions and deletes', async () => {
    const { accessToken: token } = await logInAnonymously(send);
    const write = (data: object, more: object = {}) =>
      send(OPERATIONS.write, { token, variables: { data, ...more } });
    await write({ color: 'blue', visits: 1, tags: ['a'], nested: { a: 1 } });
    const merged = await write({ color: 'red' });
    const { customData, user } = merged.data.writeCustomUserData;
    expect(customData).toMatchObject({ color: 'red', visits: 1, tags: ['a'], nested: { a: 1 } });

    const operations = [
      { increment: { path: '/visits', by: 2 } },
      { append: { path: '/tags', value: 'b' } },
    ];
    const updated = await send(OPERATIONS.update, { token, variables: { operations } });
    expect(updated.data.updateCustomUserData.customData).toMatchObject({
      visits: 3,
      tags: ['a', 'b'],
    });

    const stale = await write({ color: 'green' }, { expectedRevision: user.customDataRevision });
    expect(stale.code).toBe('REVISION_CONFLICT');
    const deleted = await send(OPERATIONS.delete, { token });
    expect(deleted.data.deleteCustomUserData.result.deletedCount).toBe(1);
    expect(
      await documents.client
        .db(documents.name)
        .collection('custom-user-data')
        .findOne({ userId: user.id }),
    ).toBe(null);
  });

  test('shows what another wrote when the custom data is refreshed', async () => {
    const { accessToken: token, user } = await logInAnonymously(send);
    const outside = documents.client.db(documents.name).collection('custom-user-data');
    await outside.insertOne({ userId: user.id, fromOutside: true });
    const { data } = await send(OPERATIONS.refreshCustomData, { token });
    expect(data.refreshCustomData.customData).toMatchObject({ fromOutside: true });
  });
});

describeOnFerret('the MongoDB store on FerretDB', (uri) => {
  let database: TestDatabase;
  let store: Store;
  let outside: Collection<Document>;
  let logged: string[];
  let time: number;

  beforeEach(async () => {
    logged = [];
    time = Date.UTC(2030, 0);
    database = await createTestDatabase(uri, 'ferret');
    outside = database.client.db(database.name).collection('c');
    const log = createLog('info', { write: (line: string) => void logged.push(line) });
    store = await openMongoStore({ uri: database.uri, log, now: () => time });
  });
  afterEach(async () => {
    await store.close();
    await database.remove();
  });

  const messages = () => messagesOf(logged.join(''));

  describe('without partial indexes', () => {
    test('a unique index takes one document a value, and any number without the field', async () => {
      const documents = await store.collection({ name: 'c', unique: ['u'] });
      await documents.insertOne({ _id: 1, u: 'a' });
      for (const n of [2, 3]) await documents.insertOne({ _id: n });
      const again = documents.insertOne({ _id: 4, u: 'a' });
      await expect(again).rejects.toBeInstanceOf(DuplicateKeyError);
      const update = documents.updateOne({ _id: 2 }, { $set: { u: 'a' } });
      await expect(update).rejects.toBeInstanceOf(DuplicateKeyError);
      expect(messages()).toContain('the database has no partial indexes');
    });

    test('duplicates are reported, and the index is not unique', async () => {
      await outside.insertMany([{ u: 'a' }, { u: 'a' }, { u: 'b' }, {}, {}]);
      const definition = { name: 'c', unique: ['u'], onDuplicates: 'report' } as const;
      const { duplicateKeys } = await store.collection(definition);
      expect(duplicateKeys).toEqual(['a']);
      expect((await outside.indexes()).map(({ key }) => key)).toContainEqual({ u: 1 });
    });

    test('the second start finds the indexes of the first', async () => {
      const definition = { name: 'c', unique: ['u', '_id'], indexes: ['p'], expiresAt: 'e' };
      await store.collection(definition);
      const before = await outside.indexes();
      await store.collection(definition);
      expect(await outside.indexes()).toEqual(before);
      expect(before).toHaveLength(4);
    });
  });

  describe('without TTL indexes', () => {
    test('the store removes documents whose date has passed, and no other', async () => {
      const documents = await store.collection({ name: 'c', expiresAt: 'e' });
      expect(messages()).toContainEqual(expect.stringContaining('no TTL indexes'));
      const at = (offset: number) => new Date(time + offset);
      await outside.insertMany([
        { _id: 1, e: at(-1) },
        { _id: 2, e: at(0) },
        { _id: 3, e: at(1) },
        { _id: 4 },
        { _id: 5, e: 'text' },
      ] as unknown as Document[]);
      // The first sweep comes a second after the collection was opened.
      await until(async () => (await documents.find({})).length === 3);
      expect((await documents.find({}, { sort: { _id: 1 } })).map(({ _id }) => _id)).toEqual([
        3, 4, 5,
      ]);
    });
  });

  describe('without $expr', () => {
    test('compareAndSet replaces the document if it still is the one compared with', async () => {
      const documents = await store.collection({ name: 'c' });
      const before = await insertStored({ _id: 1, a: 1, list: [1, 2], none: null });
      const after = await documents.compareAndSet(before, { ...before.document, a: 2 });
      expect(after?.document._id).toEqual(before.document._id);
      expect(await outside.findOne()).toEqual({ _id: 1, a: 2, list: [1, 2], none: null });
      expect(await documents.compareAndSet(before, { ...before.document, a: 3 })).toBe(null);
      expect(messages().filter((text) => text.includes('no $expr'))).toHaveLength(1);
    });

    test.each<[string, Document]>([
      ['a value', { $set: { a: 2 } }],
      ['the type of a number', { $set: { a: 1.5 } }],
      ['a value to a list that holds it', { $set: { a: [1] } }],
      ['an item of a list', { $set: { list: [1, 3] } }],
      ['null to nothing', { $unset: { none: '' } }],
      ['null to a value', { $set: { none: 1 } }],
      ['the field that is to be added', { $set: { added: 0 } }],
    ])('compareAndSet notices a change of %s', async (_what, change) => {
      const documents = await store.collection({ name: 'c' });
      const before = await insertStored({ _id: 1, a: 1, list: [1, 2], none: null });
      await outside.updateOne({}, change);
      const changed = await outside.findOne();
      const after = { ...before.document, b: 1, added: 1 };
      expect(await documents.compareAndSet(before, after)).toBe(null);
      expect(await outside.findOne()).toEqual(changed);
    });

    test('compareAndSet overwrites no field that another writer adds', async () => {
      const documents = await store.collection({ name: 'c' });
      const before = await insertStored({ _id: 1, a: 1 });
      await outside.updateOne({}, { $set: { theirs: true } });
      await documents.compareAndSet(before, { ...before.document, ours: true });
      expect(await outside.findOne()).toEqual({ _id: 1, a: 1, theirs: true, ours: true });
    });

    test('compareAndDelete deletes the document once, and not a changed one', async () => {
      const documents = await store.collection({ name: 'c' });
      const before = await insertStored({ _id: 1, a: 1 });
      await outside.updateOne({}, { $set: { a: 2 } });
      expect(await documents.compareAndDelete(before)).toBe(false);
      await outside.updateOne({}, { $set: { a: 1 } });
      expect(await documents.compareAndDelete(before)).toBe(true);
      expect(await documents.compareAndDelete(before)).toBe(false);
    });

    async function insertStored(document: Document): Promise<StoredDocument> {
      const documents = await store.collection({ name: 'c' });
      await documents.insertOne(document);
      const stored = await documents.findStored({ _id: document._id });
      if (stored === null) throw new Error('The document is missing');
      return stored;
    }
  });
});

/** Waits until the database says so. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 20_000;
  while (performance.now() < limit) {
    if (await isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It did not come to that');
}

function messagesOf(log: string): string[] {
  const lines = log.split('\n').filter((line) => line !== '');
  return lines.map((line) => String(JSON.parse(line).msg));
}
