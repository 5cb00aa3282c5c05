/** Compare-and-set, byte for byte. */
import { differingFields, rewriteFields, sameBytes } from '../document-bytes.ts';
import { type DocumentCollection, DuplicateKeyError, type StoredDocument } from '../port.ts';
import { decodeStored } from '../stored-document.ts';
import { type CollectionContext, writeTo } from './collection-context.ts';
import { documentKey, insert, replace, withId } from './document-writes.ts';

/** Creates the operations that compare. */
export function createComparisons(context: CollectionContext) {
  return {
    compareAndSet: async (before, after) => {
      if (before === null) return insertIfAbsent(context, withId(after));
      const key = documentKey(before.document);
      if (!documentKey(after).equals(key)) throw new Error('The field "_id" cannot be changed');
      context.count('findAndModify');
      const names = differingFields(before.document, after);
      const bytes = rewriteFields(before.bytes, names, after);
      const isSet = await replaceIfUnchanged(context, before, bytes);
      return isSet ? decodeStored(bytes) : null;
    },
    compareAndDelete: (before) => {
      context.count('delete');
      return replaceIfUnchanged(context, before, undefined);
    },
  } satisfies Partial<DocumentCollection>;
}

async function insertIfAbsent(
  context: CollectionContext,
  bytes: Uint8Array,
): Promise<StoredDocument | null> {
  context.count('insert');
  try {
    await writeTo(context, (collection) => insert(collection, bytes));
    return decodeStored(bytes);
  } catch (error) {
    if (error instanceof DuplicateKeyError) return null;
    throw error;
  }
}

async function replaceIfUnchanged(
  context: CollectionContext,
  before: StoredDocument,
  after: Uint8Array | undefined,
): Promise<boolean> {
  const key = documentKey(before.document);
  return writeTo(context, (collection) => {
    const stored = collection.documents.get(key);
    if (stored === undefined || !sameBytes(stored, before.bytes)) return false;
    replace(collection, key, stored, after);
    return true;
  });
}
