/** The users' documents in a collection: read, written (`write.ts`), and their history. */
import { createDeadline, type Deadline } from '../deadline.ts';
import type { StoredDocument } from '../store/port.ts';
import type { IssuedSnapshot } from '../token/claims.ts';
import type { Document } from '../values/documents.ts';
import type { JsonObject } from '../values/json.ts';
import { repeatUntilDone } from './attempts.ts';
import { findDocument } from './find-document.ts';
import type { Writer } from './history/entry.ts';
import { type HistoryConnection, type HistoryQuery, NO_HISTORY } from './history/history.ts';
import { createKeyedQueue, type KeyedQueue } from './keyed-queue.ts';
import { type FoundRevision, readRevisions } from './read-revisions.ts';
import { revisionOf } from './revision.ts';
import { projectDocument } from './schema/projection.ts';
import { createSnapshot, toClaim } from './snapshot.ts';
import {
  type Attempt,
  prepareWrite,
  tryDelete,
  type WriteChange,
  type WriteOptions,
  type WriteParts,
  type WriterOptions,
  type WrittenSnapshot,
} from './write.ts';

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
  /** Whether the user has a document. */
  has(userId: string): Promise<boolean>;
  /** Reads the user's document with one store operation. */
  readSnapshot(userId: string): Promise<IssuedSnapshot>;
  /**
   * Reads what the user may see of the document, fields that do not travel in tokens included, as
   * canonical Extended JSON in the shape of a claim; `null` if there is none.
   */
  readVisible(userId: string): Promise<JsonObject | null>;
  /** The same as BSON values, with the revision to write on; `''` if there is no document. */
  readDocument(userId: string): Promise<VisibleDocument>;
  /** See `readRevisions`. */
  readRevisions(userIds: readonly string[], onFound: (found: FoundRevision) => void): Promise<void>;
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
   * Tells that `writer` may have changed the document past this gateway. Costs nothing if no
   * history is kept and nobody listens, and never fails.
   */
  noteChange(userId: string, writer: Writer): Promise<void>;
  /** Whether histories are kept. */
  readonly keepsHistory: boolean;
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
export interface CustomDataParts extends WriteParts {
  /** Waits for so many milliseconds; real time by default. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  /** Told whose document this process has changed, or a function that it ran may have. */
  readonly onChange?: (userId: string) => void;
}

/** Writers wait for each other, and may expect the document that the one before leaves; `null`: none. */
type WriteQueue = KeyedQueue<StoredDocument | null>;

/** How long writers of one document wait for their turn before they race. */
const QUEUE_PATIENCE_MILLISECONDS = 1000;

/** Creates the access to users' documents in `collection`. */
export function createCustomData(parts: CustomDataParts): CustomData {
  return createAccess(parts, createKeyedQueue(QUEUE_PATIENCE_MILLISECONDS));
}

/** Makes attempts in turn, until the deadline of the request or, without one, one of their own. */
function createRepeat(
  { now, onChange, sleep }: CustomDataParts,
  inTurn: WriteQueue,
  limit: Deadline | undefined,
) {
  return async (userId: string, attempt: Attempt) => {
    const deadline = limit ?? createDeadline(now);
    const time = { deadline, ...(sleep === undefined ? {} : { sleep }) };
    // Each attempt waits for its turn: who lost a race comes again after those who wait already.
    const written = await repeatUntilDone(time, () => inTurn(userId, deadline, attempt));
    onChange?.(userId);
    return written;
  };
}

/** All accesses to one collection share one queue, whatever their deadlines are. */
function createAccess(parts: CustomDataParts, inTurn: WriteQueue, limit?: Deadline): CustomData {
  const { history = NO_HISTORY, onChange, revisionKey } = parts;
  const repeat = createRepeat(parts, inTurn, limit);
  const find = (userId: string) => findDocument(parts, userId);
  const read = async (userId: string) => (await history.observe(userId, () => find(userId))).stored;
  const readDocument: CustomData['readDocument'] = async (userId) => {
    const stored = await read(userId);
    if (stored === null) return { document: null, revision: '' };
    const root = parts.schema?.root;
    const { bytes, document } = stored;
    return {
      document: root === undefined ? document : projectDocument(document, root, 'user'),
      revision: revisionOf(bytes, revisionKey),
    };
  };
  return {
    has: async (userId) => (await find(userId)) !== null,

    readSnapshot: async (userId) => createSnapshot(await read(userId), parts),
    readDocument,

    async readVisible(userId) {
      const { document } = await readDocument(userId);
      return document === null ? null : toClaim(document, 'canonical');
    },

    readRevisions: (userIds, onFound) => readRevisions(parts, userIds, onFound),

    async readWhole(userId) {
      const stored = await read(userId);
      if (stored === null) return null;
      const revision = revisionOf(stored.bytes, revisionKey);
      return { data: toClaim(stored.document, 'canonical'), revision };
    },

    write: async (userId, change, options = {}) =>
      repeat(userId, await prepareWrite(parts, userId, change, options)),

    delete: (userId, conditions = {}) => repeat(userId, () => tryDelete(parts, userId, conditions)),

    async noteChange(userId, writer) {
      onChange?.(userId);
      await history.note(userId, () => find(userId), writer);
    },

    keepsHistory: history.isKept,

    async readHistory(userId, { viewer, ...query }) {
      if (!history.isKept) return null;
      // What happened since the last look belongs to it.
      await read(userId);
      const fields = viewer === 'USER' ? parts.schema?.root : undefined;
      return history.read(userId, { ...query, fields });
    },

    deleteHistory: (userId) => history.deleteAll(userId),

    within(deadline) {
      const limited = {
        collection: parts.collection.within(deadline),
        history: history.within(deadline),
      };
      return createAccess({ ...parts, ...limited }, inTurn, deadline);
    },
  };
}
