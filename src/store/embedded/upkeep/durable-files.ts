/** Files that are there as a whole or not at all, also after a power cut. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** For the owner only: a store holds the keys that sign tokens. */
export const OWNER_ONLY = 0o600;

/** What a file holds, as far as it takes to tell another from it. */
export interface FileDigest {
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Reads a file to its end. `onBytes` is told how many bytes were read so far. */
export async function digestFile(
  path: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<FileDigest> {
  return digestWhile(path, onBytes, async (chunks) => {
    for await (const _chunk of chunks);
  });
}

/** Copies a file to a path that does not exist, for the owner only, and waits until it is on disk. */
export async function copyDurably(
  from: string,
  to: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<FileDigest> {
  return digestWhile(from, onBytes, (chunks) =>
    pipeline(chunks, createWriteStream(to, { flags: 'wx', mode: OWNER_ONLY, flush: true })),
  );
}

async function digestWhile(
  path: string,
  onBytes: (bytes: number) => void,
  use: (chunks: AsyncIterable<Buffer>) => Promise<void>,
): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* read() {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      onBytes(bytes);
      yield chunk as Buffer;
    }
  }
  await use(read());
  return { bytes, sha256: hash.digest('hex') };
}

/** Waits until what was written to a file, or which names a directory has, is on disk. */
export async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Gives a file that is on disk its name for good, in a directory of the same file system.
 *
 * @throws Error with the code `EEXIST` if something has that name.
 */
export async function publish(from: string, to: string): Promise<void> {
  try {
    // Unlike a rename it takes nobody else's place.
    await link(from, to);
    await rm(from);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') throw error;
    // A file system without hard links.
    await rename(from, to);
  }
  await flush(dirname(to));
}
