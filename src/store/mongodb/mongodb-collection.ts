/**
 * The operations of one collection, each a single command.
 *
 * The driver repeats a write whose answer was lost. MongoDB recognises the repetition; some
 * compatible servers do not, so each operation says what a second application does.
 */
import type { Collection, Filter as DriverFilter, UpdateFilter } from 'mongodb';
import { ObjectId } from '../../bson.ts';
import type { Document } from '../../values/documents.ts';
import { encodeDocument } from '../document-bytes.ts';
import { type OperationLimits, UNLIMITED } from '../operation-limits.ts';
import type {
  DocumentCollection,
  Filter,
  FindOptions,
  ModifyOptions,
  StoredDocument,
  Update,
  UpdateOptions,
  UpdateResult,
} from '../port.ts';
import { decodeStored } from '../stored-document.ts';
import type { Turns } from '../turns.ts';
import { type Comparison, describeChange } from './compare-and-set.ts';
import { isDuplicateKey } from './driver-errors.ts';
import { toBytes } from './raw-answers.ts';
import type { Runner } from './runner.ts';
import { asFilter } from './unchanged-filter.ts';

/** What the operations need. */
export interface CollectionContext {
  readonly collection: Collection;
  readonly comparison: Comparison;
  readonly runner: Runner;
  /** Limit for the server, in milliseconds: it stops working on what nobody waits for. */
  readonly maxTimeMS: number;
  /** How the documents of answers are decoded. */
  readonly decode: (bytes: Uint8Array) => Document;
  readonly limits: OperationLimits;
  readonly turns: Turns;
}

const WRITE = { isWrite: true } as const;
/** Documents of one answer: some servers would send all of them at once. */
const BATCH = 500;

/** Creates the operations of a collection whose indexes have been seen to. */
export function createCollection(
  context: CollectionContext,
  duplicateKeys: readonly unknown[] = [],
): DocumentCollection {
  return {
    duplicateKeys,
    ...createReads(context),
    ...createWrites(context),
    ...createRemovals(context),
    within: (deadline) =>
      createCollection({ ...context, runner: context.runner.within(deadline) }, duplicateKeys),
  };
}

function createReads(context: CollectionContext) {
  const { collection, runner, maxTimeMS } = context;
  const first = (filter: Filter, options: FindOptions = {}) =>
    runner.run(() =>
      collection.findOne(asFilter(filter), { maxTimeMS, raw: true, ...given(options) }),
    );
  return {
    findOne: async (filter, options) => toDocument(context, await first(filter, options)) as never,
    find: (filter, { skip = 0, limit = 0, ...options } = {}) =>
      runner.run((end) => {
        const settings = {
          ...readSettings(context, end),
          ...given(options),
          ...paging(skip, limit),
        };
        return readAll(context, collection.find(asFilter(filter), settings)) as never;
      }),
    findStored: async (filter, options) => toStored(await first(filter, options)),
    scanStored: (filter, onFound) =>
      runner.run(async (end) => {
        const cursor = collection.find(asFilter(filter), readSettings(context, end));
        for await (const answer of cursor) onFound(toBytes(answer));
      }),
  } satisfies Partial<DocumentCollection>;
}

/** Options of what answers with a cursor; `end` as the runner gives it. */
export function readSettings({ limits, maxTimeMS }: CollectionContext, end: AbortSignal) {
  const signal = limits === UNLIMITED ? end : AbortSignal.any([end, limits.signal]);
  return { maxTimeMS, raw: true, batchSize: BATCH, signal };
}

/** Reads a cursor batch by batch; what ends the reading, whatever it is, ends the cursor as well. */
export async function readAll(
  { decode, limits, turns }: CollectionContext,
  cursor: AsyncIterable<unknown>,
): Promise<Document[]> {
  const found: Document[] = [];
  const work = turns.begin(limits.signal);
  for await (const answer of cursor) {
    const bytes = toBytes(answer);
    limits.hold(bytes.length);
    found.push(decode(bytes));
    if (work.isOver()) await work.rest();
  }
  return found;
}

function createWrites(context: CollectionContext) {
  const { collection, runner } = context;
  return {
    insertOne: (document) =>
      runner.run(async () => {
        return { insertedId: toOwnValue(context, await insert(context, document)) };
      }, WRITE),
    // Twice: `$set` and `$unset` come to the same, an upsert then matches what it inserted (only
    // the counts differ). `$inc` and `$push` would count twice, on servers that do not deduplicate.
    updateOne: (filter, update, options) =>
      runUpdate(context, 'updateOne', filter, update, options),
    // Twice: as `updateOne`, unless the filter no longer matches; the answer is then `null`.
    findOneAndUpdate: (filter, update, options = {}) =>
      runner.run(
        async () => {
          const settings = { ...modifySettings(context, options), ...arrayFiltersOf(options) };
          const found = await collection.findOneAndUpdate(
            asFilter(filter),
            asUpdate(update),
            settings,
          );
          return toDocument(context, found) as never;
        },
        { ...WRITE, retryDuplicateKey: options.upsert === true },
      ),
    /**
     * Twice: the document no longer is `before`, so the second does nothing and reports a lost
     * comparison although the first won. Nothing is written twice by that; a caller who reads again
     * and increments again may count twice, on servers that do not deduplicate.
     */
    compareAndSet: (before, after) =>
      runner.run(
        () => (before === null ? insertIfAbsent(context, after) : change(context, before, after)),
        WRITE,
      ),
  } satisfies Partial<DocumentCollection>;
}

