/**
 * Which indexes a collection has. The list is kept in the store, because every process that writes
 * must maintain all of them, also those that only another process has asked for.
 */

import type { Document } from '../../values/documents.ts';
import { MISSING_KEY, valueKey } from '../../values/equality.ts';
import { valuesAt } from '../../values/paths.ts';
import { encodeDocument, sameBytes } from '../document-bytes.ts';
import { type CollectionDefinition, MAX_DUPLICATES } from '../port.ts';
import { decodeHeld } from './damage.ts';
import type { BinaryDatabase, DatabaseDefinition, Environment } from './environment.ts';
import {
  addEntry,
  documentKeysOf,
  entryKeys,
  hasField,
  type IndexDefinition,
  indexDatabase,
  type OpenIndex,
  removeEntry,
} from './index-entries.ts';
import type { Room } from './room.ts';

/** What an entry of a new index takes of the file, generously, for each byte of its own. */
const ENTRY_FACTOR = 4;
/** Lists the indexes of every collection. */
export const CATALOGUE: DatabaseDefinition = { name: 'catalogue', dupSort: false };

/** A collection's open databases. */
export interface OpenCollection {
  /** Key of `_id` → BSON bytes. */
  readonly documents: BinaryDatabase;
  readonly indexes: readonly OpenIndex[];
  /** Whether the list of indexes is still the stored one. Runs inside a transaction. */
  readonly isCurrent: () => boolean;
  /** Lets something be put, or fails for want of room; see `Room`. */
  readonly admit: Room['admit'];
}

/** Text that names a collection in the names of its databases. */
export function collectionKey(definition: CollectionDefinition): string {
  return [definition.database ?? '', definition.name].map(encodeURIComponent).join('/');
}

/** Name of the database of a collection's documents. */
export function documentsDatabase(key: string): string {
  return `documents/${key}`;
}

/** The collections in the names of their databases; without a database: the gateway's own. */
export function listCollections(
  environment: Pick<Environment, 'databaseNames'>,
  database?: string,
): { readonly database: string; readonly collection: string }[] {
  const prefix = documentsDatabase(
    database === undefined ? '' : collectionKey({ database, name: '' }),
  );
  return environment.databaseNames(prefix).map((name) => {
    const [, ...parts] = name.split('/').map(decodeURIComponent);
    return { database: parts[0] ?? '', collection: parts[1] ?? '' };
  });
}

/** Opens the databases of a collection with the indexes that the catalogue lists. */
export async function openDatabases(
  environment: Environment,
  key: string,
): Promise<OpenCollection> {
  const [catalogue, documents] = await environment.openDatabases([
    CATALOGUE,
    { name: documentsDatabase(key), dupSort: false },
  ]);
  if (catalogue === undefined || documents === undefined) throw new Error('A database is missing');
  const stored = environment.read(() => readCatalogue(catalogue, key));
  const definitions = parseCatalogue(stored);
  const databases = await environment.openDatabases(
    definitions.map((definition) => indexDatabase(key, definition)),
  );
  const indexes = definitions.flatMap((definition, position) => {
    const database = databases[position];
    return database === undefined ? [] : [{ ...definition, database }];
  });
  return {
    documents,
    indexes,
    isCurrent: () => sameBytes(readCatalogue(catalogue, key), stored),
    admit: environment.admit,
  };
}

/**
 * Adds the indexes that `definition` asks for, each built over the documents that exist, all in one
 * transaction.
 *
 * @returns the values that occur more than once in a field declared unique.
 * @throws Error if there are such values and `onDuplicates` is not `report`; nothing is added then.
 */
export async function ensureIndexes(
  environment: Environment,
  definition: CollectionDefinition,
): Promise<readonly unknown[]> {
  const key = collectionKey(definition);
  const { documents } = await openDatabases(environment, key);
  const wanted = wantedIndexes(definition);
  const databases = await environment.openDatabases([
    CATALOGUE,
    ...wanted.map((index) => indexDatabase(key, index)),
  ]);
  const [catalogue, ...targets] = databases;
  if (catalogue === undefined) throw new Error('A database is missing');
  const build = () => {
    const existing = parseCatalogue(readCatalogue(catalogue, key));
    const duplicates: unknown[] = [];
    let indexes = existing;
    for (const [position, index] of wanted.entries()) {
      const database = targets[position];
      if (database === undefined) continue;
      const result = addIndex(indexes, { ...index, database }, documents, environment.admit);
      if (result.duplicates.length > 0 && definition.onDuplicates !== 'report') {
        throw new Error(
          `The unique index on "${index.field}" cannot be built, because values occur twice`,
        );
      }
      duplicates.push(...result.duplicates);
      indexes = result.indexes;
    }
    if (indexes !== existing) void catalogue.put(Buffer.from(key), serializeCatalogue(indexes));
    return duplicates;
  };
  return environment.write(build);
}

