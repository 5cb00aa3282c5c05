/** What the rest of the gateway sees of a user's document. */
import type { UpdateResult } from '../store/port.ts';
import type { JsonObject } from './json.ts';
import type { CustomDataOperation } from './operations.ts';
import type { WriteMode } from './write-mode.ts';

/** A user's document at one moment, in the shape in which a token carries it. */
export interface Snapshot {
  /** The document as Extended JSON v2; absent: there is none, or it was left out for its size. */
  readonly data?: JsonObject;
  /** Revision of the document; absent: there is no document. */
  readonly revision?: string;
  /** When the document was read from the store, epoch milliseconds. */
  readonly readAt: number;
  /** Header bytes that the document would have needed, if it was left out. */
  readonly omittedBytes?: number;
}

/** What a caller wants done to the document: a document to combine with it, or operations on it. */
export type WriteChange =
  | {
      /** JSON as the client sent it; anything but an object is `BAD_USER_INPUT`. */
      readonly newCustomUserData: unknown;
      readonly mode: WriteMode;
    }
  | { readonly operations: readonly CustomDataOperation[] };

/** What the database driver would have reported. */
export type WriteResult = UpdateResult & {
  /** Documents deleted: 0 or 1. */
  readonly deletedCount: number;
};

/** The document after a write, and what the write did. */
export interface WrittenSnapshot {
  readonly snapshot: Snapshot;
  readonly result: WriteResult;
}

/** Conditions of a write. */
export interface WriteConditions {
  /** The revision the document must have; `''`: there must be no document. */
  readonly expectedRevision?: string;
}

/** Conditions of a write that leaves a document behind. */
export interface WriteOptions extends WriteConditions {
  /**
   * Shown the snapshot of exactly the document that is about to be stored; throws to refuse it,
   * and then nothing is written.
   */
  readonly accept?: (snapshot: Snapshot) => void;
}

/** Access to the users' documents. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface CustomData {
  /** Reads the user's document with one store operation. */
  readSnapshot(userId: string): Promise<Snapshot>;
  /**
   * Changes the user's document, or makes it if there is none; atomic and safe under races.
   *
   * Fails with `BAD_USER_INPUT`, `FIELD_NOT_WRITABLE`, `REVISION_CONFLICT` or whatever `accept`
   * throws; then nothing is written.
   */
  write(userId: string, change: WriteChange, options?: WriteOptions): Promise<WrittenSnapshot>;
  /** Deletes the user's document. Fails with `REVISION_CONFLICT`. */
  delete(userId: string, options?: WriteConditions): Promise<WrittenSnapshot>;
}
