/** `store backup` and `store restore`. The commands run the build in dist/. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { runCommand } from '../../support/command.ts';
import { copyEarlierStore, earlierSettings, HOLDERS } from '../../support/earlier-store.ts';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';

const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;
const PAGE = 4096;
const BIG = 24 * 1024 * 1024;

describe('store backup and restore', () => {
  let directory: string;
  let remove: () => Promise<void>;
  let dataDir: string;
  let backup: string;
  let elsewhere: string;

  beforeEach(async () => {
    ({ path: directory, remove } = await createTemporaryDirectory());
    [dataDir, backup, elsewhere] = ['data', 'backup', 'elsewhere'].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    copyEarlierStore(dataDir);
  });
  afterEach(() => remove());

  const run = (args: readonly string[], data = dataDir) =>
    runCommand(['store', ...args], { DATA_DIR: data });
  const backUp = async () => {
    const { exitCode, stderr, stdout } = await run(['backup', backup, '--json']);
    expect([exitCode, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  };
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  const insert = async (document: object) => {
    const store = await openEmbeddedStore({ dataDir, now: Date.now });
    await (await store.collection({ name: 'more' })).insertOne({ ...document });
    await store.close();
  };

  test('bring everything back, elsewhere, for the gateway to go on with', async () => {
    const made = await backUp();
    expect(made).toMatchObject({ ok: true, problemCount: 0, storeFormat: 0 });
    const restored = await run(['restore', backup, '--json'], elsewhere);
    expect(restored.exitCode).toBe(0);
    expect(JSON.parse(restored.stdout)).toMatchObject({ sha256: made.sha256 });

    const gateway = await startGateway(earlierSettings({ DATA_DIR: elsewhere }), {
      now: () => HOLDERS.now,
    });
    const { accessToken, user } = HOLDERS.emailPassword;
    const send = createGraphQLClient(gateway.url);
    const answer = await send(OPERATIONS.refreshCustomData, { token: accessToken });
    expect(answer.data.refreshCustomData.user.id).toBe(user.id);
    await gateway.stop();
  });

  test('are for the owner only: the signing keys are in it', async () => {
    await backUp();
    expect(readdirSync(backup).sort()).toEqual(['data.mdb', 'manifest.json']);
    expect(modeOf(backup)).toBe(0o700);
    expect(readdirSync(backup).map((name) => modeOf(join(backup, name)))).toEqual([0o600, 0o600]);
    await run(['restore', backup], elsewhere);
    expect([modeOf(elsewhere), modeOf(join(elsewhere, 'data.mdb'))]).toEqual([0o700, 0o600]);
  });

  test('go on with a store of which LMDB has lost pages at the end of the file', async () => {
    const path = join(dataDir, 'data.mdb');
    const bytes = readFileSync(path);
    const transaction = (page: number) => bytes.readBigUInt64LE(page * PAGE + 152);
    const lastPage = (transaction(0) >= transaction(1) ? 0 : PAGE) + 144;
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(lastPage) + 15n, lastPage);
    writeFileSync(path, bytes);
    expect((await backUp()).problemCount).toBe(0);
    expect((await run(['restore', backup], elsewhere)).exitCode).toBe(0);
    expect((await run(['verify'], elsewhere)).exitCode).toBe(0);
  });

  describe('backup', () => {
    test('overwrites nothing', async () => {
      mkdirSync(backup);
      writeFileSync(join(backup, 'anything'), 'kept');
      const { exitCode, stderr } = await run(['backup', backup]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^custom-user-data: The directory ".*backup" is not empty/);
      expect(readdirSync(backup)).toEqual(['anything']);
    });

    test('needs a store, and makes none', async () => {
      const { exitCode, stderr } = await run(['backup', backup], elsewhere);
      expect([exitCode, stderr]).toEqual([
        1,
        `custom-user-data: There is no store in "${elsewhere}"\n`,
      ]);
      expect([existsSync(elsewhere), existsSync(backup)]).toEqual([false, false]);
    });

    test('that was cut off is not taken for one', async () => {
      await backUp();
      rmSync(join(backup, 'manifest.json'));
      const { exitCode, stderr } = await run(['restore', backup], elsewhere);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/is no finished backup: manifest\.json: it does not exist/);
      expect(existsSync(elsewhere)).toBe(false);
    });

    test('of a damaged store is made, and says that the store is damaged', async () => {
      const store = await openEmbeddedStore({ dataDir, now: Date.now });
      const format = await store.collection({ name: 'format' });
      await format.updateOne({ _id: 'format' }, { $set: { version: 99 } }, { upsert: true });
      await store.close();
      const { exitCode, stderr } = await run(['backup', backup]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/The backup was made, and the store is damaged.*\n.*version 99/);
      expect(existsSync(join(backup, 'manifest.json'))).toBe(true);
    });
  });

  describe('restore', () => {
    const refusal = async (from = backup, to = elsewhere) => {
      const { exitCode, stderr, stdout } = await run(['restore', from], to);
      expect([exitCode, stdout]).toEqual([1, '']);
      return stderr.split('\n').find((line) => line.startsWith('custom-user-data: '));
    };

    test('overwrites no store', async () => {
      await backUp();
      const before = readFileSync(join(dataDir, 'data.mdb'));
      expect(await refusal(backup, dataDir)).toMatch(/There is a store in ".*" already/);
      expect(readFileSync(join(dataDir, 'data.mdb'))).toEqual(before);
    });

    test('stays away from a directory that a gateway may have open', async () => {
      await backUp();
      mkdirSync(elsewhere);
      writeFileSync(join(elsewhere, 'lock.mdb'), '');
      expect(await refusal()).toMatch(/There is a lock\.mdb in/);
    });

    test.each([
      [
        'a bit that is another',
        (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(60_000) ^ 1, 60_000),
      ],
      ['a byte less', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ])('refuses a backup with %s, as verify does', async (_name, change) => {
      await backUp();
      const path = join(backup, 'data.mdb');
      const bytes = readFileSync(path);
      const changed = change(bytes);
      writeFileSync(path, typeof changed === 'number' ? bytes : changed);
      expect(await refusal()).toMatch(/data\.mdb" is damaged: it has \d+ bytes with the SHA-256/);
      expect(existsSync(elsewhere)).toBe(false);
      expect((await run(['verify', backup])).exitCode).toBe(1);
    });

    test('refuses a backup of a newer format version', async () => {
      await backUp();
      const path = join(backup, 'manifest.json');
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace('"storeFormat": 0', '"storeFormat": 9'),
      );
      expect(await refusal()).toMatch(/has format version 9, .* knows versions up to \d/);
    });

    test('that is killed leaves nothing that starts, and is repeated', async () => {
      await insert({ big: Buffer.alloc(BIG / 2) });
      await insert({ big: Buffer.alloc(BIG / 2) });
      await backUp();
      const child = spawn(process.execPath, [MAIN, 'store', 'restore', backup], {
        env: { DATA_DIR: elsewhere },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child.stderr.on('data', (text: Buffer) => {
        if (/^copying/m.test(text.toString())) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const left = readdirSync(elsewhere);
      expect(left).toEqual([expect.stringMatching(/^restoring-/)]);
      const { exitCode, stderr } = await runCommand(['start'], { DATA_DIR: elsewhere, PORT: '0' });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/A restore into ".*" runs or was cut off: repeat it/);
      expect(readdirSync(elsewhere)).toEqual(left);

      expect((await run(['restore', backup], elsewhere)).exitCode).toBe(0);
      expect(readdirSync(elsewhere)).toEqual(['data.mdb']);
      expect((await run(['verify'], elsewhere)).exitCode).toBe(0);
    }, 30_000);

    test('takes the backup that a start makes before it brings an older store up to date', async () => {
      const gateway = await startGateway(earlierSettings({ DATA_DIR: dataDir }), {
        now: () => HOLDERS.now,
      });
      await gateway.stop();
      // The store of the fixture has no address that has to change; whatever made it, it is the same backup.
      const store = await openEmbeddedStore({ dataDir, now: Date.now });
      const made = (await store.backup('before-format-3')) ?? '';
      await store.close();
      expect(made).toMatch(/\/data\/before-format-3-\w{6}$/);
      expect(modeOf(join(made, 'data.mdb'))).toBe(0o600);
      expect((await run(['restore', made], elsewhere)).exitCode).toBe(0);
      expect((await run(['verify'], elsewhere)).exitCode).toBe(0);
    });
  });

  test.each([
    ['backup', ['backup', 'anywhere'], /run mongodump/],
    ['restore', ['restore', 'anywhere'], /run mongorestore/],
    ['verify', ['verify'], /run the command "validate"/],
  ])('%s says what to run on MongoDB', async (_name, args, expected) => {
    const { exitCode, stderr } = await runCommand(['store', ...args], {
      MONGODB_URI: 'mongodb://user:secret@127.0.0.1:1/state',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(expected);
    expect(stderr).not.toContain('secret');
  });
});
