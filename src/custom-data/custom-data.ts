/**
 * The users' documents: what the rest of the gateway may do with them, and how.
 *
 * A write is one optimistic loop over the store's compare-and-set, so what is checked is what is
 * stored.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ObjectId, serialize } from '../bson.ts';
import { GatewayError, serviceUnavailable } from '../errors.ts';
import type { Document, DocumentCollection, StoredDocument, UpdateResult } from '../store/port.ts';
import { isSameDocument } from './compare.ts';
import { assertDocumentFits } from './document-limit.ts';
import type { JsonObject } from './json.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { type CustomDataOperation, parseOperations } from './operations.ts';
import { applyOperations } from './operators.ts';
import { revisionOf } from './revision.ts';
import { keepProtected, projectDocument } from './schema/projection.ts';
import { createSnapshot, type Snapshot, type SnapshotParts, toClaim } from './snapshot.ts';
import { applyWriteMode, type WriteMode } from './write-mode.ts';
import { parseWritableDocument, protectedFields, type WritePolicy } from './write-policy.ts';

export type { Snapshot } from './snapshot.ts';

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
  /** The revision the document must have; `''`: none may be there; absent or `null`: any. */
  readonly expectedRevision?: string | null | undefined;
}

/** Conditions of a write that leaves a document behind. */
export interface WriteOptions extends WriteConditions {
  /**
   * Shown the snapshot of exactly the document that is about to be stored; throws to refuse it,
   * and then nothing is written.
   */
  readonly accept?: (snapshot: Snapshot) => void;
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
  /**
   * Changes the user's document, or makes it if there is none; atomic and safe under races.
   *
   * Fails with `BAD_USER_INPUT`, `FIELD_NOT_WRITABLE`, `CUSTOM_DATA_INVALID`, `REVISION_CONFLICT` or
   * whatever `accept` throws; then nothing is written.
   */
  write(userId: string, change: WriteChange, options?: WriteOptions): Promise<WrittenSnapshot>;
  /** Deletes the user's document. Fails with `REVISION_CONFLICT`. */
  delete(userId: string, options?: WriteConditions): Promise<WrittenSnapshot>;
}

/** What the repository is made of. */
export interface CustomDataParts extends SnapshotParts {
  readonly collection: DocumentCollection;
  /** Top-level field that holds the user id; may be `_id`. */
  readonly userIdField: string;
  /** Waits for so many milliseconds; real time by default. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** How long to try again after lost races: a client should hear within five seconds. */
const RETRY_MILLISECONDS = 4000;
/** For clocks that stand still. */
const MAX_ATTEMPTS = 200;
const FIRST_BACKOFF_MILLISECONDS = 2;
const MAX_BACKOFF_MILLISECONDS = 100;
/** How long writers of one document wait for their turn before they race. */
const QUEUE_PATIENCE_MILLISECONDS = 1000;

const OBJECT_ID = /^[0-9a-f]{24}$/;

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
  return {
    readSnapshot: async (userId) => createSnapshot(await findDocument(parts, userId), parts),

    async readVisible(userId) {
      const stored = await findDocument(parts, userId);
      if (stored === null) return null;
      const root = parts.schema?.()?.root;
      const { document } = stored;
      return toClaim(
        root === undefined ? document : projectDocument(document, root, 'user'),
        'canonical',
      );
    },

    async readDocument(userId) {
      const stored = await findDocument(parts, userId);
      if (stored === null) return { document: null, revision: '' };
      const root = parts.schema?.()?.root;
      const { bytes, document } = stored;
      return {
        document: root === undefined ? document : projectDocument(document, root, 'user'),
        revision: revisionOf(bytes, parts.revisionKey),
      };
    },

    async write(userId, change, options = {}) {
      const write = prepareWrite(parts, userId, change, options);
      return inTurn(userId, () => repeat(parts, write));
    },

    delete: (userId, conditions = {}) =>
      inTurn(userId, () => repeat(parts, () => tryDelete(parts, userId, conditions))),
  };
}

