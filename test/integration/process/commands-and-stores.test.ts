/** What commands do to stores: they make none and stamp none. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { FORMAT_COLLECTION } from '../../../src/store/format.ts';
import { runCommand } from '../../support/command.ts';
import { copyEarlierStore, earlierSettings, HOLDERS } from '../../support/earlier-store.ts';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

const TIMEOUT = 60_000;
const COMMANDS = [
  ['users', 'list'],
  ['data', 'get', 'a'.repeat(24)],
];

describe('on the embedded store', () => {
  let path: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ path, remove } = await createTemporaryDirectory());
  });
  afterEach(() => remove());

  test.each(COMMANDS)(
    '%s %s leaves a store of the time before versions without one',
    async (...args) => {
      copyEarlierStore(path);
      const settings = earlierSettings({ DATA_DIR: path }) as Record<string, string>;
      const { stderr } = await runCommand(args, settings);
      expect(stderr).not.toContain('There is no store');
      const store = await openEmbeddedStore({ dataDir: path, now: () => HOLDERS.now });
      const { exists } = await store.inspect(FORMAT_COLLECTION);
      await store.close();
      expect(exists).toBe(false);
    },
    TIMEOUT,
  );

  test.each(COMMANDS)(
    '%s %s takes a file of LMDB that no gateway was started on for none',
    async (...args) => {
      const other = await openEmbeddedStore({ dataDir: path, now: Date.now });
      await (await other.collection({ name: 'keys' })).insertOne({ _id: 'of-something-else' });
      await other.close();
      const { exitCode, stderr } = await runCommand(args, { DATA_DIR: path });
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`There is no store in DATA_DIR "${path}"`);
    },
    TIMEOUT,
  );
});

describeOnMongo('on MongoDB', (uri) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(uri, 'commands');
  });
  afterEach(() => database.remove());
  const collections = () => database.client.db(database.name).listCollections().toArray();

  test.each(COMMANDS)(
    '%s %s leaves a store of the time before versions without one',
    async (...args) => {
      const env = { MONGODB_URI: database.uri };
      await (await startGateway(env)).stop();
      await database.client.db(database.name).dropCollection(FORMAT_COLLECTION.name);
      const { stderr } = await runCommand(args, env);
      expect(stderr).not.toContain('There is no store');
      expect((await collections()).map(({ name }) => name)).not.toContain(FORMAT_COLLECTION.name);
    },
    TIMEOUT,
  );

  test.each(COMMANDS)(
    '%s %s takes a collection "keys" of something else for no store',
    async (...args) => {
      const keys = database.client.db(database.name).collection('keys');
      await keys.insertOne({ door: 'front' });
      const { exitCode, stderr } = await runCommand(args, { MONGODB_URI: database.uri });
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`There is no store in the database "${database.name}"`);
      expect((await collections()).map(({ name }) => name)).toEqual(['keys']);
    },
    TIMEOUT,
  );
});
