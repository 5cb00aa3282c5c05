/** Makes a backup the store of a directory that has none. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { assertDataFile, RESTORING } from '../data-file.ts';
import { prepareDirectory } from '../open-root.ts';
import type { CopyParts } from './copy-store.ts';
import { copyDurably, digestFile, type FileDigest, publish } from './durable-files.ts';
import { DATA_FILE, type Manifest, readManifest } from './manifest.ts';

const MIB = 1024 * 1024;

/**
 * Copies the backup in `directory` to `dataDir`, which is made if need be. Nothing is a store there before all of
 * it is on disk: if it is cut off, a start says so, and it can be repeated.
 *
 * @param version the format version that this code knows.
 * @throws Error if the backup is damaged or of a newer version, or a store is there.
 */
export async function restoreStore(
  directory: string,
  dataDir: string,
  {
    onProgress = () => undefined,
    version,
  }: Pick<CopyParts, 'onProgress'> & { readonly version: number },
): Promise<Manifest> {
  const manifest = await readManifest(directory);
  const { data, storeFormat } = manifest;
  if (storeFormat > version) {
    throw new Error(
      `The backup has format version ${storeFormat}, and this version of the gateway knows versions up to ` +
        `${version}: restore it with the newer version`,
    );
  }
  const source = join(directory, DATA_FILE);
  const told = (what: string) => (bytes: number) =>
    onProgress(`${what}: ${Math.floor(bytes / MIB)} of ${Math.ceil(data.bytes / MIB)} MiB`);
  assertSame(source, await digestFile(source, told('checking')), data);
  await assertDataFile(directory);

  const target = prepareDirectory(dataDir);
  assertNoStore(target);
  assertRoom(target, data.bytes);
  const incomplete = join(target, `${RESTORING}${randomBytes(6).toString('hex')}`);
  try {
    assertSame(source, await copyDurably(source, incomplete, told('copying')), data);
    await publish(incomplete, join(target, DATA_FILE));
  } catch (error) {
    rmSync(incomplete, { force: true });
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? storeThere(target) : error;
  }
  for (const name of readdirSync(target)) {
    if (name.startsWith(RESTORING)) rmSync(join(target, name), { force: true });
  }
  return manifest;
}

/** @throws Error unless a file holds what it held. */
export function assertSame(path: string, found: FileDigest, recorded: FileDigest): void {
  if (found.bytes === recorded.bytes && found.sha256 === recorded.sha256) return;
  throw new Error(
    `The file "${path}" is damaged: it has ${found.bytes} bytes with the SHA-256 ${found.sha256}, ` +
      `and ${recorded.bytes} with ${recorded.sha256} were backed up`,
  );
}

function assertNoStore(dataDir: string): void {
  if (existsSync(join(dataDir, DATA_FILE))) throw storeThere(dataDir);
  if (!existsSync(join(dataDir, 'lock.mdb'))) return;
  throw new Error(
    `There is a lock.mdb in "${dataDir}": stop every gateway on it, and remove that file`,
  );
}

function storeThere(dataDir: string): Error {
  return new Error(
    `There is a store in "${dataDir}" already, and it is not overwritten: stop every gateway on it, and move ` +
      'its data.mdb and lock.mdb away',
  );
}

function assertRoom(dataDir: string, needed: number): void {
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize >= needed) return;
  throw new Error(
    `The disk of "${dataDir}" has ${bavail * bsize} bytes left, and the store takes ${needed}`,
  );
}
