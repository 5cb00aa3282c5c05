/** A disk that fills up while users write, and has room again. On ext4: see `embedded-full-disk`. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RECOVERY_BYTES, RESERVE_BYTES } from '../../../src/store/embedded/room.ts';
import { runCommand } from '../../support/command.ts';
import { copyEarlierStore } from '../../support/earlier-store.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway-process.ts';
import { createSmallDisk } from '../../support/small-disk.ts';
import { findWrites, startWriteLoad } from '../../support/write-load.ts';

const MIB = 1024 * 1024;
const TIMEOUT = 60_000;

const disk = createSmallDisk();
const isDisk = typeof disk !== 'string';
const name = isDisk ? 'a disk' : `a disk (needs root and a loop device: ${disk})`;

(isDisk ? describe : describe.skip)(name, () => {
  if (!isDisk) return;
  let dataDir: string;
  let elsewhere: string;
  const running = new Set<GatewayProcess>();
  const start = async () => {
    const gateway = await startGatewayProcess({ DATA_DIR: dataDir });
    running.add(gateway);
    return gateway;
  };

  beforeEach(() => {
    disk.clear();
    dataDir = mkdtempSync(join(disk.path, 'data-'));
    elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  });
  afterEach(async () => {
    for (const gateway of running) await gateway.end('SIGKILL');
    running.clear();
    rmSync(dataDir, { recursive: true });
    rmSync(elsewhere, { recursive: true });
  });
  afterAll(() => disk.remove());

  test(
    'that fills up under load and is freed, three times, loses no acknowledged write and ends nothing',
    async () => {
      const gateway = await start();
      const load = await startWriteLoad({ users: 8, urls: () => [gateway.url] });
      for (let round = 0; round < 3; round += 1) {
        await load.more(50);
        disk.leaveFree(RESERVE_BYTES - MIB);
        const before = load.outcomes.SERVICE_UNAVAILABLE ?? 0;
        while ((load.outcomes.SERVICE_UNAVAILABLE ?? 0) < before + 20) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        disk.leaveFree(RECOVERY_BYTES + 8 * MIB);
      }
      await load.more(50);
      await load.stop();
      expect(Object.keys(load.outcomes).sort()).toEqual(['OK', 'SERVICE_UNAVAILABLE']);
      expect((await findWrites('a full disk', gateway.url, load.users)).wrong).toEqual([]);
      expect(await gateway.end('SIGTERM')).toEqual([0, null]);
      expect((await runCommand(['store', 'verify'], { DATA_DIR: dataDir })).exitCode).toBe(0);
    },
    TIMEOUT,
  );

  test('that a backup does not fit on is left as it was, and the command says so', async () => {
    copyEarlierStore(elsewhere);
    disk.fill();
    const backup = join(disk.path, 'backup');
    const { exitCode, stderr } = await runCommand(['store', 'backup', backup], {
      DATA_DIR: elsewhere,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ENOSPC|No space left/);
    if (existsSync(backup)) expect(readdirSync(backup)).toEqual([]);
    disk.clear();
    rmSync(backup, { recursive: true, force: true });
  });

  test('of the store is not filled by a backup', async () => {
    copyEarlierStore(dataDir);
    disk.leaveFree(RESERVE_BYTES);
    const { exitCode, stderr } = await runCommand(['store', 'backup', join(disk.path, 'backup')], {
      DATA_DIR: dataDir,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/The disk of the store has \d+ bytes left, .* back up to another disk/);
    rmSync(join(disk.path, 'backup'), { recursive: true, force: true });
  });

  test('that a restore does not fit on gets none', async () => {
    copyEarlierStore(elsewhere);
    const backup = join(elsewhere, 'backup');
    expect((await runCommand(['store', 'backup', backup], { DATA_DIR: elsewhere })).exitCode).toBe(
      0,
    );
    disk.fill();
    const { exitCode, stderr } = await runCommand(['store', 'restore', backup], {
      DATA_DIR: dataDir,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/has \d+ bytes left, and the store takes 118784/);
    expect(readdirSync(dataDir)).toEqual([]);
  });
});
