/** What only the embedded store has: a directory, a clock for expiry, a life cycle. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { open as openLmdb } from 'lmdb';
import { encodeDocument } from '../../../src/store/document-bytes.ts';
import { documentKey } from '../../../src/store/embedded/document-writes.ts';
import {
  type EmbeddedStore,
  openEmbeddedStore,
} from '../../../src/store/embedded/embedded-store.ts';
import { openEnvironment } from '../../../src/store/embedded/environment.ts';
import { collectionKey, documentsDatabase } from '../../../src/store/embedded/index-catalogue.ts';

const MINUTE = 60_000;

describe('the embedded store', () => {
  let directory: string;
  let dataDir: string;
  let time: number;
  const stores: EmbeddedStore[] = [];
  const warnings: string[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'embedded-directory-'));
    // A dot in the name must not make LMDB take it for a file.
    dataDir = join(directory, 'deep', 'data.d');
    time = 1_700_000_000_000;
    warnings.length = 0;
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await rm(directory, { recursive: true });
  });

  const open = async () => {
    const log = { warn: (_fields: unknown, text: string) => warnings.push(text) };
    const store = await openEmbeddedStore({ dataDir, now: () => time, log: log as never });
    stores.push(store);
    return store;
  };

  /** Writes past the store. */
  async function put(name: string, key: Buffer, bytes: Uint8Array): Promise<void> {
    const environment = await openEnvironment(dataDir);
    const [database] = await environment.openDatabases([{ name, dupSort: false }]);
    await environment.write(() => void database?.put(key, Buffer.from(bytes)));
    await environment.close();
  }
  const overwrite = (name: string, _id: unknown, bytes: Uint8Array) =>
    put(documentsDatabase(collectionKey({ name })), documentKey({ _id }), bytes);
  const overwriteCatalogue = (name: string) =>
    put('catalogue', Buffer.from(collectionKey({ name })), Buffer.from('no document'));

  test('keeps everything across a restart', async () => {
    const first = await open();
    const before = await first.collection({ name: 'a', unique: ['key'], indexes: ['kind'] });
    for (let n = 0; n < 100; n += 1) await before.insertOne({ _id: n, key: `k${n}`, kind: n % 3 });
    await first.close();

    const after = await (await open()).collection({
      name: 'a',
      unique: ['key'],
      indexes: ['kind'],
    });
    expect(await after.find({})).toHaveLength(100);
    expect(await after.findOne({ key: 'k42' })).toEqual({ _id: 42, key: 'k42', kind: 0 });
    expect(await after.find({ kind: 1 })).toHaveLength(33);
  });

  test('creates its directory for the owner only', async () => {
    await open();
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });

  test('refuses more collections than LMDB can have open, and works on with those it has', async () => {
    const store = await open();
    const service = await store.dataService();
    const insert = (collection: string) =>
      service.run({ database: 'd', collection, method: 'insertOne', args: [{ _id: 1 }] });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1100 }, (_, n) => insert(`c${n}`)),
    );
    const refusals = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    // One is the list of indexes.
    expect(refusals).toHaveLength(1100 - 1023);
    const [refusal] = refusals;
    expect(refusal).toMatchObject({
      name: 'DataOperationError',
      message: expect.stringContaining('at most 1024'),
    });
    const count = { database: 'd', collection: 'c0', method: 'count', args: [] } as const;
    expect(await service.run(count)).toBe(1);
    await expect(insert('c0')).rejects.toMatchObject({ code: 11000 });
    await store.close();
    expect(await (await (await open()).collection({ name: 'own' })).find({})).toEqual([]);
  }, 60_000);

  test('makes no collection by reading it, or by a write that finds nothing', async () => {
    const store = await open();
    const service = await store.dataService();
    const run = (method: 'find' | 'updateMany' | 'deleteMany' | 'findOneAndDelete') =>
      service.run({ database: 'd', collection: 'c', method, args: [{}, { $set: { a: 1 } }] });
    for (const method of ['updateMany', 'deleteMany', 'findOneAndDelete'] as const) {
      await run(method);
    }
    await store.close();
    const root = openLmdb({ path: dataDir, noSubdir: false, readOnly: true });
    expect([...root.getKeys()].map(String).filter((name) => name.includes('d/c'))).toEqual([]);
    await root.close();
  });

  test('names a directory that cannot be used', async () => {
    dataDir = join(directory, 'file', 'data');
    await writeFile(join(directory, 'file'), '');
    await expect(open()).rejects.toThrow(/cannot be used as DATA_DIR/);
  });

  test('grows far past its first size', async () => {
    const documents = await (await open()).collection({ name: 'big' });
    const content = 'x'.repeat(500_000);
    const inserts = Array.from({ length: 60 }, (_, n) => documents.insertOne({ _id: n, content }));
    await Promise.all(inserts);
    expect(await documents.findOne({ _id: 59 })).toEqual({ _id: 59, content });
  });

  test('takes a document of 10 MB', async () => {
    const documents = await (await open()).collection({ name: 'big', indexes: ['content'] });
    const content = 'é'.repeat(5_000_000);
    await documents.insertOne({ _id: 1, content });
    expect(await documents.findOne({ content })).toEqual({ _id: 1, content });
  });

  test('close waits for writes that run and later calls fail as unavailable', async () => {
    const store = await open();
    const documents = await store.collection({ name: 'a' });
    const inserts = Array.from({ length: 50 }, (_, n) => documents.insertOne({ _id: n }));
    await store.close();
    await expect(Promise.all(inserts)).resolves.toHaveLength(50);
    const unavailable = { code: 'SERVICE_UNAVAILABLE' };
    await expect(documents.findOne({})).rejects.toMatchObject(unavailable);
    await expect(documents.insertOne({})).rejects.toMatchObject(unavailable);
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    await store.close();

    const reopened = await (await open()).collection({ name: 'a' });
    expect(await reopened.find({})).toHaveLength(50);
  });

  test('may be opened again while writes run and while it closes', async () => {
    const first = await open();
    const documents = await first.collection({ name: 'a' });
    const insert = documents.insertOne({ _id: 1 });
    const second = await open();
    await (await second.collection({ name: 'a' })).insertOne({ _id: 2 });
    await insert;
    const closing = Promise.all([first.close(), second.close()]);
    const third = await (await open()).collection({ name: 'a' });
    await closing;
    expect(await third.find({})).toHaveLength(2);
  });

  describe('expiry', () => {
    test('removes a document once its date has passed, and its index entries', async () => {
      const store = await open();
      const definition = { name: 's', unique: ['key'], expiresAt: 'expiresAt' };
      const sessions = await store.collection(definition);
      for (const minutes of [1, 2, 3]) {
        const expiresAt = new Date(time + minutes * MINUTE);
        await sessions.insertOne({ _id: minutes, key: `k${minutes}`, expiresAt });
      }
      await sessions.insertOne({ _id: 9, key: 'k9' });
      expect(await store.removeExpired()).toBe(0);
      time += 2 * MINUTE + 1;
      expect(await store.removeExpired()).toBe(2);
      expect((await sessions.find({})).map(({ _id }) => _id).sort()).toEqual([3, 9]);
      await sessions.insertOne({ _id: 1, key: 'k1' });
    });

    test('follows a date that is moved or removed', async () => {
      const store = await open();
      const sessions = await store.collection({ name: 's', expiresAt: 'expiresAt' });
      for (const n of [1, 2, 3]) await sessions.insertOne({ _id: n, expiresAt: new Date(time) });
      await sessions.updateOne({ _id: 1 }, { $set: { expiresAt: new Date(time + MINUTE) } });
      await sessions.updateOne({ _id: 2 }, { $unset: { expiresAt: '' } });
      time += 1;
      expect(await store.removeExpired()).toBe(1);
      time += MINUTE;
      expect(await store.removeExpired()).toBe(1);
      expect(await sessions.find({})).toEqual([{ _id: 2 }]);
    });

    test('covers documents older than the index, in any number', async () => {
      const store = await open();
      const before = await store.collection({ name: 's' });
      const expiresAt = new Date(-1);
      const inserts = Array.from({ length: 1_200 }, (_, n) =>
        before.insertOne({ _id: n, expiresAt }),
      );
      await Promise.all(inserts);
      const sessions = await store.collection({ name: 's', expiresAt: 'expiresAt' });
      expect(await store.removeExpired()).toBe(1_200);
      expect(await sessions.find({})).toEqual([]);
    });

    test('removes what is damaged, with its index entries, and goes on', async () => {
      const store = await open();
      const definition = { name: 's', unique: ['key'], expiresAt: 'expiresAt' };
      const sessions = await store.collection(definition);
      for (const n of [1, 2, 3]) {
        await sessions.insertOne({ _id: n, key: `k${n}`, expiresAt: new Date(time - 10 + n) });
      }
      await overwrite('s', 1, Buffer.from('no document'));
      // Not expired as it is now, whatever its entry says.
      await overwrite('s', 2, encodeDocument({ _id: 2, key: 'k2', expiresAt: 'soon' }));
      expect(await store.removeExpired()).toBe(2);
      expect(warnings).toEqual(['removed expired documents that are damaged']);
      expect(await store.removeExpired()).toBe(0);
      expect(await sessions.find({})).toEqual([{ _id: 2, key: 'k2', expiresAt: 'soon' }]);
      await sessions.insertOne({ _id: 4, key: 'k1' });
      await sessions.insertOne({ _id: 5, key: 'k3' });
    });

    test('goes on with the next collection when one cannot be swept, and says so', async () => {
      const store = await open();
      for (const name of ['a', 'b']) {
        const documents = await store.collection({ name, expiresAt: 'expiresAt' });
        await documents.insertOne({ _id: 1, expiresAt: new Date(0) });
      }
      await overwriteCatalogue('a');
      expect(await store.removeExpired()).toBe(1);
      expect(warnings).toEqual(['expired documents could not be removed']);
    });

    test('happens by itself soon after the start', async () => {
      const store = await open();
      const sessions = await store.collection({ name: 's', expiresAt: 'expiresAt' });
      await sessions.insertOne({ _id: 1, expiresAt: new Date(time - 1) });
      const deadline = Date.now() + 5_000;
      let left = await sessions.find({});
      while (left.length > 0 && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        left = await sessions.find({});
      }
      expect(left).toEqual([]);
    });
  });
});
