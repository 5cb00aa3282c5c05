/** Directories and files that the process may not write: it says so, and never ends by a signal. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import { copyEarlierStore } from '../../support/earlier-store.ts';

/** Who has no rights but those of a file; root has all. */
const NOBODY = process.getuid?.() === 0 ? 65_534 : undefined;

describe('a process without the right to', () => {
  let dataDir: string;
  const own = (path: string) => {
    if (NOBODY !== undefined) chownSync(path, NOBODY, NOBODY);
  };
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'rights-'));
    copyEarlierStore(dataDir);
    own(dataDir);
    own(join(dataDir, 'data.mdb'));
  });
  afterEach(() => {
    chmodSync(dataDir, 0o700);
    rmSync(dataDir, { recursive: true });
  });
  const run = (...args: readonly string[]) =>
    runCommand(args, { DATA_DIR: dataDir, PORT: '0' }, NOBODY);

  const faults: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'write in its directory',
      () => chmodSync(dataDir, 0o500),
      /cannot be used as DATA_DIR: this process has no right to it$/m,
    ],
    [
      'write to the file of the store',
      () => chmodSync(join(dataDir, 'data.mdb'), 0o400),
      /"data\.mdb": this process has no right to it$/m,
    ],
    [
      'write to the lock, which another user has made',
      () => {
        writeFileSync(join(dataDir, 'lock.mdb'), '', { mode: 0o400 });
        own(join(dataDir, 'lock.mdb'));
      },
      /"lock\.mdb": this process has no right to it$/m,
    ],
    [
      'a lock that is a file',
      () => mkdirSync(join(dataDir, 'lock.mdb')),
      /"lock\.mdb" is no file$/m,
    ],
  ];

  test.each(faults)('%s does not start, and says so', async (_name, take, expected) => {
    take();
    const { exitCode, stderr } = await run('start');
    expect([exitCode, stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(stderr).toMatch(expected);
  });

  test('write in its directory verifies the store there, and is not told that it is damaged for want of other rights', async () => {
    chmodSync(dataDir, 0o500);
    expect(await run('store', 'verify')).toMatchObject({ exitCode: 0 });
    chmodSync(join(dataDir, 'data.mdb'), 0o000);
    const { exitCode, stderr } = await run('store', 'verify');
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain('damaged');
  });
});
