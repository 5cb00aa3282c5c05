/** Reading a history: page by page, the newest first, and never more of a document than may be seen. */
import { ObjectId } from '../../bson.ts';
import { encodeDocument, sameBytes } from '../../store/document-bytes.ts';
import type { Document } from '../../values/documents.ts';
import type { JsonObject } from '../../values/json.ts';
import type { FieldNode } from '../schema/field-tree.ts';
import { projectDocument } from '../schema/projection.ts';
import { toClaim } from '../snapshot.ts';
import { type DocumentChange, diffDocuments } from './diff.ts';
import type { HistoryEntries, ListRange } from './entries.ts';
import { documentOf, type HistoryEntry, isTooLarge } from './entry.ts';

/** One revision of a document. */
export interface HistoryRevision extends Pick<HistoryEntry, 'at' | 'revision' | 'writer'> {
  readonly isDeletion: boolean;
  /**
   * The document at this revision as canonical Extended JSON in the shape of a claim; `null` if it was
   * deleted, or too large to be kept.
   */
  readonly document: JsonObject | null;
  /** What the revision before had otherwise; `null` if one of the two was too large to be kept. */
  readonly changes: () => readonly DocumentChange[] | null;
}

/** A revision and its place in the history. */
export interface PlacedRevision extends HistoryRevision {
  readonly sequence: number;
}

/**
 * Reads revisions, the newest first. A revision that differs from the one before it in hidden fields only
 * is not shown at all, since its time and its writer would tell about them; nor, where fields are hidden,
 * one of which that cannot be known. `fields`: those of a schema; absent: all are shown.
 */
export async function readRevisions(
  entries: HistoryEntries,
  userId: string,
  { before, limit }: ListRange,
  fields: FieldNode | undefined,
): Promise<PlacedRevision[]> {
  const found: PlacedRevision[] = [];
  let newer: HistoryEntry | undefined;
  for await (const entry of listEntries(entries, userId, before, limit + 1)) {
    // Entries that are being removed may leave a gap.
    if (newer !== undefined && entry.sequence !== newer.sequence - 1) break;
    // The oldest entry is there to compare with, and is not shown itself.
    const revision = newer === undefined ? null : compareEntries(entry, newer, fields);
    if (revision !== null) found.push(revision);
    if (found.length === limit) break;
    newer = entry;
  }
  return found;
}

async function* listEntries(
  entries: HistoryEntries,
  userId: string,
  before: number | undefined,
  batch: number,
): AsyncGenerator<HistoryEntry, void, undefined> {
  let last = before;
  for (;;) {
    const older = await entries.list(userId, { before: last, limit: batch });
    yield* older;
    last = older.at(-1)?.sequence;
    if (older.length < batch || last === undefined) return;
  }
}

function compareEntries(
  before: HistoryEntry,
  entry: HistoryEntry,
  fields: FieldNode | undefined,
): PlacedRevision | null {
  const old = visibleDocument(before, fields);
  const document = visibleDocument(entry, fields);
  const isUnknown = isTooLarge(before) || isTooLarge(entry);
  if (fields?.hasUnseen === true && (isUnknown || isSame(old, document))) return null;
  const { sequence, revision, at, writer } = entry;
  return {
    sequence,
    revision,
    at,
    writer,
    isDeletion: revision === null,
    document: document === null ? null : toClaim(document, 'canonical'),
    changes: () => (isUnknown ? null : diffDocuments(showId(old ?? {}), showId(document ?? {}))),
  };
}

function visibleDocument(entry: HistoryEntry, fields: FieldNode | undefined): Document | null {
  const document = documentOf(entry)?.document ?? null;
  if (document === null || fields === undefined) return document;
  return projectDocument(document, fields, 'user');
}

function isSame(left: Document | null, right: Document | null): boolean {
  if (left === null || right === null) return left === right;
  return sameBytes(encodeDocument(left), encodeDocument(right));
}

/** An ObjectId `_id` is shown as hex digits everywhere. */
function showId(document: Document): Document {
  const { _id } = document;
  return _id instanceof ObjectId ? { ...document, _id: _id.toHexString() } : document;
}
