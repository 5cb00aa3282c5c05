/** A `DocumentCollection` in memory: what the custom data repository uses of one, byte-exact. */
import { ObjectId } from '../../src/bson.ts';
import { differingFields, rewriteFields } from '../../src/store/document-bytes.ts';
import type { DocumentCollection, Filter, StoredDocument } from '../../src/store/port.ts';
import { decodeStored } from '../../src/store/stored-document.ts';
import type { Document } from '../../src/values/documents.ts';
import { toStored } from './bson-bytes.ts';

/** The collection, with a way to do what an outside writer does. */
export interface MemoryCollection extends DocumentCollection {
  /** The documents, in the order of insertion. */
  readonly documents: StoredDocument[];
  /** Called before each comparison; may change `documents`. */
  beforeCompare: () => void;
  /** Whether changes are made in the order in which they are asked for, and it says so. */
  ordersChanges: boolean;
  /** Operations so far. */
  readonly counts: { find: number; write: number };
}

const unused = () => Promise.reject(new Error('The repository does not use this operation'));

/** Creates a collection that holds `initial`. */
export function createMemoryCollection(initial: readonly Document[] = []): MemoryCollection {
  const documents = initial.map(toStored);
  const indexOf = (before: StoredDocument) =>
    documents.findIndex(({ bytes }) => Buffer.from(bytes).equals(before.bytes));
  const collection: MemoryCollection = {
    documents,
    counts: { find: 0, write: 0 },
    beforeCompare: () => undefined,
    ordersChanges: false,
    duplicateKeys: [],
    within: () => collection,
    insertOne: unused,
    findOne: unused,
    find: unused,
    updateOne: unused,
    findOneAndUpdate: unused,
    deleteOne: unused,
    deleteMany: unused,

    async findStored(filter, options) {
      await Promise.resolve();
      collection.counts.find += 1;
      const [[field, condition]] = Object.entries(filter) as [[string, { $in: unknown[] }]];
      const wanted = condition.$in.map(sortKey);
      const fields = Object.keys(options?.sort ?? {});
      const [first] = documents
        .filter(({ document }) => wanted.includes(sortKey(document[field])))
        .sort((left, right) => compareBy(fields, left.document, right.document));
      return first ?? null;
    },

    async scanStored(filter, onFound) {
      await Promise.resolve();
      collection.counts.find += 1;
      const [[field, condition]] = Object.entries(filter) as [[string, { $in: unknown[] }]];
      const wanted = condition.$in.map(sortKey);
      for (const { bytes, document } of documents) {
        if (wanted.includes(sortKey(document[field]))) onFound(bytes);
      }
    },

    async compareAndSet(before, after, onOrdered) {
      const stored = before === null ? toStored(after) : change(before, after);
      if (collection.ordersChanges) onOrdered?.(stored);
      await Promise.resolve();
      collection.counts.write += 1;
      collection.beforeCompare();
      if (before === null) {
        const sameUser = ({ document }: StoredDocument) =>
          sortKey(document.userId) === sortKey(after.userId);
        if (documents.some(sameUser)) return null;
        documents.push(stored);
        return stored;
      }
      const index = indexOf(before);
      if (index === -1) return null;
      documents[index] = stored;
      return stored;
    },

    async compareAndDelete(before) {
      await Promise.resolve();
      collection.counts.write += 1;
      collection.beforeCompare();
      const index = indexOf(before);
      if (index !== -1) documents.splice(index, 1);
      return index !== -1;
    },
  };
  return collection;
}

/** A collection that finds nothing, and every filter that it was asked with. */
export function createLookUpRecorder() {
  const filters: Filter[] = [];
  const collection: DocumentCollection = {
    ...createMemoryCollection(),
    async findOne(filter) {
      filters.push(filter);
      return null;
    },
  };
  return { collection, filters };
}

/** As the stores do it: the fields that differ are written, and each stays in its place. */
function change(before: StoredDocument, after: Document): StoredDocument {
  const names = differingFields(before.document, after);
  return decodeStored(rewriteFields(before.bytes, names, after));
}

/** BSON sorts strings before ObjectIds, each by value. */
function sortKey(value: unknown): string {
  return value instanceof ObjectId ? `2${value.toHexString()}` : `1${String(value)}`;
}

function compareBy(fields: readonly string[], left: Document, right: Document): number {
  for (const field of fields) {
    const order = sortKey(left[field]).localeCompare(sortKey(right[field]));
    if (order !== 0) return order;
  }
  return 0;
}
