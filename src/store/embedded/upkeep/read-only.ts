/** A store that is looked at as it is at one moment, and never written to. */
import { accessSync, constants, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { FORMAT_COLLECTION, FORMAT_ID, versionOf } from '../../format.ts';
import { decodeHeld } from '../damage.ts';
import { documentKey } from '../document-writes.ts';
import type { BinaryDatabase } from '../environment.ts';
import { CATALOGUE, collectionKey, documentsDatabase } from '../index-catalogue.ts';
import { BINARY, openRoot } from '../open-root.ts';
import { DATA_FILE } from './manifest.ts';

/** A store that is open for reading. */
export interface ReadOnlyStore {
  readonly root: RootDatabase<Buffer, Buffer>;
  readonly close: () => Promise<void>;
}

/** Whether a process may have the store open: LMDB's lock file is there, and not on a disk that cannot be written. */
export function mayBeOpen(directory: string): boolean {
  try {
    accessSync(join(directory, 'lock.mdb'), constants.W_OK);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'EROFS';
  }
}

/**
 * Opens a store whose file was judged. One that no process has open gets no lock file: it may be a backup, on a disk
 * that cannot be written.
 *
 * @throws Error if it cannot be opened.
 */
export function openForReading(directory: string): ReadOnlyStore {
  const path = realpathSync(directory);
  if (mayBeOpen(path)) {
    const root = openRoot(path, { readOnly: true });
    return { root, close: () => root.close() };
  }
  const view = mkdtempSync(join(tmpdir(), 'custom-user-data-'));
  const remove = () => rmSync(view, { recursive: true });
  try {
    symlinkSync(join(path, DATA_FILE), join(view, DATA_FILE));
    const root = openRoot(view, { readOnly: true });
    return {
      root,
      close: async () => {
        await root.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Its databases by name, as they are at one moment: that lasts until the next turn of the event loop. */
export function openSnapshot(
  root: RootDatabase<Buffer, Buffer>,
): ReadonlyMap<string, BinaryDatabase> {
  const opened = new Map<string, BinaryDatabase>();
  for (;;) {
    root.resetReadTxn();
    const names = [...root.getKeys()].map((name) => name.toString().replace(/\0$/, ''));
    const missing = names.filter((name) => isOurs(name) && !opened.has(name));
    // Others may make some at any time, and what is opened is not in a snapshot of before.
    if (missing.length === 0) return opened;
    for (const name of missing) {
      opened.set(name, root.openDB(name, { ...BINARY, dupSort: name.startsWith('index/') }));
    }
  }
}

function isOurs(name: string): boolean {
  return name === CATALOGUE.name || /^(?:documents|index|expiry)\//.test(name);
}

/** The format version of a store; 0: it is older than versions. */
export function readStoreFormat(databases: ReadonlyMap<string, BinaryDatabase>): unknown {
  const documents = databases.get(documentsDatabase(collectionKey(FORMAT_COLLECTION)));
  const bytes = documents?.get(documentKey({ _id: FORMAT_ID }));
  return versionOf(bytes === undefined ? null : decodeHeld(bytes));
}
