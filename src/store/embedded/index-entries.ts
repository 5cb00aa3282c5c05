/** The entries that a collection's indexes hold for a document, and what keeps them right. */
import type { Document } from '../../values/documents.ts';
import { MISSING_KEY } from '../../values/equality.ts';
import { indexKeys, valuesAt } from '../../values/paths.ts';
import { elementsNamed, sameBytes } from '../document-bytes.ts';
import { DuplicateKeyError } from '../port.ts';
import { decodeHeld } from './damage.ts';
import type { BinaryDatabase, DatabaseDefinition } from './environment.ts';

/**
 * `plain` finds values, `unique-if-present` too and leaves out the documents that lack the field,
 * `expiry` lists dates in order. `unique` is how 0.1.0 made it: it takes a missing field for null.
 */
export const INDEX_KINDS = ['plain', 'unique-if-present', 'unique', 'expiry'] as const;
/** One of `INDEX_KINDS`. */
export type IndexKind = (typeof INDEX_KINDS)[number];

/** An index of a collection, as the catalogue lists it. */
export interface IndexDefinition {
  readonly field: string;
  readonly kind: IndexKind;
}

/** An index with its open database. Keys of values lead to keys of documents. */
export interface OpenIndex extends IndexDefinition {
  readonly database: BinaryDatabase;
}

const DATE_OFFSET = 2n ** 63n;
const DATE_BYTES = 8;

/** The database of an index. A `plain` index that becomes unique keeps its database. */
export function indexDatabase(collectionKey: string, index: IndexDefinition): DatabaseDefinition {
  const isExpiry = index.kind === 'expiry';
  const field = encodeURIComponent(index.field);
  return { name: `${isExpiry ? 'expiry' : 'index'}/${collectionKey}/${field}`, dupSort: !isExpiry };
}

/** Keys under which an index lists `document`. */
export function entryKeys(
  index: IndexDefinition,
  document: Document,
  documentKey: Buffer,
): string[] {
  if (index.kind === 'unique-if-present' && !hasField(document, index.field)) return [];
  if (index.kind !== 'expiry') return [...indexKeys(document, index.field)];
  const dates = valuesAt(document, index.field)
    .flat()
    .filter((value) => value instanceof Date && !Number.isNaN(value.getTime()));
  return dates.map((date) => expiryKey(Number(date), documentKey).toString('latin1'));
}

/** As `$exists` has it: null is a value. */
export function hasField(document: Document, field: string): boolean {
  return valuesAt(document, field).some((value) => value !== undefined);
}

/** Whether the index lists every document that has one of the keys. */
export function listsAll(index: IndexDefinition, keys: ReadonlySet<string>): boolean {
  if (index.kind === 'unique-if-present') return !keys.has(MISSING_KEY);
  return index.kind !== 'expiry';
}

/** Where the documents that expire at `time` (epoch ms) begin in an expiry index. */
export function expiryKey(time: number, documentKey: Buffer = Buffer.alloc(0)): Buffer {
  const date = Buffer.alloc(DATE_BYTES);
  // The offset makes the order of bytes the order of times, before 1970 too.
  date.writeBigUInt64BE(BigInt(Math.trunc(time)) + DATE_OFFSET);
  return Buffer.concat([date, documentKey]);
}

/** Keys of the documents that `index` lists under `key`. */
export function documentKeysOf(index: OpenIndex, key: string): Buffer[] {
  const at = Buffer.from(key);
  if (!isUnique(index)) return [...index.database.getValues(at)];
  // One document at most, for which no cursor is needed.
  const only = index.database.get(at);
  return only === undefined ? [] : [only];
}

/**
 * Moves the entries of one document from what it was to what it becomes; either may be absent.
 * Runs inside a write transaction.
 *
 * @throws DuplicateKeyError before anything is written, if a unique index forbids the change.
 */
export function updateEntries(
  indexes: readonly OpenIndex[],
  documentKey: Buffer,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): void {
  const concerned = indexes.filter((index) => mayMove(index, before, after));
  if (concerned.length === 0) return;
  const [old, fresh] = [before, after].map((bytes) =>
    bytes === undefined ? undefined : decodeHeld(bytes),
  );
  const changes = concerned.map((index) => {
    const oldKeys = new Set(old === undefined ? [] : entryKeys(index, old, documentKey));
    const newKeys = new Set(fresh === undefined ? [] : entryKeys(index, fresh, documentKey));
    return {
      index,
      removed: [...oldKeys].filter((key) => !newKeys.has(key)),
      added: [...newKeys].filter((key) => !oldKeys.has(key)),
    };
  });
  for (const { index, added } of changes) {
    if (isUnique(index)) assertFree(index, added);
  }
  for (const { index, removed, added } of changes) {
    for (const key of removed) removeEntry(index, key, documentKey);
    for (const key of added) addEntry(index, key, documentKey);
  }
}

/** Whether the entries may change: they are made of one top-level field. Most writes leave that alone. */
function mayMove(
  { field }: IndexDefinition,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): boolean {
  if (before === undefined || after === undefined) return true;
  const [name = field] = field.split('.', 1);
  const [old = [], fresh = []] = [before, after].map((bytes) =>
    decodeHeld(bytes, (held) => elementsNamed(held, name)),
  );
  const isSame = (bytes: Uint8Array, place: number) => sameBytes(bytes, fresh[place] as Uint8Array);
  return old.length !== fresh.length || !old.every(isSame);
}

/** Whether no two documents may have one value. */
export function isUnique({ kind }: IndexDefinition): boolean {
  return kind === 'unique-if-present' || kind === 'unique';
}

/** Adds one entry to an index. */
export function addEntry(index: OpenIndex, key: string, documentKey: Buffer): void {
  void index.database.put(toDatabaseKey(index, key), documentKey);
}

/** Removes one entry of an index. */
export function removeEntry(index: OpenIndex, key: string, documentKey: Buffer): void {
  void index.database.remove(toDatabaseKey(index, key), documentKey);
}

/** An entry's key as the database has it. */
export function toDatabaseKey(index: OpenIndex, key: string): Buffer {
  return Buffer.from(key, index.kind === 'expiry' ? 'latin1' : 'utf8');
}

/** A document never meets its own entries here: those are not among the added ones. */
function assertFree(index: OpenIndex, keys: readonly string[]): void {
  if (keys.some((key) => documentKeysOf(index, key).length > 0)) {
    throw new DuplicateKeyError(`A document with the same value of "${index.field}" exists`);
  }
}