/** The indexes that `definition` asks for. */
export function wantedIndexes(definition: CollectionDefinition): IndexDefinition[] {
  const { unique = [], indexes = [], expiresAt } = definition;
  const wanted: IndexDefinition[] = [
    ...unique.map((field): IndexDefinition => ({ field, kind: 'unique-if-present' })),
    ...indexes.map((field): IndexDefinition => ({ field, kind: 'plain' })),
    ...(expiresAt === undefined ? [] : [{ field: expiresAt, kind: 'expiry' } as const]),
  ];
  // The documents are kept by `_id`, which is index enough.
  return wanted.filter(({ field, kind }) => field !== '_id' || kind === 'expiry');
}

interface Addition {
  readonly indexes: readonly IndexDefinition[];
  readonly duplicates: readonly unknown[];
}

function addIndex(
  existing: readonly IndexDefinition[],
  wanted: OpenIndex,
  documents: BinaryDatabase,
  admit: Room['admit'],
): Addition {
  const { field, database } = wanted;
  if (isServed(existing, wanted)) return { indexes: existing, duplicates: [] };
  const present = indexLike(existing, wanted);
  const duplicates = findDuplicates(wanted, documents);
  const kind = duplicates.length > 0 ? 'plain' : wanted.kind;
  if (present?.kind === kind) return { indexes: existing, duplicates };
  if (present === undefined) buildIndex({ field, kind, database }, documents, admit);
  else leaveOutMissing(wanted, documents);
  return {
    indexes: [...existing.filter((index) => index !== present), { field, kind }],
    duplicates,
  };
}

/** The index that is there in the place of `wanted`. */
function indexLike(
  existing: readonly IndexDefinition[],
  wanted: IndexDefinition,
): IndexDefinition | undefined {
  const isExpiry = wanted.kind === 'expiry';
  return existing.find(
    (index) => index.field === wanted.field && (index.kind === 'expiry') === isExpiry,
  );
}

/** Whether an index that is there does what is wanted of it. */
export function isServed(existing: readonly IndexDefinition[], wanted: IndexDefinition): boolean {
  const present = indexLike(existing, wanted);
  return present?.kind === wanted.kind || (present !== undefined && wanted.kind === 'plain');
}

function buildIndex(index: OpenIndex, documents: BinaryDatabase, admit: Room['admit']): void {
  for (const { key, value } of documents.getRange({})) {
    const documentKey = key as Buffer;
    for (const entry of entryKeys(index, decodeHeld(value), documentKey)) {
      admit(ENTRY_FACTOR * (entry.length + documentKey.length));
      addEntry(index, entry, documentKey);
    }
  }
}

/** Makes an index that takes a missing field for null one that leaves those documents out. */
function leaveOutMissing(index: OpenIndex, documents: BinaryDatabase): void {
  for (const documentKey of documentKeysOf(index, MISSING_KEY)) {
    const bytes = documents.get(documentKey);
    if (bytes !== undefined && hasField(decodeHeld(bytes), index.field)) continue;
    removeEntry(index, MISSING_KEY, documentKey);
  }
}

/**
 * Values that a unique index would list for more than one document, at most `MAX_DUPLICATES` + 1. `goOn` is
 * called for each document, and may throw.
 */
export function findDuplicates(
  index: IndexDefinition,
  documents: BinaryDatabase,
  goOn: () => void = () => undefined,
): unknown[] {
  if (index.kind !== 'unique-if-present') return [];
  const seen = new Set<string>();
  const repeated = new Map<string, unknown>();
  for (const { key: documentKey, value } of documents.getRange({})) {
    goOn();
    const document = decodeHeld(value);
    for (const key of entryKeys(index, document, documentKey as Buffer)) {
      if (seen.has(key)) repeated.set(key, valueWithKey(document, index.field, key));
      seen.add(key);
    }
    if (repeated.size > MAX_DUPLICATES) break;
  }
  return [...repeated.values()].slice(0, MAX_DUPLICATES + 1);
}

function valueWithKey(document: Document, field: string, key: string): unknown {
  const values = valuesAt(document, field).flat();
  return values.find((value) => valueKey(value) === key) ?? null;
}

function readCatalogue(catalogue: BinaryDatabase, key: string): Uint8Array {
  return catalogue.get(Buffer.from(key)) ?? serializeCatalogue([]);
}

function serializeCatalogue(indexes: readonly IndexDefinition[]): Buffer {
  return Buffer.from(
    encodeDocument({ indexes: indexes.map(({ field, kind }) => ({ field, kind })) }),
  );
}

function parseCatalogue(bytes: Uint8Array): readonly IndexDefinition[] {
  return decodeHeld(bytes).indexes as readonly IndexDefinition[];
}
