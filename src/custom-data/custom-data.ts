import type { Deadline } from '../deadline.ts';
import type { DocumentCollection, UpdateResult } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import type { JsonObject } from '../values/json.ts';
import type { Writer } from './history/entry.ts';
import type { History, HistoryConnection, HistoryQuery } from './history/history.ts';
import type { CustomDataOperation } from './operations.ts';
import type { Snapshot, SnapshotParts } from './snapshot.ts';
import type { WriteMode } from './write-mode.ts';

export type { Snapshot } from './snapshot.ts';

/**
 * What a caller wants done to the document: a document to combine with it, operations on it, or a
 * revision of its history to bring back.
 */
export type WriteChange =
  | {
      /** JSON as the client sent it; anything but an object is `BAD_USER_INPUT`. */
      readonly newCustomUserData: unknown;
      readonly mode: WriteMode;
    }
  | { readonly operations: readonly CustomDataOperation[] }
  | { readonly restore: string };

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
  /** The revision the document must have; `''`: none may be there; absent or `null`: any. */
  readonly expectedRevision?: string | null | undefined;
}

/** Conditions of a write, and whose it is. */
export interface WriterOptions extends WriteConditions {
  /**
   * Asked in every attempt, and after the document was read if none was there: fails if the writer may not
   * write any more. A write that goes on while its user is deleted so comes to an end.
   */
  readonly authorize?: () => Promise<unknown>;
  /** `USER` by default. Operators may write all but identity fields. */
  readonly writer?: 'USER' | 'OPERATOR';
}

/** The same of a write that leaves a document behind. */
export interface WriteOptions extends WriterOptions {
  /**
   * Shown the snapshot of exactly the document that is about to be stored; throws to refuse it,
   * and then nothing is written.
   */
  readonly accept?: (snapshot: Snapshot) => void;
  /** Whether the document is held to the schema, `true` by default. */
  readonly isValidated?: boolean;
}

/** A document as operators see it. */
export interface WholeDocument {
  /** Canonical Extended JSON in the shape of a claim. */
  readonly data: JsonObject;
  readonly revision: string;
}

/** What the user may see of the document at one moment. */
export interface VisibleDocument {
  /** `null`: there is none. */
  readonly document: Document | null;
  /** For `expectedRevision`. */
  readonly revision: string;
}

/** Access to the users' documents. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface CustomData {
  /** Reads the user's document with one store operation. */
  readSnapshot(userId: string): Promise<Snapshot>;
  /**
   * Reads what the user may see of the document, fields that do not travel in tokens included, as
   * canonical Extended JSON in the shape of a claim; `null` if there is none.
   */
  readVisible(userId: string): Promise<JsonObject | null>;
  /** The same as BSON values, with the revision to write on; `''` if there is no document. */
  readDocument(userId: string): Promise<VisibleDocument>;
  /** Reads the whole document, hidden fields included, for operators; `null` if there is none. */
  readWhole(userId: string): Promise<WholeDocument | null>;
  /**
   * Changes the user's document, or makes it if there is none; atomic and safe under races.
   *
   * Fails with `BAD_USER_INPUT`, `FIELD_NOT_WRITABLE`, `CUSTOM_DATA_INVALID`, `REVISION_CONFLICT`,
   * `REVISION_NOT_FOUND` or whatever `accept` throws; then nothing is written.
   */
  write(userId: string, change: WriteChange, options?: WriteOptions): Promise<WrittenSnapshot>;
  /** Deletes the user's document. Fails with `REVISION_CONFLICT`. */
  delete(userId: string, options?: WriterOptions): Promise<WrittenSnapshot>;

  /**
   * Tells the history that `writer` may have changed the document past this gateway. Costs nothing if no
   * history is kept, and never fails.
   */
  noteChange(userId: string, writer: Writer): Promise<void>;
  /** Reads a part of the history as `viewer` may see it; `null` if none is kept. */
  readHistory(
    userId: string,
    query: Omit<HistoryQuery, 'fields'> & { readonly viewer: 'USER' | 'OPERATOR' },
  ): Promise<HistoryConnection | null>;
  /** Deletes the history, for users who are deleted. The document stays. */
  deleteHistory(userId: string): Promise<void>;
  /** The same for one request, whose deadline covers everything that it does. */
  within(deadline: Deadline): CustomData;
}

/** What the repository is made of. */
export interface CustomDataParts extends SnapshotParts {
  readonly collection: DocumentCollection;
  /** Top-level field that holds the user id; may be `_id`. */
  readonly userIdField: string;
  /** What keeps the documents' histories; by default nothing does. */
  readonly history?: History;
  /** Waits for so many milliseconds; real time by default. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}
