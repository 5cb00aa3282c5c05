/** What a backup says of itself. It is written last: a directory without one is no finished backup. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf } from '../../../json-file.ts';
import { type FileDigest, OWNER_ONLY, publish } from './durable-files.ts';

/** Name of the file. */
export const MANIFEST_FILE = 'manifest.json';
/** Name of LMDB's file, in a store and in a backup. */
export const DATA_FILE = 'data.mdb';
const VERSION = 1;
const MAX_BYTES = 65_536;

const MANIFEST = z.object({
  kind: z.literal('custom-user-data backup'),
  /** Of this file. */
  version: z.number().int(),
  /** ISO 8601. */
  createdAt: z.string(),
  /** Format version of the store; 0: it is older than versions. */
  storeFormat: z.number().int(),
  data: z.object({
    bytes: z.number().int().nonnegative(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});

/** The content of the file. */
export type Manifest = z.output<typeof MANIFEST>;

/** Writes the manifest of a backup whose data is on disk, and waits until it is, too. */
export async function writeManifest(
  directory: string,
  {
    data,
    now,
    storeFormat,
  }: { readonly data: FileDigest; readonly now: number; readonly storeFormat: number },
): Promise<void> {
  const manifest: Manifest = {
    kind: 'custom-user-data backup',
    version: VERSION,
    createdAt: new Date(now).toISOString(),
    storeFormat,
    data,
  };
  const path = join(directory, MANIFEST_FILE);
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  await writeFile(`${path}.new`, text, { flag: 'wx', mode: OWNER_ONLY, flush: true });
  await publish(`${path}.new`, path);
}

/**
 * Reads the manifest of a backup.
 *
 * @throws Error if there is none, or it is not one that this code understands.
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(
      `The directory "${directory}" is no finished backup: ${MANIFEST_FILE}: ${reasonOf(cause)}`,
      { cause },
    );
  }
  const parsed = MANIFEST.safeParse(text.length > MAX_BYTES ? undefined : parse(text));
  if (!parsed.success) throw new Error(`The file "${path}" is damaged, or of no backup of ours`);
  if (parsed.data.version > VERSION) {
    throw new Error(
      `The file "${path}" has version ${parsed.data.version}, and this version of the gateway reads ${VERSION}`,
    );
  }
  return parsed.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
