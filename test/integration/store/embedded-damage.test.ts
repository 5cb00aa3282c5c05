/** A damaged file never ends the process without a word. The children run the build in dist/. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { open as openLmdb } from 'lmdb';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { valueKey } from '../../../src/values/equality.ts';
import { runCommand } from '../../support/command.ts';
import { copyEarlierStore } from '../../support/earlier-store.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';

const READER = fileURLToPath(new URL('../../support/embedded-reader.mjs', import.meta.url));
const PAGE = 4096;
const TIMEOUT = 120_000;

describe('a damaged embedded store', () => {
  let dataDir: string;
  let path: string;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    ({ path: dataDir, remove } = await createTemporaryDirectory());
    path = join(dataDir, 'data.mdb');
  });
  afterEach(() => remove());

  const patch = (change: (bytes: Buffer) => void) => {
    copyEarlierStore(dataDir);
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
  };

  const faults: Record<string, () => void> = {
    'that is text': () => writeFileSync(path, 'not a store\n'.repeat(5_000)),
    'that is zeroed': () => patch((bytes) => bytes.fill(0)),
    'that is of another version of LMDB': () => patch((bytes) => bytes.writeUInt32LE(1, 28)),
    'that is cut off in the middle': () => {
      copyEarlierStore(dataDir);
      truncateSync(path, 10 * PAGE);
    },
    'that is empty beside its lock': () => {
      writeFileSync(path, '');
      writeFileSync(join(dataDir, 'lock.mdb'), Buffer.alloc(8272));
    },
    'of which the first root page is zeroed': () =>
      patch((bytes) => bytes.fill(0, rootOf(bytes) * PAGE, (rootOf(bytes) + 1) * PAGE)),
  };

  test.each(Object.entries(faults))(
    '%s stops the start with the file, the fault and what to do',
    async (_name, damage) => {
      damage();
      const { exitCode, stderr } = await runCommand(['start'], { DATA_DIR: dataDir, PORT: '0' });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^custom-user-data: The file ".*data\.mdb" cannot be used: .*backup/m);
    },
    TIMEOUT,
  );

  test(
    'with noise in any page says so or answers right, and never ends by a signal',
    async () => {
      copyEarlierStore(dataDir);
      const whole = await read(dataDir);
      expect(whole.every(({ error }) => error === undefined)).toBe(true);
      copyEarlierStore(dataDir);
      const pages = statSync(path).size / PAGE;
      for (let page = 2; page < pages; page += 1) {
        // The header stays, so that the page is still one of LMDB's.
        patch((bytes) => bytes.fill(0xa5, page * PAGE + 600, (page + 1) * PAGE));
        for (const { name, error, result } of await read(dataDir)) {
          if (error === undefined) expect(result).toEqual(resultOf(whole, name));
          else expect(error).toMatch(/^SERVICE_UNAVAILABLE$|cannot be used/);
        }
      }
    },
    TIMEOUT,
  );

  test('whose index names a document that is not there is unavailable, not empty', async () => {
    const definition = { name: 'a', unique: ['key'] };
    const store = await openEmbeddedStore({ dataDir, now: Date.now });
    const documents = await store.collection(definition);
    await documents.insertOne({ _id: 1, key: 'k' });
    await documents.insertOne({ _id: 2, key: 'other' });
    await store.close();
    await changeDocument(1, undefined);

    const damaged = await openEmbeddedStore({ dataDir, now: Date.now });
    const again = await damaged.collection(definition);
    const unavailable = { code: 'SERVICE_UNAVAILABLE' };
    await expect(again.findOne({ key: 'k' })).rejects.toMatchObject(unavailable);
    await expect(again.deleteMany({ key: 'k' })).rejects.toMatchObject(unavailable);
    expect(await again.findOne({ _id: 1 })).toBeNull();
    expect(await again.findOne({ key: 'other' })).toEqual({ _id: 2, key: 'other' });
    expect(await again.findOne({ key: 'never' })).toBeNull();
    await damaged.close();
  });

  test('whose index names many documents, one of which is not there, is unavailable as well', async () => {
    const definition = { name: 'a', indexes: ['kind'] };
    const store = await openEmbeddedStore({ dataDir, now: Date.now });
    const documents = await store.collection(definition);
    const ids = Array.from({ length: 300 }, (_, n) => n);
    await Promise.all(ids.map((_id) => documents.insertOne({ _id, kind: 'many' })));
    await store.close();
    await changeDocument(200, undefined);

    const damaged = await openEmbeddedStore({ dataDir, now: Date.now });
    const again = await damaged.collection(definition);
    await expect(again.find({ kind: 'many' })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(await again.find({ _id: { $in: [199, 200, 201] } })).toHaveLength(2);
    await damaged.close();
  });

  test('with a document that is no BSON is unavailable where it is read', async () => {
    const store = await openEmbeddedStore({ dataDir, now: Date.now });
    const documents = await store.collection({ name: 'a', indexes: ['key'] });
    for (const _id of [1, 2]) await documents.insertOne({ _id, key: `k${_id}` });
    await store.close();
    await changeDocument(1, Buffer.from('no BSON at all'));

    const damaged = await openEmbeddedStore({ dataDir, now: Date.now });
    const again = await damaged.collection({ name: 'a', indexes: ['key'] });
    const unavailable = { code: 'SERVICE_UNAVAILABLE' };
    await expect(again.findOne({ key: 'k1' })).rejects.toMatchObject(unavailable);
    await expect(again.findStored({ _id: 1 })).rejects.toMatchObject(unavailable);
    await expect(again.find({})).rejects.toMatchObject(unavailable);
    await expect(again.updateOne({ _id: 1 }, { $set: { a: 1 } })).rejects.toMatchObject(
      unavailable,
    );
    expect(await again.findOne({ _id: 2 })).toEqual({ _id: 2, key: 'k2' });
    await damaged.close();
  });

  test('is not what a file is that lacks unused pages at its end, as LMDB leaves some', async () => {
    patch((bytes) => {
      const { lastPage, offset } = newestMeta(bytes);
      bytes.writeBigUInt64LE(BigInt(lastPage + 15), offset + 144);
    });
    for (const { error } of [...(await read(dataDir)), ...(await read(dataDir))]) {
      // The second time the document is there already.
      if (error !== undefined) expect(error).toMatch(/same value of "_id"/);
    }
  });

  test.each([0, 1, 2, 3])(
    'or rather a whole one says that there are no file descriptors left, or opens: %d',
    async (left) => {
      copyEarlierStore(dataDir);
      const shell = 'ulimit -n 200; exec "$@"';
      const args = ['-c', shell, 'sh', process.execPath, READER, dataDir, '0', String(left)];
      const [opened] = await readWith('sh', args);
      expect(opened?.name).toBe('open');
      // How many it takes depends on what the process has open for a moment; one is never enough.
      if (left < 2 || opened?.error !== undefined) expect(opened?.error).toMatch(/EMFILE/);
    },
    TIMEOUT,
  );

  /** Changes what is stored under an `_id` past the store. */
  async function changeDocument(_id: unknown, bytes: Buffer | undefined): Promise<void> {
    const root = openLmdb({ path: dataDir, noSubdir: false, keyEncoding: 'binary' });
    const database = root.openDB<Buffer, Buffer>('documents//a', {
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    const key = Buffer.from(valueKey(_id));
    expect(database.doesExist(key)).toBe(true);
    if (bytes === undefined) await database.remove(key);
    else await database.put(key, bytes);
    await root.close();
  }
});

