/** The store's format version: stamped once, kept, and a newer one is refused. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { STORE_FORMAT } from '../../../src/open-store.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import {
  assertFormat,
  ensureFormat,
  FORMAT_COLLECTION,
  type Format,
} from '../../../src/store/format.ts';
import type { Store } from '../../../src/store/port.ts';
import { runCommand } from '../../support/command.ts';
import { copyEarlierStore, earlierSettings, HOLDERS } from '../../support/earlier-store.ts';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { forEachStore } from '../../support/stores.ts';

const NO_LOG = { info: () => undefined };
/** The version of now, and two to come. */
const NOW = STORE_FORMAT.version;
const [NEXT, LATER] = [NOW + 1, NOW + 2];

forEachStore('the format version', (openStore) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore();
  });

  const versionOf = async () =>
    (await (await store.collection(FORMAT_COLLECTION)).findOne({ _id: 'format' }))?.version;

  test('is stamped by whichever start is first, and by many at once', async () => {
    const others = await Promise.all([1, 2, 3].map(() => openStore()));
    await Promise.all([store, ...others].map((one) => ensureFormat(one, NO_LOG, STORE_FORMAT)));
    expect(await versionOf()).toBe(STORE_FORMAT.version);
  });

  test('runs what an older store lacks, in order, once, and keeps the rest', async () => {
    const documents = await store.collection({ name: 'kept' });
    await documents.insertOne({ _id: 1, form: 1 });
    const ran: number[] = [];
    const migrate = (to: number) => ({
      to,
      run: async (one: Store) => {
        ran.push(to);
        await (await one.collection({ name: 'kept' })).updateOne(
          { _id: 1 },
          { $set: { form: to } },
        );
      },
    });
    const format: Format = { version: LATER, migrations: [NOW, NEXT, LATER].map(migrate) };
    const lines: unknown[] = [];
    const log = { info: (facts: unknown) => lines.push(facts) };
    await ensureFormat(store, log as never, format);
    await ensureFormat(store, log as never, format);
    expect(ran).toEqual([NEXT, LATER]);
    expect(await documents.find({})).toEqual([{ _id: 1, form: LATER }]);
    expect(await versionOf()).toBe(LATER);
    expect(lines).toEqual([expect.objectContaining({ from: NOW, to: LATER })]);
  });

  test('that is newer is refused, and stays', async () => {
    const refused = ensureFormat(store, NO_LOG, { version: NEXT, migrations: [] });
    await expect(refused).rejects.toThrow(
      new RegExp(`format version ${LATER}.*knows versions up to ${NEXT}.*backup`),
    );
    expect(await versionOf()).toBe(LATER);
  });

  test('is asked for by commands, which write none and leave older stores to a start', async () => {
    const migrations = [
      { to: LATER + 1, run: () => Promise.reject(new Error('a command migrates')) },
    ];
    await expect(assertFormat(store, { version: LATER, migrations: [] })).resolves.toBeUndefined();
    await expect(assertFormat(store, { version: NEXT, migrations: [] })).rejects.toThrow(
      new RegExp(`format version ${LATER}.*knows versions up to ${NEXT}`),
    );
    await expect(assertFormat(store, { version: LATER + 1, migrations })).rejects.toThrow(
      new RegExp(`format version ${LATER}.*start a gateway`),
    );
    expect(await versionOf()).toBe(LATER);
  });

  test('leaves the store as it was when a step fails, so that it is done again', async () => {
    const format: Format = {
      version: LATER + 1,
      migrations: [{ to: LATER + 1, run: () => Promise.reject(new Error('no power')) }],
    };
    await expect(ensureFormat(store, NO_LOG, format)).rejects.toThrow('no power');
    expect(await versionOf()).toBe(LATER);
  });
});

describeOnEveryStore('a start', (provideStore) => {
  test('writes nothing for the version when it is there', async () => {
    const { env } = provideStore();
    await (await startGateway(env)).stop();
    const gateway = await startGateway(env);
    const operations = gateway.takeStoreOperations();
    await gateway.stop();
    expect(operations).not.toContain('insert');
    expect(operations).not.toContain('update');
  });

  test('and a command end with one line on a store of a newer version', async () => {
    const { env, openState } = provideStore();
    const format = await openState('format');
    await format.updateOne({ _id: 'format' }, { $set: { version: 99 } }, { upsert: true });
    for (const args of [['start'], ['users', 'list']]) {
      const { exitCode, stderr } = await runCommand(args, { ...env, PORT: '0' });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        new RegExp(`^custom-user-data: The store has format version 99, and this .*up to ${NOW}`),
      );
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});

describe('a store of the time before versions', () => {
  test('is stamped as it is, and is backed up before it is changed', async () => {
    const { path, remove } = await createTemporaryDirectory();
    copyEarlierStore(path);
    const gateway = await startGateway(earlierSettings({ DATA_DIR: path }), {
      now: () => HOLDERS.now,
    });
    const send = createGraphQLClient(gateway.url);
    const { anonymous } = HOLDERS;
    const me = await send(OPERATIONS.me, { token: anonymous.accessToken });
    expect(me.data.me.id).toBe(anonymous.user.id);
    await gateway.stop();

    const store = await openEmbeddedStore({ dataDir: path, now: () => HOLDERS.now });
    const accounts = await store.collection({ name: 'accounts' });
    const before = await accounts.find({});
    let backup = '';
    const log = {
      info: (facts: unknown) => {
        ({ backup } = facts as { backup: string });
      },
    };
    const forget = async (one: Store) => {
      await (await one.collection({ name: 'accounts' })).deleteMany({});
    };
    await ensureFormat(store, log as never, {
      version: NEXT,
      migrations: [{ to: NEXT, run: forget }],
    });
    expect(await accounts.find({})).toEqual([]);
    await store.close();

    expect(existsSync(join(backup, 'data.mdb'))).toBe(true);
    const restored = await openEmbeddedStore({ dataDir: backup, now: () => HOLDERS.now });
    expect(await (await restored.collection({ name: 'accounts' })).find({})).toEqual(before);
    const format = await restored.collection(FORMAT_COLLECTION);
    expect(await format.findOne({ _id: 'format' })).toEqual({
      _id: 'format',
      version: STORE_FORMAT.version,
    });
    await restored.close();
    await remove();
  });
});
