/**
 * The write, stage after stage: read, parse and policy, combine, restore what the user may not touch, fit the
 * limits, validate, commit, snapshot.
 *
 * It is one optimistic loop over the store's compare-and-set, so what is checked is what is stored.
 */
import { GatewayError } from '../errors.ts';
import type { StoredDocument } from '../store/port.ts';
import type { IssuedSnapshot } from '../token/claims.ts';
import type { Document } from '../values/documents.ts';
import { isSameDocument } from '../values/equality.ts';
import { type ChangeListeners, tellChange } from './changed-paths.ts';
import { assertDocumentFits } from './document-limit.ts';
import { createIdentity, type DocumentPlace, findDocument } from './find-document.ts';
import { type History, NO_HISTORY } from './history/history.ts';
import type { Observation } from './history/recorder.ts';
import type { Turn } from './keyed-queue.ts';
import { type CustomDataOperation, parseOperations } from './operations.ts';
import { applyOperations } from './operators.ts';
import { restorableDocument } from './restore.ts';
import { revisionOf } from './revision.ts';
import { projectDocument } from './schema/projection.ts';
import { keepProtected, type NamedFields, type NextDocument } from './schema/protection.ts';
import { findNamed } from './schema/write-access.ts';
import { createSnapshot, foreseeSnapshot, type SnapshotParts } from './snapshot.ts';
import { applyWriteMode, type WriteMode } from './write-mode.ts';
import { parseWritableDocument, protectedFields, type WritePolicy } from './write-policy.ts';
import { describeWrite, NOTHING_DONE, type WriteResult } from './write-result.ts';

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

/** The document after a write, and what the write did. */
export interface WrittenSnapshot {
  readonly snapshot: IssuedSnapshot;
  readonly result: WriteResult;
}

/** Conditions of a write. */
export interface WriteConditions {
  /** The revision the document must have; `''`: none may be there; absent or `null`: any. */
  readonly expectedRevision?: string | null | undefined;
}

/** Conditions of a write, and whose it is. */
export interface WriterOptions extends WriteConditions, ChangeListeners {
  /**
   * Asked in every attempt, while the document is read: fails if the writer may not write any more. A write
   * that goes on while its user is deleted so comes to an end.
   */
  readonly authorize?: () => Promise<unknown>;
  /** `USER` by default. Operators may write all but identity fields. */
  readonly writer?: 'USER' | 'OPERATOR';
}

/** The same of a write that leaves a document behind. */
export interface WriteOptions extends WriterOptions {
  /**
   * Shown the snapshot of exactly the document that is about to be stored, with another revision of the same length;
   * throws to refuse it, and then nothing is written.
   */
  readonly accept?: (snapshot: IssuedSnapshot) => void;
  /** Whether the document is held to the schema, `true` by default. */
  readonly isValidated?: boolean;
}

/** What writing takes. */
export interface WriteParts extends DocumentPlace, SnapshotParts {
  /** What keeps the documents' histories; by default nothing does. */
  readonly history?: History;
}

/**
 * One attempt, in its turn; `null`: someone else changed the document first, or it is not what was expected.
 */
export type Attempt = (turn: Turn<StoredDocument | null>) => Promise<WrittenSnapshot | null>;

/** What is done to the part of a document that its writer sees; `current` is `null` if there is none. */
type Combine = (
  current: Document | null,
  seen: Document,
) => { readonly combined: Document; readonly named: NamedFields };

const NONE: NamedFields = new Set();

/** Prepares the attempts of a write. Fails as `CustomData.write` does. */
export async function prepareWrite(
  parts: WriteParts,
  userId: string,
  change: WriteChange,
  options: WriteOptions,
): Promise<Attempt> {
  const { accept, expectedRevision, isValidated = true, writer = 'USER' } = options;
  const { userIdField } = parts;
  const { schema = null } = parts;
  const policy: WritePolicy = {
    userId,
    userIdField,
    ...(schema === null || writer === 'OPERATOR' ? {} : { fields: schema.root }),
  };
  const combine =
    'restore' in change
      ? toRestoration(await findRevision(parts, userId, change.restore, options), policy)
      : toCombination(change, policy);
  const shape = (before: StoredDocument | null) => {
    assertRevision(parts, before, expectedRevision);
    const base = before?.document ?? createIdentity(userId, userIdField);
    const next = changeSeen(base, policy, (seen) => combine(before?.document ?? null, seen));
    // The size first: what a keyword costs grows with the document that it looks at.
    if (schema !== null && writer === 'USER') assertDocumentFits(base, next, schema);
    accept?.(foreseeSnapshot(next.document, parts));
    if (isValidated) schema?.assertValid(next, writer);
    return next;
  };
  return async (turn) => {
    const observed = await observeForWriter(parts, userId, options, turn.expected);
    const before = observed.stored;
    const shaped = shapeFrom(observed, shape);
    if (shaped === null) return null;
    const after = await commit(parts, observed, shaped.document, { writer, ...turn });
    if (after === null) return null;
    tellChange(options, before?.document ?? null, after.document, parts);
    return {
      snapshot: createSnapshot(after, parts),
      result: describeWrite(before, after, shaped.named),
    };
  };
}

