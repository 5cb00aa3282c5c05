/** The data service on MongoDB: the driver's methods, as the operator's code calls them. */
import type {
  AnyBulkWriteOperation,
  Collection,
  Filter as DriverFilter,
  UpdateFilter,
} from 'mongodb';
import { ObjectId } from '../../bson.ts';
import type { Document } from '../../values/documents.ts';
import type {
  BulkOperation,
  DataCollection,
  FindOptions,
  ModifyOptions,
  UpdateOptions,
  UpdateSpec,
} from '../data-collection.ts';
import { type CollectionName, createDataService, type DataServiceParts } from '../data-service.ts';
import { encodeDocument } from '../document-bytes.ts';
import type { OperationLimits } from '../operation-limits.ts';
import type { DataService, Filter } from '../port.ts';
import { decodeStored } from '../stored-document.ts';
import { createTurns, type Turns } from '../turns.ts';
import { toDataError } from './errors.ts';
import type { CollectionContext } from './mongodb-collection.ts';
import { toBytes } from './raw.ts';

/** What the data service is made of. */
export interface MongoDataParts extends Omit<CollectionContext, 'collection'> {
  readonly open: (name: CollectionName) => Collection;
  readonly names: DataServiceParts['names'];
  readonly isReserved: (name: CollectionName) => boolean;
}

/** Creates the data service. */
export function createMongoDataService(parts: MongoDataParts): DataService {
  const { open, names, isReserved, ...context } = parts;
  const turns = createTurns();
  return createDataService({
    names,
    isReserved,
    open: (name, limits) => {
      const maxTimeMS = Math.max(1, Math.floor(Math.min(context.maxTimeMS, limits.timeLeft())));
      const collection = open(name);
      return createDataCollection({ ...context, collection, limits, maxTimeMS, turns });
    },
  });
}

/** What one operation works with. */
interface DataContext extends CollectionContext {
  readonly limits: OperationLimits;
  readonly turns: Turns;
}

function createDataCollection(context: DataContext): DataCollection {
  return {
    ...createReads(context),
    ...createInserts(context),
    ...createUpdates(context),
    ...createRemovals(context),
    ...createBulk(context),
  };
}

const ONCE = { translate: toDataError } as const;
/** For what may have been applied in part when the server asks to try again. */
const IN_PARTS = { translate: toDataError, isRepeatable: false } as const;

/** Documents of one answer: some servers would send all of them at once. */
const BATCH = 500;

function createReads(context: DataContext) {
  const { collection, limits, runner, maxTimeMS } = context;
  const raw = { maxTimeMS, raw: true, batchSize: BATCH } as const;
  const whileWanted = (end: AbortSignal) => ({ signal: AbortSignal.any([end, limits.signal]) });
  return {
    find: (filter, options) =>
      runner.run((end) => {
        const settings = { ...raw, ...toFindOptions(options), ...whileWanted(end) };
        return readAll(collection.find(asFilter(filter), settings), context);
      }, ONCE),
    count: (filter, { skip, limit }) =>
      runner.run((end) => {
        const settings = { maxTimeMS, ...paging(skip, limit), ...whileWanted(end) };
        return collection.countDocuments(asFilter(filter), settings);
      }, ONCE),
    distinct: (field, filter) =>
      runner.run(async () => {
        const options = { maxTimeMS, promoteValues: false, bsonRegExp: true };
        const values = await collection.distinct(field, asFilter(filter), options);
        const bytes = encodeDocument({ values });
        limits.hold(bytes.length);
        return decodeStored(bytes).document.values as unknown[];
      }, ONCE),
    aggregate: (pipeline) =>
      runner.run((end) => {
        const settings = { ...raw, ...whileWanted(end) };
        return readAll(collection.aggregate([...pipeline], settings), context);
      }, IN_PARTS),
  } satisfies Partial<DataCollection>;
}

/** Reads a cursor batch by batch; what ends the reading, whatever it is, ends the cursor as well. */
async function readAll(
  cursor: AsyncIterable<unknown>,
  { limits, turns }: DataContext,
): Promise<Document[]> {
  const found: Document[] = [];
  const work = turns.begin(limits.signal);
  for await (const answer of cursor) {
    const bytes = toBytes(answer);
    limits.hold(bytes.length);
    found.push(decodeStored(bytes).document);
    if (work.isOver()) await work.rest();
  }
  return found;
}

function createInserts({ collection, runner }: CollectionContext) {
  return {
    insertOne: (document) =>
      runner.run(async () => {
        const identified = withId(document);
        await collection.insertOne(identified);
        return { insertedId: toOwnValue(identified._id) };
      }, ONCE),
    insertMany: (documents) =>
      runner.run(async () => {
        const identified = documents.map(withId);
        if (identified.length > 0) await collection.insertMany(identified);
        return { insertedIds: identified.map(({ _id }) => toOwnValue(_id)) };
      }, IN_PARTS),
  } satisfies Partial<DataCollection>;
}

