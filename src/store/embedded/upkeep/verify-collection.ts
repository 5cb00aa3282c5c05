/** Reads every document of a collection and every entry of its indexes, and holds each to the other. */
import type { Document } from '../../../values/documents.ts';
import { decodePlain } from '../../stored-document.ts';
import { documentKey } from '../document-writes.ts';
import type { BinaryDatabase } from '../environment.ts';
import { entryKeys, isUnique, type OpenIndex, toDatabaseKey } from '../index-entries.ts';
import { createEntrySet, type EntrySet, entryText } from './entry-set.ts';

/** Where problems are told. */
export type Report = (problem: string) => void;

/** What verifying a collection takes. */
export interface CollectionParts {
  readonly name: string;
  readonly documents: BinaryDatabase;
  readonly indexes: readonly OpenIndex[];
  readonly report: Report;
  readonly onProgress: (text: string) => void;
}

/** How often it is said how far it is, in documents. */
const PROGRESS_DOCUMENTS = 50_000;
const SHOWN_KEY = 80;

/** Verifies a collection and returns how many documents it has. Runs in one turn of the event loop. */
export function verifyCollection(parts: CollectionParts): number {
  const { documents, indexes, name, onProgress } = parts;
  const wanted = new Map(indexes.map((index) => [index, createEntrySet()]));
  let count = 0;
  for (const { key, value } of documents.getRange({})) {
    count += 1;
    if (count % PROGRESS_DOCUMENTS === 0) onProgress(`checking ${name}: ${count} documents`);
    verifyDocument(parts, key as Buffer, value, wanted);
  }
  for (const [index, entries] of wanted) {
    if (!readIndex(parts, index).equals(entries)) reportDifferences(parts, index);
  }
  return count;
}

/** Adds to `wanted` the entries that the indexes must have for the document. */
function verifyDocument(
  { documents, name, report }: CollectionParts,
  own: Buffer,
  bytes: Buffer,
  wanted: ReadonlyMap<OpenIndex, EntrySet>,
): void {
  if (!documents.doesExist(own)) report(`${name}: ${show(own)} is not found by its key`);
  const document = decode(bytes);
  if (document === undefined) {
    report(`${name}: ${show(own)} is not BSON`);
    return;
  }
  if (!documentKey(document).equals(own)) {
    report(`${name}: ${show(own)} holds a document with another _id`);
  }
  for (const [index, entries] of wanted) {
    for (const key of databaseKeys(index, document, own)) entries.add(key, own);
  }
}

/** The entries that an index has. */
function readIndex({ name, report }: CollectionParts, index: OpenIndex): EntrySet {
  const entries = createEntrySet();
  let previous: Buffer | undefined;
  for (const { key, value } of index.database.getRange({})) {
    const at = key as Buffer;
    entries.add(at, value);
    const isAgain = previous?.equals(at) === true;
    if (isAgain && isUnique(index)) {
      report(`${name}: the unique index on "${index.field}" has a value twice`);
    }
    if (!isAgain && !index.database.doesExist(at)) {
      report(`${name}: the index on "${index.field}" does not find ${show(value)}`);
    }
    previous = at;
  }
  return entries;
}

/** Names the entries that are missing, and those that are there and should not be. */
function reportDifferences({ documents, name, report }: CollectionParts, index: OpenIndex): void {
  const missing = new Map<string, Buffer>();
  const unreadable = new Set<string>();
  for (const { key, value } of documents.getRange({})) {
    const own = key as Buffer;
    const document = decode(value);
    if (document === undefined) unreadable.add(own.toString('latin1'));
    else for (const at of databaseKeys(index, document, own)) missing.set(entryText(at, own), own);
  }
  for (const { key, value } of index.database.getRange({})) {
    // Of a document that is not BSON it was told already.
    const isWanted = missing.delete(entryText(key as Buffer, value));
    if (isWanted || unreadable.has(value.toString('latin1'))) continue;
    const why = documents.doesExist(value)
      ? 'under a value that it does not have'
      : 'that is not there';
    report(`${name}: the index on "${index.field}" has ${show(value)} ${why}`);
  }
  for (const own of missing.values()) {
    report(`${name}: the index on "${index.field}" lacks ${show(own)}`);
  }
}

function databaseKeys(index: OpenIndex, document: Document, own: Buffer): Buffer[] {
  return [...new Set(entryKeys(index, document, own))].map((key) => toDatabaseKey(index, key));
}

function decode(bytes: Buffer): Document | undefined {
  try {
    return decodePlain(bytes);
  } catch {
    return undefined;
  }
}

/** The key of a document, which has its `_id` in readable form. */
function show(key: Buffer): string {
  const text = key.toString().replace(/\p{C}/gu, '?');
  return `"${text.length > SHOWN_KEY ? `${text.slice(0, SHOWN_KEY)}…` : text}"`;
}
