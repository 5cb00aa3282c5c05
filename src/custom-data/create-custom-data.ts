/**
 * The users' documents in a collection.
 *
 * A write is one optimistic loop over the store's compare-and-set, so what is checked is what is
 * stored.
 */
import { serialize } from '../bson.ts';
import { createDeadline, type Deadline } from '../deadline.ts';
import { GatewayError } from '../errors.ts';
import type { DocumentCollection, StoredDocument } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import { isSameDocument } from '../values/equality.ts';
import { repeatUntilDone } from './attempts.ts';
import type {
  CustomData,
  CustomDataParts,
  WriteChange,
  WriteOptions,
  WriteResult,
  WriterOptions,
  WrittenSnapshot,
} from './custom-data.ts';
import { assertDocumentFits } from './document-limit.ts';
import { createIdentity, findDocument } from './find-document.ts';
import type { Writer } from './history/entry.ts';
import { type History, NO_HISTORY } from './history/history.ts';
import type { Observation } from './history/recorder.ts';
import { createKeyedQueue, type KeyedQueue } from './keyed-queue.ts';
import { createChange, createRestoration } from './next-document.ts';
import { revisionOf } from './revision.ts';
import { projectDocument } from './schema/projection.ts';
import type { NamedFields } from './schema/protection.ts';
import { createSnapshot, toClaim } from './snapshot.ts';
import type { WritePolicy } from './write-policy.ts';

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
  return createAccess(parts, createKeyedQueue(QUEUE_PATIENCE_MILLISECONDS));
}

/** All accesses to one collection share one queue, whatever their deadlines are. */
function createAccess(parts: CustomDataParts, inTurn: KeyedQueue, limit?: Deadline): CustomData {
  const { history = NO_HISTORY, sleep } = parts;
  /** Attempts in turn, until the deadline of the request or, without one, one of their own. */
  const repeat = (userId: string, attempt: Attempt) => {
    const deadline = limit ?? createDeadline(parts.now);
    const time = { deadline, ...(sleep === undefined ? {} : { sleep }) };
    return inTurn(userId, deadline, () => repeatUntilDone(time, attempt));
  };
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

    async readDocument(userId) {
      const stored = await read(userId);
      if (stored === null) return { document: null, revision: '' };
      const root = parts.schema?.()?.root;
      const { bytes, document } = stored;
      return {
        document: root === undefined ? document : projectDocument(document, root, 'user'),
        revision: revisionOf(bytes, parts.revisionKey),
      };
    },

    async readWhole(userId) {
      const stored = await read(userId);
      if (stored === null) return null;
      const revision = revisionOf(stored.bytes, parts.revisionKey);
      return { data: toClaim(stored.document, 'canonical'), revision };
    },

    async write(userId, change, options = {}) {
      return repeat(userId, await prepareWrite(parts, userId, change, options));
    },

    delete: (userId, conditions = {}) => repeat(userId, () => tryDelete(parts, userId, conditions)),

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

    within(deadline) {
      const limited = {
        collection: parts.collection.within(deadline),
        history: history.within(deadline),
      };
      return createAccess({ ...parts, ...limited }, inTurn, deadline);
    },
  };
}

/** The user's document, its history having been brought up to date. */
function observeDocument(parts: CustomDataParts, userId: string): Promise<Observation> {
  const { history = NO_HISTORY } = parts;
  return history.recorder.observe(userId, () => findDocument(parts, userId));
}

/** The same for somebody who is going to write. */
async function observeForWriter(
  parts: CustomDataParts,
  userId: string,
  { authorize }: WriterOptions,
): Promise<Observation> {
  const [observed] = await Promise.all([observeDocument(parts, userId), authorize?.()]);
  return observed;
}

/** Only for somebody who may write: whether there is such a revision is nobody else's business. */
async function findRevision(
  history: History,
  userId: string,
  revision: string,
  { authorize }: WriterOptions,
): Promise<Document> {
  await authorize?.();
  return history.find(userId, revision);
}

async function prepareWrite(
  latest: CustomDataParts,
  userId: string,
  change: WriteChange,
  options: WriteOptions,
): Promise<Attempt> {
  const { accept, expectedRevision, isValidated = true, writer = 'USER' } = options;
  const { collection, history = NO_HISTORY, userIdField } = latest;
  // Taken once: policy, validation and projection of one write are of one schema, in every attempt.
  const schema = latest.schema?.() ?? null;
  const parts = { ...latest, schema: () => schema };
  const policy: WritePolicy = {
    userId,
    userIdField,
    ...(schema === null || writer === 'OPERATOR' ? {} : { fields: schema.root }),
  };
  const toNext =
    'restore' in change
      ? createRestoration(await findRevision(history, userId, change.restore, options), policy)
      : createChange(change, policy);
  return async () => {
    const observed = await observeForWriter(parts, userId, options);
    const before = observed.stored;
    // A change of a document rests on that document, an insertion on nothing that was deleted since.
    if (before === null) await options.authorize?.();
    assertRevision(parts, before, expectedRevision);
    const base = before?.document ?? createIdentity(userId, userIdField);
    const next = toNext(before?.document ?? null, base);
    const { document, named } = next;
    // The size first: what a keyword costs grows with the document that it looks at.
    if (schema !== null && writer === 'USER') assertDocumentFits(base, next, schema);
    accept?.(createSnapshot({ bytes: serialize(document), document }, parts));
    if (isValidated) schema?.assertValid(next, writer);
    const after = await commit(collection, observed, document, writer);
    if (after === null) return null;
    return { snapshot: createSnapshot(after, parts), result: describeWrite(before, after, named) };
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

/**
 * A write that names fields its user cannot see counts as one that modifies the document, whatever was there:
 * otherwise it would tell a right guess from a wrong one.
 */
function describeWrite(
  before: StoredDocument | null,
  after: StoredDocument,
  named: NamedFields,
): WriteResult {
  if (before === null) return { ...NOTHING_DONE, upsertedId: after.document._id };
  const isModified = named.size > 0 || !Buffer.from(before.bytes).equals(after.bytes);
  return { ...NOTHING_DONE, matchedCount: 1, modifiedCount: isModified ? 1 : 0 };
}

async function tryDelete(
  parts: CustomDataParts,
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
