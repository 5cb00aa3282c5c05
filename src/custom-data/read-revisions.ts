/** The revisions of many users' documents, as cheaply as a database tells them. */
import { ObjectId } from '../bson.ts';
import { decodeStored } from '../store/stored-document.ts';
import { type DocumentPlace, formsOf } from './find-document.ts';
import { revisionOf } from './revision.ts';

/** A document that was found. */
export interface FoundRevision {
  readonly revision: string;
  /** Whose it is; `null`: nobody's any more. The document is decoded for it, which most need not be. */
  readonly userId: () => string | null;
}

/** What reading them takes. */
export interface RevisionParts extends DocumentPlace {
  readonly revisionKey: Uint8Array;
}

/**
 * Shows `onFound` each document of these users, in any order, past their history: one operation. Old data may hold
 * several of one user, all of which are shown. Fails with `SERVICE_UNAVAILABLE`.
 */
export function readRevisions(
  { collection, revisionKey, userIdField }: RevisionParts,
  userIds: readonly string[],
  onFound: (found: FoundRevision) => void,
): Promise<void> {
  return collection.scanStored({ [userIdField]: { $in: userIds.flatMap(formsOf) } }, (bytes) => {
    const userId = () => toUserId(decodeStored(bytes).document[userIdField]);
    onFound({ revision: revisionOf(bytes, revisionKey), userId });
  });
}

function toUserId(value: unknown): string | null {
  if (value instanceof ObjectId) return value.toHexString();
  return typeof value === 'string' ? value : null;
}
