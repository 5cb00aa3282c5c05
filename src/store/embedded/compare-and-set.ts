/** Compare-and-set, byte for byte. */
import { differingFields, rewriteFields, sameBytes } from '../document-bytes.ts';
import { type DocumentCollection, DuplicateKeyError, type StoredDocument } from '../port.ts';
import { decodeStored } from '../stored-document.ts';
import { type CollectionContext, writeTo } from './collection-context.ts';
import { documentKey, insert, replace, withId } from './document-writes.ts';

/** Creates the operations that compare. */
export function createComparisons(context: CollectionContext) {
  return {
    compareAndSet: async (before, after, onOrdered) => {
      if (before === null) return insertIfAbsent(context, withId(after), onOrdered);
      const key = documentKey(before.document);
      if (!documentKey(after).equals(key)) throw new Error('The field "_id" cannot be changed');
      context.count('findAndModify');
      const names = differingFields(before.document, after);
      const bytes = rewriteFields(before.bytes, names, after);
      const stored = decodeStored(bytes);
      const isSet = replaceIfUnchanged(context, before, bytes);
      onOrdered?.(stored);
      return (await isSet) ? stored : null;
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
  onOrdered?: (stored: StoredDocument) => void,
): Promise<StoredDocument | null> {
  context.count('insert');
  const stored = decodeStored(bytes);
  try {
    const inserting = writeTo(context, (collection) => insert(collection, bytes));
    onOrdered?.(stored);
    await inserting;
    return stored;
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