/** Updates the first match, or all: what was done to some is not repeated when the server asks for it. */
export function runUpdate(
  context: CollectionContext,
  method: 'updateOne' | 'updateMany',
  filter: Filter,
  update: Update | readonly Document[],
  { upsert = false, arrayFilters }: UpdateOptions = {},
): Promise<UpdateResult> {
  const { collection, maxTimeMS } = context;
  const settings = { maxTimeMS, upsert, ...arrayFiltersOf({ arrayFilters }) };
  return context.runner.run(
    async () => {
      const result = await collection[method](asFilter(filter), asUpdate(update), settings);
      const { acknowledged, matchedCount, modifiedCount } = result;
      const upsertedId = toOwnValue(context, result.upsertedId);
      return { acknowledged, matchedCount, modifiedCount, upsertedId };
    },
    { ...WRITE, retryDuplicateKey: upsert, isRepeatable: method === 'updateOne' },
  );
}

/** Options of what changes a document and answers with it. */
export function modifySettings(
  { maxTimeMS }: CollectionContext,
  { projection, sort, returnDocument = 'after', upsert = false }: ModifyOptions,
) {
  return { maxTimeMS, raw: true, upsert, returnDocument, ...given({ projection, sort }) };
}

/** Twice: deletes nothing more where the filter names one document, as all of ours do. */
function createRemovals({ collection, comparison, maxTimeMS, runner }: CollectionContext) {
  const remove = (method: 'deleteOne' | 'deleteMany') => (filter: Filter) =>
    runner.run(async () => {
      const { deletedCount } = await collection[method](asFilter(filter), { maxTimeMS });
      return { deletedCount };
    }, WRITE);
  return {
    deleteOne: remove('deleteOne'),
    deleteMany: remove('deleteMany'),
    compareAndDelete: (before) =>
      runner.run(async () => {
        const { deletedCount } = await comparison.run(
          collection,
          { before, after: null },
          (unchanged) => collection.deleteOne(unchanged),
        );
        return deletedCount === 1;
      }, WRITE),
  } satisfies Partial<DocumentCollection>;
}

async function change(
  { collection, comparison, maxTimeMS }: CollectionContext,
  before: StoredDocument,
  after: Document,
): Promise<StoredDocument | null> {
  const what = describeChange(before.document, after);
  const options = { maxTimeMS, raw: true, returnDocument: 'after' } as const;
  const found = await comparison.run(collection, { before, after }, (unchanged) => {
    if (what.type === 'none') return collection.findOne(unchanged, { maxTimeMS, raw: true });
    if (what.type === 'replacement') {
      return collection.findOneAndReplace(unchanged, what.document, options);
    }
    const update = what.type === 'update' ? asUpdate(what.update) : what.pipeline;
    return collection.findOneAndUpdate(unchanged, update, options);
  });
  return toStored(found);
}

async function insertIfAbsent(
  context: CollectionContext,
  document: Document,
): Promise<StoredDocument | null> {
  try {
    const insertedId = await insert(context, document);
    // Read back, because the server may store other bytes than it was sent: it fills in empty
    // timestamps, for one.
    const options = { maxTimeMS: context.maxTimeMS, raw: true };
    return toStored(await context.collection.findOne(byId(insertedId), options));
  } catch (error) {
    if (isDuplicateKey(error)) return null;
    throw error;
  }
}

/** Twice: the second stumbles over the `_id` of the first. If the `_id` is new, it is our own. */
async function insert(
  { collection, maxTimeMS }: CollectionContext,
  document: Document,
): Promise<unknown> {
  const isIdNew = document._id === undefined;
  const { _id: insertedId = new ObjectId(), ...fields } = document;
  try {
    await collection.insertOne({ _id: insertedId, ...fields } as Document);
  } catch (error) {
    const isOurs = async () =>
      isIdNew && (await collection.findOne(byId(insertedId), { maxTimeMS })) !== null;
    if (!isDuplicateKey(error) || !(await isOurs())) throw error;
  }
  return insertedId;
}

function toStored(answer: unknown): StoredDocument | null {
  return answer === null ? null : decodeStored(toBytes(answer));
}

/** A document that the driver has not decoded, if there is one. */
export function toDocument({ decode }: CollectionContext, answer: unknown): Document | null {
  return answer === null ? null : decode(toBytes(answer));
}

/** A value that the driver decoded, as one of the classes of `src/bson.ts`. */
export function toOwnValue({ decode }: Pick<CollectionContext, 'decode'>, value: unknown): unknown {
  return decode(encodeDocument({ value })).value;
}

/** The members that are there, which is how the driver wants its options. */
export function given<T extends object>(
  options: T,
): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as never;
}

/** The driver takes 0 for a limit that it has to send, where it would mean none. */
export function paging(skip = 0, limit = 0) {
  return { ...(skip > 0 && { skip }), ...(limit > 0 && { limit }) };
}

/** The driver changes lists that it is given. */
export function arrayFiltersOf({ arrayFilters }: UpdateOptions) {
  return arrayFilters === undefined ? {} : { arrayFilters: [...arrayFilters] };
}

function byId(id: unknown): DriverFilter<Document> {
  return asFilter({ _id: { $eq: id } });
}

/** As `asFilter`, for updates. */
export function asUpdate(update: Document | readonly Document[]): UpdateFilter<Document> {
  return (Array.isArray(update) ? [...update] : update) as UpdateFilter<Document>;
}
