/** `check`: says what the start would do and find, and changes nothing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../src/config.ts';
import { customDataCollections } from '../../../src/open-store.ts';
import { USER_COLLECTIONS } from '../../../src/session/open-users.ts';
import type { CollectionDefinition } from '../../../src/store/port.ts';
import { type Checked, check, statusesOf } from '../../support/check.ts';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';
import { createTestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

const TIMEOUT = 60_000;

describeOnEveryStore('check', (provideStore) => {
  test(
    'before the first start tells of no store, and after it of one that is complete',
    async () => {
      const { env } = provideStore();
      const before = await check(env);
      expect(before.byName.store?.found).toContain('no store yet');
      expect(before.byName.keys?.found).toContain('the start makes one');
      const gateway = await startGateway(env);
      await logInAnonymously(createGraphQLClient(gateway.url));
      const beside = await check(env);
      await gateway.stop();
      for (const { byName, names } of [beside, await check(env)]) {
        expect(names).toEqual([
          ...['configuration', 'export', 'schema', 'claims', 'store', 'indexes', 'keys'],
          ...['issuers', 'mail', 'functions', 'endpoints'],
        ]);
        expect(statusesOf(byName)).toMatchObject({
          ...{ configuration: 'ok', store: 'ok', indexes: 'ok', keys: 'ok' },
          ...{ schema: 'skipped', issuers: 'skipped', mail: 'skipped', functions: 'skipped' },
          ...{ export: 'skipped', claims: 'skipped', endpoints: 'skipped' },
        });
        expect(byName.store).toMatchObject({ formatVersion: 3 });
        expect(byName.keys).toMatchObject({ keys: 2, signing: expect.any(String) });
        const indexes = byName.indexes?.indexes as { isThere: boolean }[];
        expect(indexes.every(({ isThere }) => isThere)).toBe(true);
      }
    },
    TIMEOUT,
  );

  test(
    'lists the indexes that would be built and the users whose documents stand in the way',
    async () => {
      const { env, openDocuments } = provideStore();
      const documents = await openDocuments('with-duplicates');
      for (const userId of ['a', 'b', 'a']) await documents.insertOne({ userId });
      const settings = { ...env, CUSTOM_DATA_COLLECTION: 'with-duplicates' };
      for (let time = 0; time < 2; time += 1) {
        const { byName } = await check(settings);
        const { duplicates, found, indexes, status } = byName.indexes as Checked;
        expect(status).toBe('warning');
        expect(found).toContain('with-duplicates.userId: a');
        const of = { collection: 'with-duplicates', field: 'userId' };
        expect(duplicates).toEqual([{ ...of, values: ['a'], isCut: false }]);
        expect(indexes).toContainEqual({ ...of, purpose: 'unique', isThere: false });
      }
    },
    TIMEOUT,
  );

  test(
    'knows every index that a start sees to',
    async () => {
      const env = { PORT: '0', CUSTOM_DATA_HISTORY: '5', ...provideStore().env };
      const opened: CollectionDefinition[] = [];
      const gateway = await startGateway(env, {
        wrapStore: (store) => ({
          ...store,
          collection: (definition) => {
            opened.push(definition);
            return store.collection(definition);
          },
        }),
      });
      await gateway.stop();
      const parsed = parseConfig(env);
      if (parsed.type === 'error') throw new Error(parsed.problems.join());
      const checked = [...USER_COLLECTIONS, ...customDataCollections(parsed.config)];
      const withIndexes = opened.filter(
        ({ unique, indexes, expiresAt }) => (unique ?? indexes ?? expiresAt) !== undefined,
      );
      expect(withIndexes.length).toBeGreaterThan(4);
      for (const definition of withIndexes) expect(checked).toContainEqual(definition);
    },
    TIMEOUT,
  );

  test(
    'fails on a store of a newer version and says so without touching it',
    async () => {
      const { env, openState, readAll } = provideStore();
      const format = await openState('format');
      await format.updateOne({ _id: 'format' }, { $set: { version: 99 } }, { upsert: true });
      const { byName, exitCode } = await check(env);
      expect(exitCode).toBe(1);
      expect(byName.store).toMatchObject({ status: 'failed', formatVersion: 99 });
      expect(await readAll('format')).toEqual([{ _id: 'format', version: 99 }]);
    },
    TIMEOUT,
  );
});

describe('check changes nothing', () => {
  test(
    'on the embedded store: no directory, no byte of the file',
    async () => {
      const directory = await createTemporaryDirectory();
      const DATA_DIR = join(directory.path, 'data');
      expect((await check({ DATA_DIR })).exitCode).toBe(0);
      expect(existsSync(DATA_DIR)).toBe(false);

      await (await startGateway({ DATA_DIR })).stop();
      const state = () => [readdirSync(DATA_DIR).sort(), readFileSync(join(DATA_DIR, 'data.mdb'))];
      const before = state();
      // With an index that is missing, and without keys for the algorithm.
      const settings = { DATA_DIR, CUSTOM_DATA_COLLECTION: 'other', CUSTOM_DATA_HISTORY: '5' };
      expect((await check({ ...settings, SIGNING_ALG: 'EdDSA' })).exitCode).toBe(0);
      expect(state()).toEqual(before);
      await directory.remove();
    },
    TIMEOUT,
  );

  test(
    'on a file in place of the directory it fails',
    async () => {
      const directory = await createTemporaryDirectory();
      const file = join(directory.path, 'file');
      await writeFile(file, '');
      for (const DATA_DIR of [file, join(file, 'below')]) {
        const { byName } = await check({ DATA_DIR });
        expect(byName.store).toMatchObject({
          status: 'failed',
          found: expect.stringContaining('cannot be used as DATA_DIR: a part of the path'),
        });
      }
      await directory.remove();
    },
    TIMEOUT,
  );

  describeOnMongo('on MongoDB', (uri) => {
    test(
      'no collection, no index, no document',
      async () => {
        const database = await createTestDatabase(uri, 'check');
        const env = { MONGODB_URI: database.uri, CUSTOM_DATA_DATABASE: database.name };
        const db = database.client.db(database.name);
        async function state() {
          const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
          return Promise.all(
            names.map(async (name) => [
              name,
              (await db.collection(name).indexes()).map((index) => index.name).sort(),
              await db.collection(name).find().toArray(),
            ]),
          );
        }
        expect((await check(env)).exitCode).toBe(0);
        expect(await state()).toEqual([]);
        await (await startGateway(env)).stop();
        const before = await state();
        const settings = { ...env, CUSTOM_DATA_COLLECTION: 'other', CUSTOM_DATA_HISTORY: '5' };
        expect((await check({ ...settings, SIGNING_ALG: 'EdDSA' })).exitCode).toBe(0);
        expect(await state()).toEqual(before);
        await database.remove();
      },
      TIMEOUT,
    );
  });
});
