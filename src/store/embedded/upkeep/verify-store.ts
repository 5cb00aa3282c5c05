/** Reads everything in a store and says what is broken. */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { decodePlain } from '../../stored-document.ts';
import { assertDataFile, findFileProblem } from '../data-file.ts';
import type { BinaryDatabase } from '../environment.ts';
import { CATALOGUE, documentsDatabase } from '../index-catalogue.ts';
import { INDEX_KINDS, type IndexDefinition, indexDatabase } from '../index-entries.ts';
import type { CopyParts } from './copy-store.ts';
import { digestFile } from './durable-files.ts';
import { DATA_FILE, MANIFEST_FILE, readManifest } from './manifest.ts';
import { mayBeOpen, openForReading, openSnapshot, readStoreFormat } from './read-only.ts';
import { assertSame } from './restore.ts';
import { type Report, verifyCollection } from './verify-collection.ts';

/** Problems that are named; the others are counted. */
const MAX_NAMED = 1000;

/** A collection that was read. */
export interface VerifiedCollection {
  /** Database and name; the database is absent in the gateway's own. */
  readonly name: string;
  readonly documents: number;
  readonly indexes: number;
}

/** What a store holds, and what is wrong with it. */
export interface Verification {
  readonly collections: readonly VerifiedCollection[];
  /** At most 1000. */
  readonly problems: readonly string[];
  /** How many there are. */
  readonly problemCount: number;
}

const CATALOGUE_ENTRY = z.object({
  indexes: z.array(z.object({ field: z.string(), kind: z.enum(INDEX_KINDS) })),
});

/**
 * Reads every page, record and index entry of the store or backup in `directory`, as they are at one moment, while
 * gateways work on it or not. It writes nothing.
 *
 * @param version the format version that this code knows.
 * @throws Error if there is no store.
 */
export async function verifyStore(
  directory: string,
  {
    onProgress = () => undefined,
    version,
  }: Pick<CopyParts, 'onProgress'> & { readonly version: number },
): Promise<Verification> {
  const problems: string[] = [];
  let problemCount = 0;
  const report: Report = (problem) => {
    problemCount += 1;
    if (problems.length < MAX_NAMED) problems.push(problem);
  };
  const isWhole = await verifyFile(directory).then(
    () => true,
    (error: unknown) => {
      // A right that is lacking, for instance, says nothing of the store.
      if (typeof (error as NodeJS.ErrnoException).code === 'string') throw error;
      report((error as Error).message);
      return false;
    },
  );
  const parts = { report, onProgress, version };
  const collections = isWhole ? await verifyContent(directory, parts) : [];
  return { collections, problems, problemCount };
}

/** @throws Error if LMDB must not open the file, or it is not what was backed up. */
async function verifyFile(directory: string): Promise<void> {
  const path = join(directory, DATA_FILE);
  if (existsSync(join(directory, MANIFEST_FILE))) {
    const { data } = await readManifest(directory);
    assertSame(path, await digestFile(path), data);
  }
  await assertDataFile(directory);
  // While others write, pages are used again that this would still read.
  if (!mayBeOpen(directory)) assertPages(path);
}

function assertPages(path: string): void {
  const problem = findFileProblem(path, Number.POSITIVE_INFINITY);
  if (problem !== undefined) throw new Error(`The file "${path}" is damaged: ${problem}`);
}

/** What verifying the content takes. */
interface ContentParts {
  readonly report: Report;
  readonly onProgress: (text: string) => void;
  readonly version: number;
}

async function verifyContent(
  directory: string,
  parts: ContentParts,
): Promise<readonly VerifiedCollection[]> {
  const wasOpen = mayBeOpen(directory);
  const { root, close } = openForReading(directory);
  try {
    // From here on no page of the snapshot is used again; what follows runs without a pause, in one transaction.
    const databases = openSnapshot(root);
    if (wasOpen) assertPages(join(realpathSync(directory), DATA_FILE));
    return verifyDatabases(databases, parts);
  } catch (error) {
    parts.report((error as Error).message);
    return [];
  } finally {
    await close();
  }
}

function verifyDatabases(
  databases: ReadonlyMap<string, BinaryDatabase>,
  { report, onProgress, version }: ContentParts,
): readonly VerifiedCollection[] {
  const format = readStoreFormat(databases);
  if (typeof format !== 'number' || format > version) {
    report(
      `The store has format version ${String(format)}, and this version of the gateway knows versions up to ${version}`,
    );
  }
  const catalogue = readCatalogue(databases, report);
  const listed = new Set<string>([CATALOGUE.name]);
  const collections: VerifiedCollection[] = [];
  for (const key of collectionKeys(databases, catalogue)) {
    const name = key.split('/').map(decodeURIComponent).filter(Boolean).join('/');
    const documents = databases.get(documentsDatabase(key));
    listed.add(documentsDatabase(key));
    const indexes = (catalogue.get(key) ?? []).flatMap((definition) => {
      const database = databases.get(indexDatabase(key, definition).name);
      listed.add(indexDatabase(key, definition).name);
      if (database !== undefined) return [{ ...definition, database }];
      report(`${name}: the index on "${definition.field}" is not there`);
      return [];
    });
    if (documents === undefined) report(`${name}: the documents are not there`);
    else {
      const count = verifyCollection({ name, documents, indexes, report, onProgress });
      collections.push({ name, documents: count, indexes: indexes.length });
    }
  }
  for (const [name, database] of databases) {
    // One without entries is what is left of an index that could not be built.
    if (listed.has(name) || [...database.getKeys({ limit: 1 })].length === 0) continue;
    report(`The index "${name}" belongs to no collection`);
  }
  return collections;
}

function readCatalogue(
  databases: ReadonlyMap<string, BinaryDatabase>,
  report: Report,
): ReadonlyMap<string, readonly IndexDefinition[]> {
  const catalogue = new Map<string, readonly IndexDefinition[]>();
  for (const { key, value } of databases.get(CATALOGUE.name)?.getRange({}) ?? []) {
    const collection = (key as Buffer).toString();
    try {
      catalogue.set(collection, CATALOGUE_ENTRY.parse(decodePlain(value)).indexes);
    } catch {
      catalogue.set(collection, []);
      report(`The list of the indexes of "${collection}" cannot be read`);
    }
  }
  return catalogue;
}

function collectionKeys(
  databases: ReadonlyMap<string, BinaryDatabase>,
  catalogue: ReadonlyMap<string, unknown>,
): readonly string[] {
  const prefix = documentsDatabase('');
  const stored = [...databases.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  return [...new Set([...stored, ...catalogue.keys()])].sort();
}
