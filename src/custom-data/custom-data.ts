/**
 * The users' documents: what the rest of the gateway may do with them, and how.
 *
 * A write is one optimistic loop over the store's compare-and-set, so what is checked is what is
 * stored.
 */
import { serialize } from '../bson.ts';
import { GatewayError } from '../errors.ts';
import type { Document, DocumentCollection, StoredDocument, UpdateResult } from '../store/port.ts';
import { repeatUntilDone } from './attempts.ts';
import { isSameDocument } from './compare.ts';
import { assertDocumentFits } from './document-limit.ts';
import { createIdentity, findDocument } from './find-document.ts';
import type { Writer } from './history/entry.ts';
import {
  type History,
  type HistoryConnection,
  type HistoryQuery,
  NO_HISTORY,
} from './history/history.ts';
import type { Observation } from './history/recorder.ts';
import type { JsonObject } from './json.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { type CustomDataOperation, parseOperations } from './operations.ts';
import { applyOperations } from './operators.ts';
import { restorableDocument } from './restore.ts';
import { revisionOf } from './revision.ts';
import { keepProtected, projectDocument } from './schema/projection.ts';
import { createSnapshot, type Snapshot, type SnapshotParts, toClaim } from './snapshot.ts';
import { applyWriteMode, type WriteMode } from './write-mode.ts';
import { parseWritableDocument, protectedFields, type WritePolicy } from './write-policy.ts';

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

/** Access to the users' documents. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface CustomData {
  /** Reads the user's document with one store operation. */
  readSnapshot(userId: string): Promise<Snapshot>;
  /**
   * Reads what the user may see of the document, fields that do not travel in tokens included, as
   * canonical Extended JSON in the shape of a claim; `null` if there is none.
   */
  readVisible(userId: string): Promise<JsonObject | null>;
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

/** How long writers of one document wait for their turn before they race. */
const QUEUE_PATIENCE_MILLISECONDS = 1000;

const NOTHING_DONE: WriteResult = {
  acknowledged: true,
  matchedCount: 0,
  modifiedCount: 0,
  upsertedId: null,
  deletedCount: 0,
};

/** What one attempt came to; `null`: someone else changed the document first. */
type Attempt = () => Promise<WrittenSnapshot | null>;

/** Creates the access to users' documents in `collection`. */
export function createCustomData(parts: CustomDataParts): CustomData {
  const inTurn = createKeyedQueue(QUEUE_PATIENCE_MILLISECONDS);
  const { history = NO_HISTORY } = parts;
  const read = async (userId: string) => (await observeDocument(parts, userId)).stored;
  return {
    readSnapshot: async (userId) => createSnapshot(await read(userId), parts),

    async readVisible(userId) {
      const stored = await read(userId);
      if (stored === null) return null;
      const root = parts.schema?.()?.root;
      const { document } = stored;
      return toClaim(
        root === undefined ? document : projectDocument(document, root, 'user'),
        'canonical',
      );
    },

    async readWhole(userId) {
      const stored = await read(userId);
      if (stored === null) return null;
      const revision = revisionOf(stored.bytes, parts.revisionKey);
      return { data: toClaim(stored.document, 'canonical'), revision };
    },

    async write(userId, change, options = {}) {
      const write = await prepareWrite(parts, userId, change, options);
      return inTurn(userId, () => repeatUntilDone(parts, write));
    },

    delete: (userId, conditions = {}) =>
      inTurn(userId, () => repeatUntilDone(parts, () => tryDelete(parts, userId, conditions))),

    noteChange: (userId, writer) =>
      history.recorder.note(userId, () => findDocument(parts, userId), writer),

    async readHistory(userId, { viewer, ...query }) {
      if (!history.isKept) return null;
      // What happened since the last look belongs to it.
      await read(userId);
      const fields = viewer === 'USER' ? parts.schema?.()?.root : undefined;
      return history.read(userId, { ...query, fields });
    },

    deleteHistory: (userId) => history.deleteAll(userId),
  };
}

/** The user's document, its history having been brought up to date. */
function observeDocument(parts: CustomDataParts, userId: string): Promise<Observation> {
  const { history = NO_HISTORY } = parts;
  return history.recorder.observe(userId, () => findDocument(parts, userId));
}

