/**
 * The LMDB environment: one directory, many named databases, one writer at a time.
 *
 * Every failure of LMDB leaves here as `SERVICE_UNAVAILABLE`.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database, RootDatabase } from 'lmdb';
import { serviceUnavailable } from '../../errors.ts';
import { assertDataFile } from './data-file.ts';
import { BINARY, freeBytesOf, MAX_DATABASES, openRoot, prepareDirectory } from './open-root.ts';
import { createRoom, PUT_OVERHEAD, type Room, type RoomParts } from './room.ts';

/** A named database with binary keys and values. */
export type BinaryDatabase = Database<Buffer, Buffer>;

/** A named database to open. */
export interface DatabaseDefinition {
  readonly name: string;
  /** Whether a key may have several values. */
  readonly dupSort: boolean;
}

/** The open environment. */
export type Environment = Awaited<ReturnType<typeof openEnvironment>>;

/** How long a write waits for the writer's lock, in milliseconds. */
const LOCK_WAIT = 4_000;
/** How long to wait for LMDB to tell why a commit failed, in milliseconds. */
const COMMIT_ERROR_WAIT = 200;

/** LMDB's handle on a directory, with what its users in this process share. */
interface OpenDirectory {
  readonly path: string;
  readonly root: RootDatabase<Buffer, Buffer>;
  readonly databases: Map<string, BinaryDatabase>;
  readonly running: Set<Promise<unknown>>;
  readonly room: Room;
  users: number;
  /** Settles when the last user has closed it. */
  closing: Promise<void> | undefined;
}

/**
 * LMDB allows one environment a directory and process. A thread holds its writer lock while it
 * waits for JavaScript, so opening a second one on the same directory can block for ever.
 */
const openDirectories = new Map<string, OpenDirectory>();

/** What counts for the first that opens a directory in this process. */
export type EnvironmentOptions = Partial<RoomParts>;

/**
 * Opens the environment in `dataDir`, which is created for its owner only. Any number of users and
 * processes may have it open.
 *
 * @throws Error if the directory cannot be used, or its file is damaged.
 */
export async function openEnvironment(dataDir: string, options: EnvironmentOptions = {}) {
  const directory = await acquireDirectory(dataDir, options);
  const { room, root, databases, running } = directory;
  let closed = false;

  function assertOpen(): void {
    if (closed) throw serviceUnavailable(new Error('The embedded store is closed'));
  }

  async function transact<T>(start: () => Promise<T>): Promise<T> {
    assertOpen();
    // What it throws at once is a failure like any other.
    const promise = (async () => start())();
    running.add(promise);
    try {
      return await promise;
    } catch (error) {
      throw await toStoreError(error);
    } finally {
      running.delete(promise);
    }
  }

  /** Runs `run` on the newest snapshot. It must not outlive the call. */
  function read<T>(run: () => T): T {
    assertOpen();
    // Without this a snapshot from earlier in this turn of the event loop would be reused and
    // hide what another process has written and acknowledged since.
    root.resetReadTxn();
    try {
      return run();
    } catch (error) {
      throw isLmdbError(error) ? serviceUnavailable(error) : error;
    }
  }

  return {
    read,
    /**
     * Runs `run` in a write transaction: atomic across processes, rolled back if it throws, and
     * durable once the promise resolves. Fails if the writer's lock is not free within `patience`
     * milliseconds, 4 s by default and at most.
     */
    // A child transaction rolls back alone; its siblings in the same group commit are kept.
    write: <T>(run: () => T, patience = LOCK_WAIT) =>
      room.during(run, (counted) =>
        withinLockWait(Math.min(patience, LOCK_WAIT), counted, (limited) =>
          transact(() => root.childTransaction(limited)),
        ),
      ),
    /** Lets something be put, or fails for want of room; see `Room`. */
    admit: room.admit,
    ...createReads(root, read),
    /**
     * Opens databases, creating those that do not exist; may be repeated.
     *
     * @throws Error if more are open than LMDB can have.
     */
    openDatabases: (definitions: readonly DatabaseDefinition[]) =>
      transact(() =>
        root.transaction(() => {
          assertNotTooMany(databases, definitions);
          const isNew = ({ name }: DatabaseDefinition) =>
            !databases.has(name) && !root.doesExist(toName(name));
          if (definitions.some(isNew)) room.admit(PUT_OVERHEAD);
          return definitions.map((wanted) => openDatabase(root, databases, wanted));
        }),
      ),
    /** Lets `copy` read LMDB itself, if there is room for as much again beside it in its directory. */
    copy: <T>(copy: CopyRoot<T>) => transact(() => admitCopy(directory, copy)),
    /** Waits for running writes and closes. */
    close: async () => {
      if (closed) return;
      closed = true;
      await releaseDirectory(directory);
    },
  };
}

