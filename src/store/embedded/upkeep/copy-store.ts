/** Copies a store that may be open and written to into a directory: one moment of it, with a manifest. */
import { statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { digestFile, flush, OWNER_ONLY, publish } from './durable-files.ts';
import { DATA_FILE, type Manifest, readManifest, writeManifest } from './manifest.ts';
import { openForReading, openSnapshot, readStoreFormat } from './read-only.ts';

/** How often it is said how far the copy is, in milliseconds. */
const PROGRESS_INTERVAL = 1000;
const MIB = 1024 * 1024;

/** What copying takes beside the store. */
export interface CopyParts {
  /** The clock, epoch milliseconds. */
  readonly now: () => number;
  /** Told now and then how far it is. */
  readonly onProgress?: (text: string) => void;
}

/**
 * Copies what is committed into a directory that is there, and waits until it is on disk.
 *
 * LMDB reads one snapshot, whatever is written meanwhile. What was cut off leaves a directory without a manifest.
 *
 * @throws Error if there is no room, or something has the name of a file of the backup.
 */
export async function copyStore(
  root: RootDatabase<Buffer, Buffer>,
  directory: string,
  { now, onProgress = () => undefined }: CopyParts,
): Promise<Manifest> {
  // For the owner only, as mkdtemp makes it: LMDB makes its file for everybody.
  const incomplete = await mkdtemp(join(directory, 'incomplete-'));
  const path = join(incomplete, DATA_FILE);
  const timer = setInterval(() => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    onProgress(`copying: ${Math.floor(size / MIB)} MiB`);
  }, PROGRESS_INTERVAL);
  try {
    await copyData(root, incomplete, path);
    await chmod(path, OWNER_ONLY);
    await flush(path);
    const storeFormat = await formatOf(incomplete);
    const data = await digestFile(path);
    await publish(path, join(directory, DATA_FILE));
    await writeManifest(directory, { data, now: now(), storeFormat });
  } finally {
    clearInterval(timer);
    await rm(incomplete, { recursive: true });
  }
  return readManifest(directory);
}

/** Without the free pages, unless LMDB cannot tell them: it has lost some then, at the end of the file for instance. */
async function copyData(
  root: RootDatabase<Buffer, Buffer>,
  directory: string,
  path: string,
): Promise<void> {
  try {
    await root.backup(directory, true);
  } catch (error) {
    if (!/^MDB_INCOMPATIBLE/.test((error as Error).message)) throw error;
    await rm(path);
    await root.backup(directory, false);
  }
}

async function formatOf(directory: string): Promise<number> {
  const { root, close } = openForReading(directory);
  try {
    const format = readStoreFormat(openSnapshot(root));
    return typeof format === 'number' ? format : 0;
  } finally {
    await close();
  }
}
