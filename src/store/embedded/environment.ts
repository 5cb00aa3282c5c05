/**
 * The LMDB environment: one directory, many named databases, one writer at a time.
 *
 * Every failure of LMDB leaves here as `SERVICE_UNAVAILABLE`.
 */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, open, type RootDatabase } from 'lmdb';
import { serviceUnavailable } from '../../errors.ts';

/** A named database with binary keys and values. */
export type BinaryDatabase = Database<Buffer, Buffer>;

/** A named database to open. */
export interface DatabaseDefinition {
  readonly name: string;
  /** Whether a key may have several values. */
  readonly dupSort: boolean;
}

/** The open environment. */
export interface Environment {
  /** Runs `run` on the newest snapshot. It must not outlive the call. */
  read<T>(run: () => T): T;
  /**
   * Runs `run` in a write transaction: atomic across processes, rolled back if it throws, and
   * durable once the promise resolves.
   */
  write<T>(run: () => T): Promise<T>;
  /** Opens databases, creating those that do not exist; may be repeated. */
  openDatabases(definitions: readonly DatabaseDefinition[]): Promise<BinaryDatabase[]>;
  /** Waits for running writes and closes. */
  close(): Promise<void>;
}

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
/** One database a collection and one an index; each costs LMDB about a hundred bytes. */
const MAX_DATABASES = 1024;
/** How long to wait for LMDB to tell why a commit failed, in milliseconds. */
const COMMIT_ERROR_WAIT = 200;

/**
 * Opens the environment in `dataDir`, which is created readable by its owner only.
 *
 * LMDB's writer lock is held by a thread that waits for the JavaScript of its own environment, so
 * opening a second environment on the same directory in one process must not meet a write of the
 * first one. Other processes may open it at any time.
 *
 * @throws Error if the directory cannot be used.
 */
export function openEnvironment(dataDir: string): Environment {
  const root = openRoot(dataDir);
  const databases = new Map<string, BinaryDatabase>();
  const running = new Set<Promise<unknown>>();
  let closed = false;

  async function transact<T>(start: () => Promise<T>): Promise<T> {
    assertOpen();
    let promise: Promise<T> | undefined;
    try {
      promise = start();
      running.add(promise);
      return await promise;
    } catch (error) {
      throw await toStoreError(error);
    } finally {
      if (promise !== undefined) running.delete(promise);
    }
  }

  function assertOpen(): void {
    if (closed) throw serviceUnavailable(new Error('The embedded store is closed'));
  }

  return {
    read: (run) => {
      assertOpen();
      // Without this a snapshot from earlier in this turn of the event loop would be reused and
      // hide what another process has written and acknowledged since.
      root.resetReadTxn();
      try {
        return run();
      } catch (error) {
        throw isLmdbError(error) ? serviceUnavailable(error) : error;
      }
    },
    // A child transaction rolls back alone; its siblings in the same group commit are kept.
    write: (run) => transact(() => root.childTransaction(run)),
    openDatabases: (definitions) =>
      transact(() =>
        root.transaction(() =>
          definitions.map(({ name, dupSort }) => {
            const database =
              databases.get(name) ?? root.openDB<Buffer, Buffer>(name, { ...BINARY, dupSort });
            databases.set(name, database);
            return database;
          }),
        ),
      ),
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.allSettled(running);
      await root.close();
    },
  };
}

function openRoot(dataDir: string): RootDatabase<Buffer, Buffer> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return open<Buffer, Buffer>({
      ...BINARY,
      path: dataDir,
      noSubdir: false,
      maxDbs: MAX_DATABASES,
      // With overlapping sync a commit is visible, and its promise resolved, before it is on disk:
      // a power cut could take back a write that was acknowledged or that a token already shows.
      // Off, each commit is flushed first, and writes that arrive meanwhile share the next one.
      overlappingSync: false,
      // On, a failed commit also rejects a promise that nobody can reach, which ends the process.
      eventTurnBatching: false,
    });
  } catch (cause) {
    throw new Error(`The directory "${dataDir}" cannot be used as DATA_DIR`, { cause });
  }
}

async function toStoreError(error: unknown): Promise<unknown> {
  if (!isLmdbError(error)) return error;
  if (typeof error !== 'object' || error === null || !('commitError' in error)) {
    return serviceUnavailable(error);
  }
  const reason = Promise.resolve(error.commitError).catch((cause: unknown) => cause);
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
