/** What the history keeps of one revision of a user's document. */
import { createHmac } from 'node:crypto';
import { Binary } from '../../bson.ts';
import { splitElements } from '../../store/document-bytes.ts';
import type { StoredDocument } from '../../store/port.ts';
import { decodeStored } from '../../store/stored-document.ts';
import type { Document } from '../../values/documents.ts';

/**
 * Who changed a document: its user, an operator's command, an operator's function, or someone whom the
 * gateway cannot name because the write did not go through it.
 */
export const WRITERS = ['USER', 'OPERATOR', 'FUNCTION', 'OUTSIDE'] as const;
/** One of `WRITERS`. */
export type Writer = (typeof WRITERS)[number];

/** A change that is about to be made: whoever finds it made knows by this who made it. */
export interface Intent extends Document {
  /** Fingerprint of what the document becomes. */
  readonly content: string;
  readonly writer: Writer;
  readonly at: Date;
}

/** One entry of a user's history, as stored. Entries of a user are numbered without gaps. */
export interface HistoryEntry extends Document {
  /** User id and sequence: the order of the entries, and what makes a number taken. */
  readonly _id: string;
  readonly userId: string;
  /** 0 is the entry that says that nothing was known before. */
  readonly sequence: number;
  /** Revision of the document after the change; `null`: there was none. */
  readonly revision: string | null;
  readonly writer: Writer;
  /** When it was written, by the clock of the gateway that wrote; for `OUTSIDE` when it was noticed. */
  readonly at: Date;
  /** The document after the change as BSON bytes; absent: there was none, or it is too large to keep. */
  readonly document?: Binary;
  /** Bytes of all entries before this one since the first, those removed since included. */
  readonly start: number;
  /** Bytes of this entry. */
  readonly size: number;
  /** Changes that were about to be made when this entry was the newest. */
  readonly intents: readonly Intent[];
}

/** Most bytes that the history of one user takes. */
export const MAX_HISTORY_BYTES = 4 * 1024 * 1024;
/** What an entry takes beside its document, generously. */
const ENTRY_OVERHEAD = 512;
/** Largest document that is kept: the newest entry and the one before it always fit. */
export const MAX_KEPT_BYTES = MAX_HISTORY_BYTES / 2 - ENTRY_OVERHEAD;

const SEQUENCE_DIGITS = 10;

/** `_id` of an entry. Text that sorts as the numbers do. */
export function entryId(userId: string, sequence: number): string {
  return `${userId}/${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

/** A change that the history is told of. */
export interface Change extends Pick<HistoryEntry, 'at' | 'revision' | 'writer'> {
  /** The document after the change; `null`: there is none. */
  readonly stored: StoredDocument | null;
}

/** The entry that begins a user's history: nothing was known before. */
export function createFirstEntry(userId: string, at: Date): HistoryEntry {
  const change = { stored: null, revision: null, writer: 'OUTSIDE', at } as const;
  return createEntryAt({ userId, sequence: 0, start: 0 }, change);
}

/** The entry that follows `previous`. */
export function createEntry(previous: HistoryEntry, change: Change): HistoryEntry {
  const { userId, sequence, start, size } = previous;
  return createEntryAt({ userId, sequence: sequence + 1, start: start + size }, change);
}

/** The entry at a place in a user's history. */
export function createEntryAt(
  { userId, sequence, start }: Pick<HistoryEntry, 'userId' | 'sequence' | 'start'>,
  change: Change,
): HistoryEntry {
  const { stored, revision, writer, at } = change;
  const kept = stored !== null && stored.bytes.length <= MAX_KEPT_BYTES ? stored.bytes : null;
  return {
    _id: entryId(userId, sequence),
    userId,
    sequence,
    revision,
    writer,
    at,
    ...(kept === null ? {} : { document: new Binary(kept) }),
    start,
    size: ENTRY_OVERHEAD + (kept?.length ?? 0),
    intents: [],
  };
}

/** The document that an entry keeps; `null`: there was none, or it was too large to keep. */
export function documentOf({ document }: HistoryEntry): StoredDocument | null {
  return document === undefined ? null : decodeStored(document.value());
}

/** Whether there was a document that was too large to keep. */
export function isTooLarge({ document, revision }: HistoryEntry): boolean {
  return document === undefined && revision !== null;
}

/**
 * A fingerprint of a document, given as BSON bytes, that does not depend on the order of its fields: a
 * store may order them otherwise than they were sent. Keyed, as revisions are. `null`: no document.
 */
export function contentOf(bytes: Uint8Array | null, key: Uint8Array): string {
  const hmac = createHmac('sha256', key).update('content');
  if (bytes !== null) {
    const elements = splitElements(bytes).map((element) => Buffer.from(element.bytes));
    for (const element of elements.sort(Buffer.compare)) hmac.update(element);
  }
  return hmac.digest('base64url');
}
