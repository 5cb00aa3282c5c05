/** The writes that every operation is made of. Each runs inside a write transaction. */
import { ObjectId } from '../../bson.ts';
import type { Document } from '../../values/documents.ts';
import { valueKey } from '../../values/equality.ts';
import { encodeNewDocument } from '../document-bytes.ts';
import { DataOperationError, DuplicateKeyError } from '../port.ts';
import { decodePlain } from '../stored-document.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { updateEntries } from './index-entries.ts';
import { PUT_OVERHEAD } from './room.ts';

/** Inserts a document that has an `_id`, and returns the `_id`. Fails with `DuplicateKeyError`. */
export function insert(collection: OpenCollection, bytes: Uint8Array, makesRoom = false): unknown {
  const document = decodePlain(bytes);
  const key = documentKey(document);
  if (collection.documents.doesExist(key)) {
    throw new DuplicateKeyError('A document with the same value of "_id" exists');
  }
  replace(collection, key, undefined, bytes, makesRoom);
  return document._id;
}

/**
 * The one place that writes: the document and its index entries change together. Fails with
 * `SERVICE_UNAVAILABLE` if there is no room.
 *
 * @param makesRoom whether the change is part of a deletion; one that removes the document is.
 */
export function replace(
  collection: OpenCollection,
  key: Buffer,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
  makesRoom = after === undefined,
): void {
  collection.admit(PUT_OVERHEAD + (after?.length ?? 0), makesRoom);
  updateEntries(collection.indexes, key, before, after);
  if (after === undefined) void collection.documents.remove(key);
  else void collection.documents.put(key, Buffer.from(after));
}

/** Key of a document in the database of documents. */
export function documentKey(document: Document): Buffer {
  return Buffer.from(valueKey(document._id));
}

/** Bytes of a new document, with an ObjectId `_id` if it has none. */
export function withId(document: Document): Uint8Array {
  const hasId = document._id !== undefined && document._id !== null;
  return encodeNewDocument(hasId ? document : { ...document, _id: new ObjectId() });
}

/** As `withId`. Fails with `DataOperationError` if MongoDB would not take the document. */
export function encodeNew(document: Document): Uint8Array {
  const bytes = withId(document);
  if (Array.isArray(document._id)) {
    throw new DataOperationError('The field "_id" cannot be an array');
  }
  assertSize(bytes);
  return bytes;
}

/** MongoDB's limit for a document, in bytes. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** The server's number for a document that is too large. */
const TOO_LARGE = 10_334;

/** Fails with `DataOperationError` if a document is larger than MongoDB's may be. */
export function assertSize({ length }: Uint8Array): void {
  if (length <= MAX_DOCUMENT_BYTES) return;
  throw new DataOperationError('A document may have at most 16 MiB', { code: TOO_LARGE });
}
