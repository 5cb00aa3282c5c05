/** Several processes on one DATA_DIR, and processes that die. The children run the build in dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { DuplicateKeyError, type Store } from '../../../src/store/port.ts';
import { runCommand } from '../../support/command.ts';
import { report } from '../../support/write-load.ts';

const PROGRAM = fileURLToPath(new URL('../../support/embedded-store-process.mjs', import.meta.url));
const LOCK_HOLDER = fileURLToPath(
  new URL('../../support/embedded-lock-holder.mjs', import.meta.url),
);
/** Ten to thirty seconds, and more on a busy machine. */
const TIMEOUT = 120_000;
const KILLS = 50;
/** Before the first kill; before each other one so many more. */
const WRITES_BEFORE_KILL = 3;

describe('processes on one DATA_DIR', () => {
  let dataDir: string;
  let store: Store | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'embedded-processes-'));
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(dataDir, { recursive: true });
  });

  const openStore = async () => {
    store = await openEmbeddedStore({ dataDir, now: Date.now });
    return store;
  };

  test(
    'see each other’s writes and lose none',
    async () => {
      const documents = await (await openStore()).collection({ name: 'shared', unique: ['key'] });
      const children = ['a', 'b'].map((name) => run(dataDir, 'count', name));
      const increments = Array.from({ length: 200 }, () =>
        documents.updateOne({ _id: 'counter' }, { $inc: { n: 1 } }, { upsert: true }),
      );
      await Promise.all([...increments, ...children.map((child) => child.finished)]);
      expect(await documents.findOne({ _id: 'counter' })).toEqual({ _id: 'counter', n: 600 });
      expect(await documents.find({})).toHaveLength(401);
      expect(await documents.findOne({ key: 'key-a-199' })).toMatchObject({ _id: 'a-199' });
      await expect(documents.insertOne({ key: 'key-b-0' })).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
    },
    TIMEOUT,
  );

  test(
    'maintain an index that only one of them asked for',
    async () => {
      const documents = await (await openStore()).collection({ name: 'shared' });
      await documents.insertOne({ _id: 1, code: 'before' });
      await run(dataDir, 'index', 'x').finished;
      await documents.insertOne({ _id: 2, code: 'after' });
      await expect(documents.insertOne({ _id: 3, code: 'before' })).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
      const lines = await run(dataDir, 'insertCode', 'after').finished;
      expect(lines).toEqual(['ready', 'found 2', 'DuplicateKeyError']);
    },
    TIMEOUT,
  );

  test(
    'that find the disk full say so, go on reading and stay whole',
    async () => {
      const child = run(dataDir, 'fill', 'x', 'ulimit -f 4000; exec "$@" 2>&-');
      const unavailable = 'SERVICE_UNAVAILABLE';
      expect(await child.finished).toEqual(['ready', unavailable, 'true', unavailable]);

      const documents = await (await openStore()).collection({ name: 'shared', unique: ['key'] });
      const found = await documents.find({});
      for (const { _id, key } of found) {
        expect(await documents.findOne({ key })).toMatchObject({ _id });
      }
      await documents.insertOne({ _id: 'next', key: 'next' });
    },
    TIMEOUT,
  );

  test(
    'that hang with the writer’s lock hold up writes for a bounded time, and no reads',
    async () => {
      const documents = await (await openStore()).collection({ name: 'shared' });
      await documents.insertOne({ _id: 1 });
      const holder = spawn(process.execPath, [LOCK_HOLDER, dataDir], { stdio: 'pipe' });
      await once(holder.stdout, 'data');
      const insert = documents.insertOne({ _id: 2 });
      expect(await documents.find({})).toEqual([{ _id: 1 }]);
      await expect(insert).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      holder.kill('SIGKILL');
      await once(holder, 'close');
      await documents.insertOne({ _id: 3 });
      expect(await documents.find({}, { sort: { _id: 1 } })).toEqual([{ _id: 1 }, { _id: 3 }]);
    },
    TIMEOUT,
  );

  test(
    `that are killed ${KILLS} times lose no acknowledged write`,
    async () => {
      const acknowledged: string[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const child = run(dataDir, 'loop', `run${kill}`);
        const lines = await child.killAfter(WRITES_BEFORE_KILL * (kill + 1));
        acknowledged.push(...lines.filter((line) => line.startsWith('run')));
      }
      expect(acknowledged.length).toBeGreaterThan(KILLS * WRITES_BEFORE_KILL);

      const documents = await (await openStore()).collection({ name: 'shared', unique: ['key'] });
      const found = await documents.find<{ _id: string; key: string }>({});
      const ids = new Set(found.map(({ _id }) => _id));
      const lost = acknowledged.filter((id) => !ids.has(id));
      report(`SIGKILL of a write loop, ${KILLS} times`, {
        acknowledged: acknowledged.length,
        found: acknowledged.length - lost.length,
      });
      expect(lost).toEqual([]);
      for (const { _id, key } of found) {
        expect(await documents.findOne({ key })).toMatchObject({ _id });
      }
      await documents.insertOne({ _id: 'next', key: 'next' });
      const verified = await runCommand(['store', 'verify'], { DATA_DIR: dataDir });
      expect([verified.exitCode, verified.stderr]).toEqual([0, '']);
    },
    TIMEOUT,
  );
});

/** A child process and the lines it prints. */
interface Child {
  /** All lines, once it has ended by itself without an error. */
  readonly finished: Promise<string[]>;
  /** Kills it with SIGKILL once it has printed `count` lines; all lines that arrived. */
  readonly killAfter: (count: number) => Promise<string[]>;
}

/** Runs the program; `shell` may set limits and then runs its arguments. */
function run(dataDir: string, task: string, name: string, shell = 'exec "$@"'): Child {
  const child: ChildProcess = spawn(
    'sh',
    ['-c', shell, 'sh', process.execPath, PROGRAM, dataDir, task, name],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines: string[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  if (child.stdout === null) throw new Error('The child has no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (lines.length >= wanted) child.kill('SIGKILL');
  });
  const closed = once(child, 'close');
  return {
    finished: closed.then(([code]) => {
      if (code !== 0 && wanted === Number.POSITIVE_INFINITY) throw new Error(`Exit code ${code}`);
      return lines;
    }),
    killAfter: async (count) => {
      wanted = count;
      const [, signal] = await closed;
      expect(signal).toBe('SIGKILL');
      // What had arrived in the pipe counts too, save a line that was cut off.
      return lines.filter((line) => /^run\d+-\d+-\d+$/.test(line)).slice(0, -1);
    },
  };
}