interface Step {
  readonly name: string;
  readonly result?: unknown;
  readonly error?: string;
}

function resultOf(steps: readonly Step[], wanted: string): unknown {
  return steps.find(({ name }) => name === wanted)?.result;
}

/** What a process of its own reads; fails if the process ends by a signal or without a word. */
function read(dataDir: string): Promise<Step[]> {
  return readWith(process.execPath, [READER, dataDir]);
}

async function readWith(program: string, args: readonly string[]): Promise<Step[]> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [exitCode, signal]] = await Promise.all([
    text(child.stdout),
    once(child, 'close'),
  ]);
  const steps: Step[] = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(signal).toBeNull();
  expect(exitCode).toBe(steps[0]?.error === undefined ? 0 : 1);
  return steps;
}

/** Where the newer of the two headers is, and what it says. */
function newestMeta(bytes: Buffer) {
  const transaction = (page: number) => bytes.readBigUInt64LE(page * PAGE + 152);
  const offset = transaction(0) >= transaction(1) ? 0 : PAGE;
  return {
    offset,
    lastPage: Number(bytes.readBigUInt64LE(offset + 144)),
    root: Number(bytes.readBigUInt64LE(offset + 136)),
  };
}

function rootOf(bytes: Buffer): number {
  return newestMeta(bytes).root;
}
