/** A small ext4 file system of its own, for tests of a full disk. Needs root and loop devices. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes of the file that holds the file system. */
const DISK_BYTES = 224 * 1024 * 1024;
const BLOCK_BYTES = 4096;

/** A mounted file system. */
export interface SmallDisk {
  /** A directory in it. */
  readonly path: string;
  readonly freeBytes: () => number;
  /** Takes room until only so many bytes are free; what was taken before is given back first. */
  readonly leaveFree: (bytes: number) => void;
  /** Takes all the room there is. */
  readonly fill: () => void;
  /** Gives back all the room that was taken. */
  readonly clear: () => void;
  /** Makes it read-only, or writable again. */
  readonly setWritable: (isWritable: boolean) => void;
  /** Unmounts it and removes it, whatever happened. */
  readonly remove: () => void;
}

/** Makes a file system, or says why it cannot. */
export function createSmallDisk(): SmallDisk | string {
  const directory = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const image = join(directory, 'image');
  const path = join(directory, 'mounted');
  const ballast = join(path, 'ballast');
  mkdirSync(path);
  closeSync(openSync(image, 'w'));
  truncateSync(image, DISK_BYTES);
  const remove = () => {
    spawnSync('umount', [path]);
    rmSync(directory, { recursive: true, force: true });
  };
  const problem =
    run('mkfs.ext4', '-q', '-F', '-m', '0', image) ?? run('mount', '-o', 'loop', image, path);
  if (problem !== undefined) {
    remove();
    return problem;
  }
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  const clear = () => rmSync(ballast, { force: true });
  return {
    path,
    freeBytes,
    clear,
    remove,
    setWritable: (isWritable) => {
      const failure = run('mount', '-o', `remount,${isWritable ? 'rw' : 'ro'}`, path);
      if (failure !== undefined) throw new Error(failure);
    },
    fill: () => {
      clear();
      writeUntilFull(ballast);
    },
    leaveFree: (bytes) => {
      clear();
      const failure = run('fallocate', '-l', String(freeBytes() - bytes), ballast);
      if (failure !== undefined) throw new Error(failure);
    },
  };
}

function writeUntilFull(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(BLOCK_BYTES));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

/** Runs a program; what went wrong, if anything. */
function run(program: string, ...args: readonly string[]): string | undefined {
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : `${program}: ${stderr.trim()}`;
}
