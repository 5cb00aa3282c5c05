/**
 * A full disk refuses writes and ends nothing. On ext4, where LMDB ends the process when a write of its
 * own is refused (docs/decisions/0001); on tmpfs it does not. The children run the build in dist/.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { LEAST_BYTES, RECOVERY_BYTES, RESERVE_BYTES } from '../../../src/store/embedded/room.ts';
import { runCommand } from '../../support/command.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { createSmallDisk } from '../../support/small-disk.ts';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../support/embedded-store-process.mjs', import.meta.url));
const MIB = 1024 * 1024;
const TIMEOUT = 120_000;
const UNAVAILABLE = 'SERVICE_UNAVAILABLE';

const disk = createSmallDisk();
const isDisk = typeof disk !== 'string';
const name = isDisk ? 'a full disk' : `a full disk (needs root and a loop device: ${disk})`;

(isDisk ? describe : describe.skip)(name, () => {
  if (!isDisk) return;
  let dataDir: string;
  const running = new Set<ChildProcess>();

  beforeEach(() => {
    disk.clear();
    dataDir = mkdtempSync(join(disk.path, 'data-'));
  });
  afterEach(async () => {
    for (const child of running) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    rmSync(dataDir, { recursive: true });
  });
  afterAll(() => disk.remove());

  const startChild = (args: readonly string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    running.add(child);
    child.once('close', () => running.delete(child));
    return child;
  };

  async function start() {
    const child = startChild([MAIN, 'start', '--json'], {
      ...{ DATA_DIR: dataDir, PORT: '0', PUBLIC_URL: 'http://gateway.example' },
      CUSTOM_DATA_HISTORY: '5',
    });
    const lines: Record<string, unknown>[] = [];
    let resolve: (url: string) => void = () => undefined;
    const started = new Promise<string>((found) => {
      resolve = found;
    });
    const reader = createInterface(child.stdout).on('line', (line) => {
      const entry = JSON.parse(line);
      lines.push(entry);
      if (entry.store === 'embedded' && entry.level === undefined) resolve(entry.url);
    });
    const url = await started;
    const readiness = async () => (await fetch(`${url}/health/ready`)).status;
    const texts = () => lines.map(({ msg }) => String(msg)).filter((msg) => /the disk/.test(msg));
    /** What the log says of the disk, once it says so many things: lines come in batches. */
    const saidOfDisk = async (count: number) => {
      while (texts().length < count) await once(reader, 'line');
      return texts();
    };
    return { child, saidOfDisk, send: createGraphQLClient(url), readiness };
  }

  const write = (send: SendOperation, token: string, n: number) =>
    send(OPERATIONS.write, { token, variables: { data: { n } } });

  test(
    'refuses writes and log-ins with 503, reads on, lets deletions and log-outs pass, and recovers',
    async () => {
      const { child, readiness, saidOfDisk, send } = await start();
      expect(await readiness()).toBe(200);
      const [ada, bob, eve] = await Promise.all([1, 2, 3].map(() => logInAnonymously(send)));
      expect((await write(send, ada.accessToken, 1)).errors).toBeUndefined();

      disk.leaveFree(RESERVE_BYTES - MIB);
      expect(await readiness()).toBe(503);
      for (let n = 0; n < 3; n += 1) {
        const refused = await write(send, ada.accessToken, 2);
        expect(refused).toMatchObject({ status: 503, code: UNAVAILABLE });
        expect(refused.headers.get('retry-after')).toBe('1');
      }
      expect((await send(OPERATIONS.logInAnonymously)).code).toBe(UNAVAILABLE);
      const me = await send(OPERATIONS.me, { token: ada.accessToken });
      expect(me.data.me.id).toBe(ada.user.id);
      const read = await send(OPERATIONS.refreshCustomData, { token: ada.accessToken });
      expect(read.data.refreshCustomData.customData).toMatchObject({ n: 1 });
      const removed = await send(OPERATIONS.delete, { token: ada.accessToken });
      expect(removed.data.deleteCustomUserData.result.deletedCount).toBe(1);
      expect((await send(OPERATIONS.logOut, { token: bob.accessToken })).data.logOut).toBe(true);
      const deleted = await send('mutation { deleteUser }', { token: eve.accessToken });
      expect(deleted.data.deleteUser).toBe(true);

      expect(await readiness()).toBe(503);

      disk.leaveFree(RECOVERY_BYTES + 8 * MIB);
      expect(await readiness()).toBe(200);
      const carl = await logInAnonymously(send);
      expect((await write(send, carl.accessToken, 3)).errors).toBeUndefined();
      expect(await saidOfDisk(2)).toEqual([
        'the disk is full: writes are refused, save for deletions',
        'the disk has room again: writes are taken',
      ]);
      expect(child.exitCode ?? child.signalCode).toBeNull();
    },
    TIMEOUT,
  );

  test.each(['fill', 'flood'])(
    'does not end a process that writes until there is no room: %s',
    async (task) => {
      const child = startChild([PROGRAM, dataDir, task, 'x']);
      const [output, [exitCode, signal]] = await Promise.all([
        text(child.stdout),
        once(child, 'close'),
      ]);
      expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null });
      expect(output.trim().split('\n')).toEqual(
        task === 'fill'
          ? ['ready', UNAVAILABLE, 'true', UNAVAILABLE]
          : ['ready', `${UNAVAILABLE} true`],
      );
      expect(disk.freeBytes()).toBeGreaterThan(RESERVE_BYTES - 8 * MIB);
    },
    TIMEOUT,
  );

  test(
    'that others fill under a running store does not end it',
    async () => {
      const child = startChild([PROGRAM, dataDir, 'crowded', 'x']);
      const lines: string[] = [];
      createInterface(child.stdout).on('line', (line) => {
        lines.push(line);
        if (line !== 'grown') return;
        disk.fill();
        child.stdin.write('go\n');
      });
      const [exitCode, signal] = await once(child, 'close');
      expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null });
      expect(lines).toEqual(['ready', 'grown', `${UNAVAILABLE} 50`]);
    },
    TIMEOUT,
  );

  test(
    'refuses even deletions before LMDB would meet its end, and takes them once there is room',
    async () => {
      const store = await openEmbeddedStore({ dataDir, now: Date.now });
      const documents = await store.collection({ name: 'a' });
      for (const _id of [1, 2]) await documents.insertOne({ _id });
      disk.leaveFree(LEAST_BYTES - MIB);
      const unavailable = { code: UNAVAILABLE };
      await expect(documents.deleteOne({ _id: 1 })).rejects.toMatchObject(unavailable);
      expect(await documents.find({})).toHaveLength(2);
      disk.leaveFree(LEAST_BYTES + 8 * MIB);
      expect(await documents.deleteOne({ _id: 1 })).toEqual({ deletedCount: 1 });
      await store.close();
    },
    TIMEOUT,
  );

  test(
    'or rather a read-only one stops the start with its reason',
    async () => {
      disk.setWritable(false);
      const { exitCode, stderr } = await runCommand(['start'], { DATA_DIR: dataDir, PORT: '0' });
      disk.setWritable(true);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^custom-user-data: .* cannot be used as DATA_DIR: EROFS/m);
    },
    TIMEOUT,
  );

  test(
    'stops a first start with words and leaves nothing behind; one on a store that is there goes on',
    async () => {
      disk.leaveFree(MIB);
      const { exitCode, stderr } = await runCommand(['start'], { DATA_DIR: dataDir, PORT: '0' });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^custom-user-data: .*The disk of the embedded store is full/m);
      expect(existsSync(join(dataDir, 'data.mdb'))).toBe(false);

      disk.clear();
      const first = await start();
      const session = await logInAnonymously(first.send);
      const closed = once(first.child, 'close');
      first.child.kill('SIGTERM');
      await closed;
      disk.leaveFree(MIB);
      const { send } = await start();
      const read = await send(OPERATIONS.refreshCustomData, { token: session.accessToken });
      expect(read.data?.refreshCustomData.user.id ?? read.code).toBe(session.user.id);
    },
    TIMEOUT,
  );
});