/** What `shape` makes of a document; `null`: it fails for one that is expected, and may not have come to be. */
function shapeFrom<Shaped>(
  { isExpected, stored }: WriterObservation,
  shape: (before: StoredDocument | null) => Shaped,
): Shaped | null {
  try {
    return shape(stored);
  } catch (error) {
    if (isExpected) return null;
    throw error;
  }
}

/** Parses what is sent and holds it to the policy: operators at once, a document when it meets the one there is. */
function toCombination(
  change: Exclude<WriteChange, { readonly restore: string }>,
  policy: WritePolicy,
): Combine {
  if ('operations' in change) {
    const { operations, named } = parseOperations(change.operations, policy);
    return (_current, seen) => ({ combined: applyOperations(seen, operations), named });
  }
  const { newCustomUserData, mode } = change;
  const kept = protectedFields(policy);
  return (current, seen) => {
    const input = parseWritableDocument(newCustomUserData, current, policy, mode);
    const named = policy.fields === undefined ? NONE : new Set(findNamed(input, policy.fields));
    return { combined: applyWriteMode(mode, seen, input, kept), named };
  };
}

/** The same for a revision to bring back. */
function toRestoration(earlier: Document, policy: WritePolicy): Combine {
  const kept = protectedFields(policy);
  return (current, seen) => {
    const input = restorableDocument(earlier, current, policy);
    return { combined: applyWriteMode('REPLACE', seen, input, kept), named: NONE };
  };
}

/**
 * A change is applied to what its user sees of the document, and what the user does not see is put back
 * afterwards. So neither what it makes of the visible fields nor how it fails can depend on the others.
 */
function changeSeen(
  base: Document,
  { fields }: WritePolicy,
  change: (seen: Document) => ReturnType<Combine>,
): NextDocument {
  if (fields === undefined) {
    const { combined } = change(base);
    return { document: combined, visible: combined, named: NONE };
  }
  const seen = projectDocument(base, fields, 'user');
  const { combined, named } = change(seen);
  const visible = keepProtected(seen, combined, fields, named);
  return { document: keepProtected(base, visible, fields, named), visible, named };
}

interface WriterObservation extends Observation {
  /** Whether the document is not stored yet, as far as is known, but about to be. */
  readonly isExpected: boolean;
}

/**
 * The user's document, its history having been brought up to date, for somebody who may write. One that is expected
 * is taken for it, but not where a history is kept, which is to see what is stored.
 */
async function observeForWriter(
  parts: WriteParts,
  userId: string,
  { authorize }: WriterOptions,
  expected?: StoredDocument | null,
): Promise<WriterObservation> {
  const { history = NO_HISTORY } = parts;
  const isExpected = expected !== undefined && !history.isKept;
  const read = async () => (isExpected ? expected : findDocument(parts, userId));
  const [observed] = await Promise.all([history.observe(userId, read), authorize?.()]);
  return { ...observed, isExpected };
}

/** Only for somebody who may write: whether there is such a revision is nobody else's business. */
async function findRevision(
  { history = NO_HISTORY }: WriteParts,
  userId: string,
  revision: string,
  { authorize }: WriterOptions,
): Promise<Document> {
  await authorize?.();
  return history.find(userId, revision);
}

function assertRevision(
  { revisionKey }: WriteParts,
  stored: StoredDocument | null,
  expected: string | null | undefined,
): void {
  if (expected === undefined || expected === null) return;
  const currentRevision = stored === null ? null : revisionOf(stored.bytes, revisionKey);
  if ((currentRevision ?? '') === expected) return;
  throw new GatewayError('REVISION_CONFLICT', { currentRevision });
}

/** Makes the document what it is to be; `null` if someone else changed it first. */
async function commit(
  { collection, history = NO_HISTORY }: WriteParts,
  { stored: before, announce, isExpected, record }: WriterObservation,
  next: Document,
  {
    handOver,
    writer,
  }: Pick<Turn<StoredDocument | null>, 'handOver'> & {
    readonly writer: 'USER' | 'OPERATOR';
  },
): Promise<StoredDocument | null> {
  // What is expected has to be stored first: then even a change of nothing asks the store.
  if (before !== null && !isExpected && isSameDocument(before.document, next)) return before;
  const [, after] = await Promise.all([
    announce(next, writer),
    collection.compareAndSet(before, next, history.isKept ? undefined : handOver),
  ]);
  if (after !== null) await record(after);
  return after;
}

/** One attempt to delete the document. Fails as `CustomData.delete` does. */
export async function tryDelete(
  parts: WriteParts,
  userId: string,
  options: WriterOptions,
): Promise<WrittenSnapshot | null> {
  const { expectedRevision, writer = 'USER' } = options;
  const { stored: before, announce, record } = await observeForWriter(parts, userId, options);
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
  tellChange(options, before.document, after?.document ?? null, parts);
  return { snapshot: createSnapshot(after, parts), result: { ...NOTHING_DONE, deletedCount: 1 } };
}
