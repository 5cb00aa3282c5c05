/** Opening LMDB in a directory, and what can be wrong with that. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { serviceUnavailable } from '../../errors.ts';
import { reasonOf } from '../../json-file.ts';

/** Keys and values are bytes. */
export const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
/** One database a collection and one an index; each costs LMDB about a hundred bytes. */
export const MAX_DATABASES = 1024;
const SPARE_DATABASES = 8;
const RIGHTS = constants.R_OK | constants.W_OK | constants.X_OK;
/** File descriptors that opening takes, and one to spare. */
const DESCRIPTORS = 4;

/**
 * Creates the directory if need be and returns the one path it has.
 *
 * @throws Error if it cannot be used.
 */
export function prepareDirectory(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, RIGHTS);
    return realpathSync(dataDir);
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
}

/**
 * Sees to it, without making anything, that the directory is there or could be made.
 *
 * @throws Error if it cannot be used.
 */
export function assertDirectory(dataDir: string): void {
  try {
    let nearest = resolve(dataDir);
    while (!existsSync(nearest)) nearest = dirname(nearest);
    // With the slash a file is refused.
    accessSync(`${nearest}/`, RIGHTS);
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
}

function unusable(dataDir: string, cause: unknown): Error {
  const reason = reasonOf(cause);
  return new Error(`The directory "${dataDir}" cannot be used as DATA_DIR: ${reason}`, { cause });
}

/** Bytes that a program which is not root may still write in the directory's file system. */
export function freeBytesOf(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch (error) {
    throw serviceUnavailable(error);
  }
}

/**
 * Opens LMDB.
 *
 * @param readOnly whether nothing is to be written, save for the lock file.
 * @throws Error if the directory cannot be opened.
 */
export function openRoot(
  path: string,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): RootDatabase<Buffer, Buffer> {
  let root: RootDatabase<Buffer, Buffer>;
  try {
    assertDescriptors(path);
    assertFiles(path, readOnly);
    root = open<Buffer, Buffer>({
      ...BINARY,
      path,
      noSubdir: false,
      readOnly,
      // lmdb-js opens some of its own.
      maxDbs: MAX_DATABASES + SPARE_DATABASES,
      // With overlapping sync a commit is visible, and its promise resolved, before it is on disk:
      // a power cut could take back a write that was acknowledged or that a token already shows.
      // Off, each commit is flushed first, and writes that arrive meanwhile share the next one.
      overlappingSync: false,
      // On, a failed commit also rejects a promise that nobody can reach, which ends the process.
      eventTurnBatching: false,
    });
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new Error(`The directory "${path}" cannot be opened as DATA_DIR: ${reason}`, { cause });
  }
  assertReadable(path, root);
  return root;
}

/** LMDB opens its lock, its file and a second way to it; without one of them lmdb-js ends the process by a signal. */
function assertDescriptors(path: string): void {
  const open: number[] = [];
  try {
    while (open.length < DESCRIPTORS) open.push(openSync(path, 'r'));
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

/** Without a right to its lock lmdb-js ends the process by a signal. */
function assertFiles(path: string, readOnly: boolean): void {
  const writable = constants.R_OK | constants.W_OK;
  for (const [name, rights] of [
    ['data.mdb', readOnly ? constants.R_OK : writable],
    ['lock.mdb', writable],
  ] as const) {
    const file = join(path, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!found.isFile()) throw new Error(`"${name}" is no file`);
    try {
      accessSync(file, rights);
    } catch (cause) {
      throw new Error(`"${name}": ${reasonOf(cause)}`, { cause });
    }
  }
}

/**
 * Reads once. A reader locks the byte of the lock file that its process id numbers, and lmdb-js, when
 * somebody has that lock for ten seconds, goes on without a transaction until it meets `null`.
 */
function assertReadable(path: string, root: RootDatabase<Buffer, Buffer>): void {
  try {
    root.doesExist(Buffer.from('\0'));
  } catch (cause) {
    void root.close();
    throw isMissingReader(cause) ? sharedProcessId(path, cause) : cause;
  }
}

/** Whether lmdb-js failed because it got no transaction to read in. */
export function isMissingReader(error: unknown): boolean {
  return error instanceof TypeError && /of null \(reading 'address'\)/.test(error.message);
}

function sharedProcessId(path: string, cause: unknown): Error {
  return new Error(
    `The directory "${path}" is open in a process that has the same process id as this one, in another ` +
      'container. Processes on one DATA_DIR need different ids: let the containers share their process ' +
      'ids (docker run --pid=container:NAME, shareProcessNamespace: true), or use MONGODB_URI',
    { cause },
  );
}
