/**
 * The operations of one collection, each a single command.
 *
 * The driver repeats a write whose answer was lost. MongoDB recognises the repetition; some
 * compatible servers do not, so each operation says what a second application does.
 */
import type { Collection, Filter as DriverFilter, UpdateFilter } from 'mongodb';
import { ObjectId } from '../../bson.ts';
import type { Document } from '../../values/documents.ts';
import type { Sort } from '../../values/order.ts';
import { encodeDocument } from '../document-bytes.ts';
import type { DocumentCollection, Filter, StoredDocument, Update } from '../port.ts';
import { decodePlain, decodeStored } from '../stored-document.ts';
import { describeChange } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { isDuplicateKey } from './errors.ts';
import { toBytes } from './raw.ts';
import type { Runner } from './runner.ts';

/** What the operations need. */
export interface CollectionContext {
  readonly collection: Collection;
  readonly runner: Runner;
  /** Limit for the server, in milliseconds: it stops working on what nobody waits for. */
  readonly maxTimeMS: number;
}

/** What compare-and-set needs beside. */
export interface ComparingContext extends CollectionContext {
  readonly comparison: Comparison;
}

const WRITE = { isWrite: true } as const;

/** Creates the operations of a collection whose indexes have been seen to. */
export function createCollection(
  context: ComparingContext,
  duplicateKeys: readonly unknown[],
): DocumentCollection {
  return {
    duplicateKeys,
    ...createReads(context),
    ...createUpdates(context),
    ...createRemovals(context),
    ...createComparisons(context),
    within: (deadline) =>
      createCollection({ ...context, runner: context.runner.within(deadline) }, duplicateKeys),
  };
}

/** Creates the operations that read. */
export function createReads({ collection, runner, maxTimeMS }: CollectionContext) {
  return {
    findOne: (filter, { sort } = {}) =>
      runner.run(async () => {
        const options = { maxTimeMS, raw: true, ...sorting(sort) };
        return toPlain(await collection.findOne(asFilter(filter), options)) as never;
      }),
    find: (filter, { sort, skip = 0, limit = 0 } = {}) =>
      runner.run(async () => {
        const options = { maxTimeMS, raw: true, skip, limit, ...sorting(sort) };
        const found = await collection.find(asFilter(filter), options).toArray();
        return found.map(toPlain) as never[];
      }),
    findStored: (filter, { sort } = {}) =>
      runner.run(async () => {
        const options = { maxTimeMS, raw: true, ...sorting(sort) };
        return toStored(await collection.findOne(asFilter(filter), options));
      }),
  } satisfies Partial<DocumentCollection>;
}

function createUpdates(context: CollectionContext) {
  const { collection, runner, maxTimeMS } = context;
  return {
    insertOne: (document) => runner.run(() => insert(context, document), WRITE),
    // Twice: `$set` and `$unset` come to the same, an upsert then matches what it inserted (only
    // the counts differ). `$inc` and `$push` would count twice, on servers that do not deduplicate.
    updateOne: (filter, update, { upsert = false } = {}) =>
      runner.run(
        async () => {
          const result = await collection.updateOne(asFilter(filter), asUpdate(update), { upsert });
          const { acknowledged, matchedCount, modifiedCount, upsertedId } = result;
          return { acknowledged, matchedCount, modifiedCount, upsertedId: toOwnValue(upsertedId) };
        },
        { ...WRITE, retryDuplicateKey: upsert },
      ),
    // Twice: as `updateOne`, unless the filter no longer matches; the answer is then `null`.
    findOneAndUpdate: (filter, update) =>
      runner.run(async () => {
        const options = { maxTimeMS, raw: true, returnDocument: 'after' } as const;
        const found = await collection.findOneAndUpdate(
          asFilter(filter),
          asUpdate(update),
          options,
        );
        return toPlain(found) as never;
      }, WRITE),
  } satisfies Partial<DocumentCollection>;
}

/** Twice: deletes nothing more where the filter names one document, as all of ours do. */
function createRemovals({ collection, comparison, runner }: ComparingContext) {
  return {
    deleteOne: (filter) =>
      runner.run(async () => {
        const { deletedCount } = await collection.deleteOne(asFilter(filter));
        return { deletedCount };
      }, WRITE),
    deleteMany: (filter) =>
      runner.run(async () => {
        const { deletedCount } = await collection.deleteMany(asFilter(filter));
        return { deletedCount };
      }, WRITE),
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

/**
 * Twice: the document no longer is `before`, so the second does nothing and reports a lost
 * comparison although the first won. Nothing is written twice by that; a caller who reads again
 * and increments again may count twice, on servers that do not deduplicate.
 */
function createComparisons(context: ComparingContext) {
  return {
    compareAndSet: (before, after) =>
      context.runner.run(
        () => (before === null ? insertIfAbsent(context, after) : change(context, before, after)),
        WRITE,
      ),
  } satisfies Partial<DocumentCollection>;
}

async function change(
  { collection, comparison, maxTimeMS }: ComparingContext,
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
    const { insertedId } = await insert(context, document);
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
): Promise<{ readonly insertedId: unknown }> {
  const isIdNew = document._id === undefined;
  const { _id: insertedId = new ObjectId(), ...fields } = document;
  try {
    await collection.insertOne({ _id: insertedId, ...fields } as Document);
  } catch (error) {
    const isOurs = async () =>
      isIdNew && (await collection.findOne(byId(insertedId), { maxTimeMS })) !== null;
    if (!isDuplicateKey(error) || !(await isOurs())) throw error;
  }
  return { insertedId };
}

function toStored(answer: unknown): StoredDocument | null {
  return answer === null ? null : decodeStored(toBytes(answer));
}

function toPlain(answer: unknown): Document | null {
  return answer === null ? null : decodePlain(toBytes(answer));
}

/** A value that the driver decoded, as one of the classes of `src/bson.ts`. */
function toOwnValue(value: unknown): unknown {
  return decodePlain(encodeDocument({ value })).value;
}

function sorting(sort: Sort | undefined) {
  return sort === undefined ? {} : { sort };
}

function byId(id: unknown): DriverFilter<Document> {
  return asFilter({ _id: { $eq: id } });
}

/** The port's filters are the driver's; its types want to know the fields. */
function asFilter(filter: Filter): DriverFilter<Document> {
  return filter as DriverFilter<Document>;
}

function asUpdate(update: Update | Document): UpdateFilter<Document> {
  return update as UpdateFilter<Document>;
}
