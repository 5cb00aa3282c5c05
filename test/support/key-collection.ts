/** The collection of keys in memory: what loading and changing keys uses of one. */
import { type DocumentCollection, DuplicateKeyError } from '../../src/store/port.ts';
import type { Document } from '../../src/values/documents.ts';
import { createMemoryCollection } from './memory-collection.ts';

/** The `_id` of the document with the signing keys. */
export const SIGNING_KEYS_ID = 'signing-keys';

const RESULT = { acknowledged: true, upsertedId: null };

/** Creates the collection with what is in it; `calls` counts operations by name. */
export function createKeyCollection(documents = new Map<unknown, Document>()) {
  const calls = { findOne: 0, insertOne: 0, updateOne: 0 };
  const collection: DocumentCollection = {
    ...createMemoryCollection(),
    within: () => collection,
    findOne: async <T extends Document>({ _id }: Document) => {
      calls.findOne += 1;
      return (structuredCloneOf(documents.get(_id)) as T | undefined) ?? null;
    },
    insertOne: async (document) => {
      calls.insertOne += 1;
      if (documents.has(document._id)) throw new DuplicateKeyError();
      documents.set(document._id, document);
      return { insertedId: document._id };
    },
    updateOne: async ({ _id, ...filter }, { $set = {}, $unset = {} }) => {
      calls.updateOne += 1;
      const document = documents.get(_id);
      if (document === undefined || !matches(document, filter)) {
        return { ...RESULT, matchedCount: 0, modifiedCount: 0 };
      }
      const rest = Object.entries(document).filter(([name]) => !Object.hasOwn($unset, name));
      documents.set(_id, { ...Object.fromEntries(rest), ...$set });
      return { ...RESULT, matchedCount: 1, modifiedCount: 1 };
    },
  };
  return { collection, documents, calls };
}

function matches(document: Document, filter: Document): boolean {
  return Object.entries(filter).every(([name, condition]) => {
    const { $in } = (condition ?? {}) as { readonly $in?: readonly unknown[] };
    return $in === undefined ? document[name] === condition : $in.includes(document[name] ?? null);
  });
}

/** A store gives back other objects than it was given. */
function structuredCloneOf(document: Document | undefined): Document | undefined {
  return document === undefined ? undefined : { ...document };
}