async function prepareWrite(
  parts: CustomDataParts,
  userId: string,
  change: WriteChange,
  { accept, expectedRevision, isValidated = true, writer = 'USER' }: WriteOptions,
): Promise<Attempt> {
  const { collection, history = NO_HISTORY, userIdField } = parts;
  const schema = parts.schema?.() ?? null;
  const policy: WritePolicy = {
    userId,
    userIdField,
    ...(schema === null || writer === 'OPERATOR' ? {} : { fields: schema.root }),
  };
  const nextDocument =
    'restore' in change
      ? createRestoration(await history.find(userId, change.restore), policy)
      : createChange(change, policy);
  return async () => {
    const observed = await observeDocument(parts, userId);
    const before = observed.stored;
    assertRevision(parts, before, expectedRevision);
    const base = before?.document ?? createIdentity(userId, userIdField);
    const changed = nextDocument(before?.document ?? null, base);
    const { fields } = policy;
    const next = fields === undefined ? changed : keepProtected(base, changed, fields);
    if (isValidated) schema?.assertValid(next, writer);
    if (fields !== undefined) assertDocumentFits(base, next, fields);
    accept?.(createSnapshot({ bytes: serialize(next), document: next }, parts));
    const after = await commit(collection, observed, next, writer);
    if (after === null) return null;
    return { snapshot: createSnapshot(after, parts), result: describeWrite(before, after) };
  };
}

/** Makes the document what it is to be; `null` if someone else changed it first. */
async function commit(
  collection: DocumentCollection,
  { stored: before, announce, record }: Observation,
  next: Document,
  writer: Writer,
): Promise<StoredDocument | null> {
  if (before !== null && isSameDocument(before.document, next)) return before;
  const [, after] = await Promise.all([
    announce(next, writer),
    collection.compareAndSet(before, next),
  ]);
  if (after !== null) await record(after);
  return after;
}

/** A change as a function of the document there is, and of what it is built on if there is none. */
type NextDocument = (current: Document | null, base: Document) => Document;

function createChange(
  change: Exclude<WriteChange, { readonly restore: string }>,
  policy: WritePolicy,
): NextDocument {
  if ('operations' in change) {
    const operations = parseOperations(change.operations, policy);
    return (_current, base) => applyOperations(base, operations);
  }
  const kept = protectedFields(policy);
  return (current, base) => {
    const { newCustomUserData, mode } = change;
    const input = parseWritableDocument(newCustomUserData, current, policy, mode);
    return applyWriteMode(mode, base, input, kept);
  };
}

function createRestoration(earlier: Document, policy: WritePolicy): NextDocument {
  const kept = protectedFields(policy);
  return (current, base) =>
    applyWriteMode('REPLACE', base, restorableDocument(earlier, current, policy), kept);
}

function describeWrite(before: StoredDocument | null, after: StoredDocument): WriteResult {
  if (before === null) return { ...NOTHING_DONE, upsertedId: after.document._id };
  const isModified = !Buffer.from(before.bytes).equals(after.bytes);
  return { ...NOTHING_DONE, matchedCount: 1, modifiedCount: isModified ? 1 : 0 };
}

async function tryDelete(
  parts: CustomDataParts,
  userId: string,
  { expectedRevision, writer = 'USER' }: WriterOptions,
): Promise<WrittenSnapshot | null> {
  const { stored: before, announce, record } = await observeDocument(parts, userId);
  assertRevision(parts, before, expectedRevision);
  if (before === null) return { snapshot: createSnapshot(null, parts), result: NOTHING_DONE };
  const [, isDeleted] = await Promise.all([
    announce(null, writer),
    parts.collection.compareAndDelete(before),
  ]);
  if (!isDeleted) return null;
  // Read again, because old data may hold a duplicate that comes to light now.
  const after = await findDocument(parts, userId);
  await record(after);
  return { snapshot: createSnapshot(after, parts), result: { ...NOTHING_DONE, deletedCount: 1 } };
}

function assertRevision(
  { revisionKey }: CustomDataParts,
  stored: StoredDocument | null,
  expected: string | null | undefined,
): void {
  if (expected === undefined || expected === null) return;
  const currentRevision = stored === null ? null : revisionOf(stored.bytes, revisionKey);
  if ((currentRevision ?? '') === expected) return;
  throw new GatewayError('REVISION_CONFLICT', { currentRevision });
}
