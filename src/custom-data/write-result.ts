/** What a write reports, in the words of the database driver. */
import { sameBytes } from '../store/document-bytes.ts';
import type { StoredDocument, UpdateResult } from '../store/port.ts';
import type { NamedFields } from './schema/protection.ts';

/** What the database driver would have reported. */
export type WriteResult = UpdateResult & {
  /** Documents deleted: 0 or 1. */
  readonly deletedCount: number;
};

/** Of a write that was not needed. */
export const NOTHING_DONE: WriteResult = {
  acknowledged: true,
  matchedCount: 0,
  modifiedCount: 0,
  upsertedId: null,
  deletedCount: 0,
};

/**
 * A write that names fields its user cannot see counts as one that modifies the document, whatever was there:
 * otherwise it would tell a right guess from a wrong one.
 */
export function describeWrite(
  before: StoredDocument | null,
  after: StoredDocument,
  named: NamedFields,
): WriteResult {
  if (before === null) return { ...NOTHING_DONE, upsertedId: after.document._id };
  const isModified = named.size > 0 || !sameBytes(before.bytes, after.bytes);
  return { ...NOTHING_DONE, matchedCount: 1, modifiedCount: isModified ? 1 : 0 };
}