function createUpdates({ collection, runner, maxTimeMS }: CollectionContext) {
  const modify = (options: ModifyOptions) => ({
    maxTimeMS,
    raw: true,
    ...toModifyOptions(options),
    returnDocument: options.returnNewDocument ? ('after' as const) : ('before' as const),
  });
  return {
    update: (filter, update, options) =>
      runner.run(
        async () => {
          const { many, upsert } = options;
          const settings = { maxTimeMS, upsert, ...arrayFiltersOf(options) };
          const result = await (many
            ? collection.updateMany(asFilter(filter), asUpdate(update), settings)
            : collection.updateOne(asFilter(filter), asUpdate(update), settings));
          const { matchedCount, modifiedCount, upsertedCount, upsertedId } = result;
          const upserted = upsertedCount > 0 ? { upsertedId: toOwnValue(upsertedId) } : {};
          return { matchedCount, modifiedCount, ...upserted };
        },
        { ...ONCE, retryDuplicateKey: options.upsert, isRepeatable: !options.many },
      ),
    findOneAndUpdate: (filter, update, options) =>
      runner.run(
        async () => {
          const found = await collection.findOneAndUpdate(asFilter(filter), asUpdate(update), {
            ...modify(options),
            ...arrayFiltersOf(options),
          });
          return toTypedOrNull(found);
        },
        { ...ONCE, retryDuplicateKey: options.upsert },
      ),
    findOneAndReplace: (filter, replacement, options) =>
      runner.run(
        async () =>
          toTypedOrNull(
            await collection.findOneAndReplace(asFilter(filter), replacement, modify(options)),
          ),
        { ...ONCE, retryDuplicateKey: options.upsert },
      ),
  } satisfies Partial<DataCollection>;
}

function createRemovals({ collection, runner, maxTimeMS }: CollectionContext) {
  return {
    findOneAndDelete: (filter, { projection, sort }) =>
      runner.run(async () => {
        const options = { maxTimeMS, raw: true, ...given({ projection, sort }) };
        return toTypedOrNull(await collection.findOneAndDelete(asFilter(filter), options));
      }, ONCE),
    delete: (filter, { many }) =>
      runner.run(async () => {
        const { deletedCount } = await (many
          ? collection.deleteMany(asFilter(filter), { maxTimeMS })
          : collection.deleteOne(asFilter(filter), { maxTimeMS }));
        return { deletedCount };
      }, ONCE),
  } satisfies Partial<DataCollection>;
}

function createBulk({ collection, runner }: CollectionContext) {
  return {
    bulkWrite: (operations, { ordered }) =>
      runner.run(async () => {
        const models = operations.map(toDriverOperation);
        const result = await collection.bulkWrite(models, { ordered });
        return {
          insertedCount: result.insertedCount,
          matchedCount: result.matchedCount,
          modifiedCount: result.modifiedCount,
          deletedCount: result.deletedCount,
          upsertedCount: result.upsertedCount,
          insertedIds: toOwnValue(result.insertedIds) as Record<number, unknown>,
          upsertedIds: toOwnValue(result.upsertedIds) as Record<number, unknown>,
        };
      }, IN_PARTS),
  } satisfies Partial<DataCollection>;
}

function toDriverOperation(operation: BulkOperation): AnyBulkWriteOperation<Document> {
  switch (operation.type) {
    case 'insertOne':
      return { insertOne: { document: withId(operation.document) } };
    case 'updateOne':
    case 'updateMany': {
      const { type, filter, update, upsert } = operation;
      const model = {
        filter: asFilter(filter),
        update: asUpdate(update),
        upsert,
        ...arrayFiltersOf(operation),
      };
      return type === 'updateMany' ? { updateMany: model } : { updateOne: model };
    }
    case 'replaceOne': {
      const { filter, replacement, upsert } = operation;
      return { replaceOne: { filter: asFilter(filter), replacement, upsert } };
    }
    case 'deleteOne':
      return { deleteOne: { filter: asFilter(operation.filter) } };
    case 'deleteMany':
      return { deleteMany: { filter: asFilter(operation.filter) } };
  }
}

/** With an id from our own library, so that a driver with another copy of it need not make one. */
function withId(document: Document): Document {
  const { _id = new ObjectId(), ...fields } = document;
  return { _id, ...fields };
}

function toFindOptions({ projection, sort, skip, limit }: FindOptions) {
  return { ...given({ projection, sort }), ...paging(skip, limit) };
}

/** The driver takes 0 for a limit that it has to send, where it would mean none. */
function paging(skip: number, limit: number) {
  return { ...(skip > 0 && { skip }), ...(limit > 0 && { limit }) };
}

function toModifyOptions({ projection, sort, upsert }: ModifyOptions) {
  return { upsert, ...given({ projection, sort }) };
}

function arrayFiltersOf({ arrayFilters }: UpdateOptions) {
  return arrayFilters === undefined ? {} : { arrayFilters: [...arrayFilters] };
}

/** The members that are there, which is how the driver wants its options. */
function given<T extends object>(options: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as never;
}

function toTypedDocument(answer: unknown): Document {
  return decodeStored(toBytes(answer)).document;
}

function toTypedOrNull(answer: unknown): Document | null {
  return answer === null ? null : toTypedDocument(answer);
}

/** A value that the driver decoded, as one of the classes of `src/bson.ts`. */
function toOwnValue(value: unknown): unknown {
  return decodeStored(encodeDocument({ value })).document.value;
}

function asFilter(filter: Filter): DriverFilter<Document> {
  return filter as DriverFilter<Document>;
}

function asUpdate(update: UpdateSpec): UpdateFilter<Document> | Document[] {
  return (Array.isArray(update) ? [...update] : update) as UpdateFilter<Document> | Document[];
}
