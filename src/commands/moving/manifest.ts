/** What an export says of itself. It is written last: a directory without it is none that is whole. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** The files of an export that `import` reads, and what is in them. */
export const FILES = {
  history: 'history.ndjson',
  documents: 'documents.ndjson',
  users: 'users.ndjson',
} as const;

/** Its own. */
export const MANIFEST = 'manifest.json';

const count = z.int().min(0);
const fileShape = z.object({ name: z.string(), rows: count, bytes: count });
const manifestShape = z.object({
  createdAt: z.iso.datetime(),
  store: z.enum(['embedded', 'mongodb']),
  /** Whether hashes of passwords and API keys are in it. */
  hasSecrets: z.boolean(),
  files: z.object({ history: fileShape, documents: fileShape, users: fileShape }),
});

/** What is in an export. */
export type ExportManifest = z.output<typeof manifestShape>;

/**
 * Reads it.
 *
 * @throws Error if the directory is no export, or one that is not whole.
 */
export async function readManifest(directory: string): Promise<ExportManifest> {
  const manifest = parse(directory, await readText(directory));
  for (const [what, { bytes }] of Object.entries(manifest.files)) {
    const name = FILES[what as keyof typeof FILES];
    const { size } = await stat(join(directory, name));
    if (size === bytes) continue;
    throw new Error(`"${join(directory, name)}" has ${size} bytes, and was written with ${bytes}`);
  }
  return manifest;
}

async function readText(directory: string): Promise<string> {
  try {
    return await readFile(join(directory, MANIFEST), 'utf8');
  } catch (cause) {
    throw new Error(`"${directory}" is no whole export: ${MANIFEST} cannot be read`, { cause });
  }
}

function parse(directory: string, text: string): ExportManifest {
  try {
    return manifestShape.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`"${join(directory, MANIFEST)}" is malformed`, { cause });
  }
}