/**
 * The user's document. The id may be stored as a string or as an ObjectId, and where old data has
 * duplicates the first inserted counts: BSON sorts strings before ObjectIds, and ObjectIds made for
 * `_id` by the time of insertion, so one sorted query applies both rules.
 */
function findDocument(
  { collection, userIdField }: CustomDataParts,
  userId: string,
): Promise<StoredDocument | null> {
  const forms = OBJECT_ID.test(userId) ? [userId, new ObjectId(userId)] : [userId];
  return collection.findStored(
    { [userIdField]: { $in: forms } },
    { sort: { [userIdField]: 1, _id: 1 } },
  );
}

function prepareWrite(
  parts: CustomDataParts,
  userId: string,
  change: WriteChange,
  { expectedRevision, accept }: WriteOptions,
): Attempt {
  const { collection, userIdField } = parts;
  const schema = parts.schema?.() ?? null;
  const nextDocument = createChange(change, {
    userId,
    userIdField,
    ...(schema === null ? {} : { fields: schema.root }),
  });
  return async () => {
    const before = await findDocument(parts, userId);
    assertRevision(parts, before, expectedRevision);
    const base = before?.document ?? createIdentity(userId, userIdField);
    const changed = nextDocument(before?.document ?? null, base);
    const next = schema === null ? changed : keepProtected(base, changed, schema.root);
    schema?.assertValid(next);
    if (schema !== null) assertDocumentFits(base, next, schema.root);
    accept?.(createSnapshot({ bytes: serialize(next), document: next }, parts));
    const isUnchanged = before !== null && isSameDocument(before.document, next);
    const after = isUnchanged ? before : await collection.compareAndSet(before, next);
    if (after === null) return null;
    return { snapshot: createSnapshot(after, parts), result: describeWrite(before, after) };
  };
}

/** The change as a function of the document there is, and of what it is built on if there is none. */
function createChange(
  change: WriteChange,
  policy: WritePolicy,
): (current: Document | null, base: Document) => Document {
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

function createIdentity(userId: string, userIdField: string): Document {
  return userIdField === '_id' ? { _id: userId } : { _id: new ObjectId(), [userIdField]: userId };
}

function describeWrite(before: StoredDocument | null, after: StoredDocument): WriteResult {
  if (before === null) return { ...NOTHING_DONE, upsertedId: after.document._id };
  const isModified = !Buffer.from(before.bytes).equals(after.bytes);
  return { ...NOTHING_DONE, matchedCount: 1, modifiedCount: isModified ? 1 : 0 };
}

async function tryDelete(
  parts: CustomDataParts,
  userId: string,
  { expectedRevision }: WriteConditions,
): Promise<WrittenSnapshot | null> {
  const before = await findDocument(parts, userId);
  assertRevision(parts, before, expectedRevision);
  if (before === null) return { snapshot: createSnapshot(null, parts), result: NOTHING_DONE };
  if (!(await parts.collection.compareAndDelete(before))) return null;
  // Read again, because old data may hold a duplicate that comes to light now.
  const after = await findDocument(parts, userId);
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

async function repeat(
  { now, sleep = delay }: CustomDataParts,
  attempt: Attempt,
): Promise<WrittenSnapshot> {
  const deadline = now() + RETRY_MILLISECONDS;
  for (let attempts = 0; attempts < MAX_ATTEMPTS && now() < deadline; attempts += 1) {
    const written = await attempt();
    if (written !== null) return written;
    const ceiling = Math.min(MAX_BACKOFF_MILLISECONDS, FIRST_BACKOFF_MILLISECONDS * 2 ** attempts);
    // Full jitter, so that writers who collided once do not collide again in step.
    await sleep(Math.random() * ceiling);
  }
  throw serviceUnavailable(new Error('The document kept changing under the write'));
}
