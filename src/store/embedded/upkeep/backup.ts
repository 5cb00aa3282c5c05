/** Backs a store up while gateways work on it. */
import { mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../../json-file.ts';
import { assertDataFile } from '../data-file.ts';
import { openRoot } from '../open-root.ts';
import { RESERVE_BYTES } from '../room.ts';
import { type CopyParts, copyStore } from './copy-store.ts';
import { DATA_FILE, type Manifest } from './manifest.ts';
import { type Verification, verifyStore } from './verify-store.ts';

/** A backup that was made. */
export interface Backup {
  readonly manifest: Manifest;
  /** What is in it, and what is wrong with it: then with the store as well. */
  readonly verification: Verification;
}

/**
 * Makes a backup of the store in `dataDir` in `directory`, which is made or is empty, and verifies it.
 *
 * @param version the format version that this code knows.
 * @throws Error if there is no store, no room, or something in the directory.
 */
export async function backUpStore(
  dataDir: string,
  directory: string,
  parts: CopyParts & { readonly version: number },
): Promise<Backup> {
  assertStore(dataDir);
  await assertDataFile(dataDir);
  prepareTarget(directory);
  assertRoom(dataDir, directory);
  // In place, so that gateways know that the pages of the snapshot are read.
  const root = openRoot(dataDir, { readOnly: true });
  try {
    const manifest = await copyStore(root, directory, parts);
    return { manifest, verification: await verifyStore(directory, parts) };
  } finally {
    await root.close();
  }
}

/** @throws Error if there is no store, whole or damaged. */
export function assertStore(dataDir: string): void {
  if (statSync(join(dataDir, DATA_FILE), { throwIfNoEntry: false })?.isFile() === true) return;
  throw new Error(`There is no store in "${dataDir}"`);
}

function prepareTarget(directory: string): void {
  let names: readonly string[];
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    names = readdirSync(directory);
  } catch (cause) {
    throw new Error(`The directory "${directory}" cannot be used: ${reasonOf(cause)}`, { cause });
  }
  if (names.length === 0) return;
  throw new Error(`The directory "${directory}" is not empty: nothing in it is overwritten`);
}

/** On the disk of the store a backup must not take the room that gateways need. */
function assertRoom(dataDir: string, directory: string): void {
  const { dev, size } = statSync(join(dataDir, DATA_FILE));
  if (statSync(directory).dev !== dev) return;
  const { bavail, bsize } = statfsSync(directory);
  const needed = size + RESERVE_BYTES;
  if (bavail * bsize >= needed) return;
  throw new Error(
    `The disk of the store has ${bavail * bsize} bytes left, and a backup on it takes up to ${needed}: ` +
      'back up to another disk',
  );
}