/** What is read of the environment itself. */
function createReads(root: RootDatabase<Buffer, Buffer>, read: <T>(run: () => T) => T) {
  return {
    /** Whether a database exists. */
    hasDatabase: (name: string) => read(() => root.doesExist(toName(name))),
    /** Names of the databases that begin so. */
    databaseNames: (prefix: string) => read(() => namesFrom(root, prefix)),
    /** The number of the newest transaction that was committed, by whichever process. */
    changeMark: () => read(() => lastTransactionOf(root)),
  };
}

/** Copies LMDB, whose directory is `path`. */
type CopyRoot<T> = (root: RootDatabase<Buffer, Buffer>, path: string) => Promise<T>;

function admitCopy<T>({ path, room, root }: OpenDirectory, copy: CopyRoot<T>): Promise<T> {
  room.admit(statSync(join(path, 'data.mdb')).size);
  return copy(root, path);
}

/**
 * Gives up if the writer's lock is not ours in time, for instance because a process was stopped
 * while it held it. `run` is not run then, also not later: the caller was told that it failed.
 */
async function withinLockWait<T>(
  patience: number,
  run: () => T,
  write: (limited: () => T) => Promise<T>,
): Promise<T> {
  if (patience <= 0) throw lockTimeout();
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(lockTimeout());
    }, patience);
  });
  const limited = () => {
    clearTimeout(timer);
    if (isLate) throw lockTimeout();
    return run();
  };
  try {
    return await Promise.race([write(limited), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** lmdb-js has it and does not declare it. */
function lastTransactionOf(root: RootDatabase<Buffer, Buffer>): number {
  const { lastTxnId } = root.getStats() as { readonly lastTxnId: number };
  return lastTxnId;
}

function lockTimeout(): Error {
  return serviceUnavailable(new Error('The lock of the embedded store was not free in time'));
}

/** Beyond its limit LMDB does not fail in a transaction, it waits for ever. */
function assertNotTooMany(
  databases: ReadonlyMap<string, BinaryDatabase>,
  definitions: readonly DatabaseDefinition[],
): void {
  const added = definitions.filter(({ name }) => !databases.has(name)).length;
  if (added === 0 || databases.size + added <= MAX_DATABASES) return;
  throw new Error(`The embedded store holds at most ${MAX_DATABASES} collections and indexes`);
}

/** LMDB lists its databases in the one without a name, as texts of C. */
function toName(database: string): Buffer {
  return Buffer.from(`${database}\0`);
}

function namesFrom(root: RootDatabase<Buffer, Buffer>, prefix: string): string[] {
  const names: string[] = [];
  // `start` may be anything that sorts before; the keys come in order.
  for (const key of root.getKeys({ start: Buffer.from(prefix) })) {
    const name = key.toString().replace(/\0$/, '');
    if (!name.startsWith(prefix)) break;
    names.push(name);
  }
  return names;
}

function openDatabase(
  root: RootDatabase<Buffer, Buffer>,
  databases: Map<string, BinaryDatabase>,
  { name, dupSort }: DatabaseDefinition,
): BinaryDatabase {
  const database = databases.get(name) ?? root.openDB<Buffer, Buffer>(name, { ...BINARY, dupSort });
  databases.set(name, database);
  return database;
}

async function acquireDirectory(
  dataDir: string,
  options: EnvironmentOptions,
): Promise<OpenDirectory> {
  const path = prepareDirectory(dataDir);
  const room = createRoom({ freeBytes: () => freeBytesOf(path), ...options });
  // On a full disk LMDB would map a file that is not there.
  if (!openDirectories.has(path) && !(await assertDataFile(path))) room.admit(PUT_OVERHEAD);
  let existing = openDirectories.get(path);
  while (existing?.closing !== undefined) {
    await existing.closing;
    existing = openDirectories.get(path);
  }
  if (existing !== undefined) {
    existing.users += 1;
    return existing;
  }
  const directory: OpenDirectory = {
    path,
    root: openRoot(path),
    databases: new Map(),
    running: new Set(),
    room,
    users: 1,
    closing: undefined,
  };
  openDirectories.set(path, directory);
  return directory;
}

async function releaseDirectory(directory: OpenDirectory): Promise<void> {
  directory.users -= 1;
  if (directory.users > 0) {
    await Promise.allSettled(directory.running);
    return;
  }
  const close = async () => {
    await Promise.allSettled(directory.running);
    await directory.root.close();
    openDirectories.delete(directory.path);
  };
  directory.closing = close();
  await directory.closing;
}

async function toStoreError(error: unknown): Promise<unknown> {
  if (!isLmdbError(error)) return error;
  const { commitError } = error as { readonly commitError?: unknown };
  if (commitError === undefined) return serviceUnavailable(error);
  const reason = Promise.resolve(commitError).catch((cause: unknown) => cause);
  return serviceUnavailable(
    await Promise.race([reason, delay(COMMIT_ERROR_WAIT, error, { ref: false })]),
  );
}

/** LMDB and the operating system number their errors; lmdb-js has words for the rest. */
function isLmdbError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  if ('code' in error && typeof error.code === 'number') return true;
  return (
    'commitError' in error ||
    /^MDB_|closed database|is closed|has been closed/.test(String(error.message))
  );
}
