/** Which stored document is the user's. */
import { ObjectId } from '../bson.ts';
import type { DocumentCollection, StoredDocument } from '../store/port.ts';
import type { Document } from '../values/documents.ts';

/** Where the documents are and how they name their users. */
export interface DocumentPlace {
  readonly collection: DocumentCollection;
  /** Top-level field that holds the user id; may be `_id`. */
  readonly userIdField: string;
}

const OBJECT_ID = /^[0-9a-f]{24}$/;

/**
 * The user's document. The id may be stored as a string or as an ObjectId, and where old data has
 * duplicates the first inserted counts: BSON sorts strings before ObjectIds, and ObjectIds made for
 * `_id` by the time of insertion, so one sorted query applies both rules.
 */
export function findDocument(
  { collection, userIdField }: DocumentPlace,
  userId: string,
): Promise<StoredDocument | null> {
  return collection.findStored(
    { [userIdField]: { $in: formsOf(userId) } },
    { sort: { [userIdField]: 1, _id: 1 } },
  );
}

/** How a user's id may be stored. */
export function formsOf(userId: string): readonly unknown[] {
  return OBJECT_ID.test(userId) ? [userId, new ObjectId(userId)] : [userId];
}

/** The fields that say whose document a new one is. */
export function createIdentity(userId: string, userIdField: string): Document {
  return userIdField === '_id' ? { _id: userId } : { _id: new ObjectId(), [userIdField]: userId };
}
