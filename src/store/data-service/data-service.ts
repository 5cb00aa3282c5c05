/** The data service over whatever a store makes of a collection. */

import { isPlainObject } from '../../values/documents.ts';
import { type OperationLimits, UNLIMITED } from '../operation-limits.ts';
import { type DataMethod, DataOperationError, type DataService } from '../port.ts';
import {
  readBulkOperations,
  readBulkOptions,
  readDocument,
  readDocuments,
  readField,
  readFindOptions,
  readModifyOptions,
  readOptionalDocument,
  readReplacement,
  readUpdate,
  readUpdateOptions,
} from './method-arguments.ts';
import type { OperatorCollection } from './operator-collection.ts';

/** Where a collection is. */
export interface CollectionName {
  readonly database: string;
  readonly collection: string;
}

/** What a data service is made of. */
export interface DataServiceParts {
  readonly open: (name: CollectionName, limits: OperationLimits) => OperatorCollection;
  /** The collections of a database, or the databases. */
  readonly names: (database: string | null, limits: OperationLimits) => Promise<readonly string[]>;
  /** Whether a collection is the gateway's own, which no code of the operator's may reach. */
  readonly isReserved: (name: CollectionName) => boolean;
}

type Method = (collection: OperatorCollection, args: readonly unknown[]) => Promise<unknown>;

const update =
  (method: 'updateOne' | 'updateMany'): Method =>
  async (collection, [query, change, given]) => {
    const [filter, spec] = [readDocument(query, 'query'), readUpdate(change)];
    const options = readUpdateOptions(given);
    const result = await collection[method](filter, spec, options);
    const { matchedCount, modifiedCount, upsertedId } = result;
    const isInserted = options.upsert && matchedCount === 0;
    return { matchedCount, modifiedCount, ...(isInserted && { upsertedId }) };
  };

const METHODS: Readonly<Record<DataMethod, Method>> = {
  find: (collection, [query, projection, options]) =>
    collection.find(readOptionalDocument(query, 'query'), readFindOptions(options, projection)),
  findOne: async (collection, [query, projection, options]) => {
    const one = { ...readFindOptions(options, projection), limit: 1 };
    const [found] = await collection.find(readOptionalDocument(query, 'query'), one);
    return found ?? null;
  },
  count: (collection, [query, options]) =>
    collection.countDocuments(readOptionalDocument(query, 'query'), readFindOptions(options)),
  distinct: (collection, [field, query]) =>
    collection.distinct(readField(field), readOptionalDocument(query, 'query')),
  aggregate: (collection, [pipeline]) =>
    collection.aggregate(readDocuments(pipeline ?? [], 'pipeline')),
  insertOne: (collection, [document]) => collection.insertOne(readDocument(document, 'document')),
  insertMany: (collection, [documents]) =>
    collection.insertMany(readDocuments(documents, 'documents')),
  updateOne: update('updateOne'),
  updateMany: update('updateMany'),
  findOneAndUpdate: (collection, [query, change, options]) =>
    collection.findOneAndUpdate(
      readDocument(query, 'query'),
      readUpdate(change),
      readModifyOptions(options),
    ),
  findOneAndReplace: (collection, [query, replacement, options]) =>
    collection.findOneAndReplace(
      readDocument(query, 'query'),
      readReplacement(replacement),
      readModifyOptions(options),
    ),
  findOneAndDelete: (collection, [query, options]) =>
    collection.findOneAndDelete(readDocument(query, 'query'), readModifyOptions(options)),
  deleteOne: (collection, [query]) => collection.deleteOne(readDocument(query, 'query')),
  deleteMany: (collection, [query]) => collection.deleteMany(readDocument(query, 'query')),
  bulkWrite: (collection, [operations, options]) =>
    collection.bulkWrite(readBulkOperations(operations), readBulkOptions(options)),
};

/** Creates the data service. */
export function createDataService({ open, names, isReserved }: DataServiceParts): DataService {
  return {
    async run({ database, collection, method, args }, limits = UNLIMITED) {
      limits.signal.throwIfAborted();
      // The caller may be another process, which the types hold for nothing.
      if (!Object.hasOwn(METHODS, method)) {
        throw new DataOperationError('There is no such method of a collection');
      }
      const name = { database, collection };
      const named = method === 'aggregate' ? collectionsIn(args[0], database) : [];
      for (const each of [name, ...named]) {
        assertName(each);
        if (isReserved(each)) {
          throw new DataOperationError(`The collection "${each.collection}" is the gateway's own`);
        }
      }
      return METHODS[method](open(name, limits), args);
    },

    async names(database, limits = UNLIMITED) {
      limits.signal.throwIfAborted();
      if (database === null) return [...(await names(null, limits))].sort();
      assertDatabaseName(database);
      return (await names(database, limits))
        .filter((collection) => COLLECTION_NAME.test(collection))
        .filter((collection) => !isReserved({ database, collection }))
        .sort();
    },
  };
}

/** Collections that the stages of a pipeline name, at whatever depth: `$lookup`, `$merge` … */
export function collectionsIn(stages: unknown, database: string): CollectionName[] {
  if (Array.isArray(stages)) return stages.flatMap((stage) => collectionsIn(stage, database));
  if (!isPlainObject(stages)) return [];
  return Object.entries(stages).flatMap(([name, value]) => [
    ...(COLLECTION_MEMBERS.get(name) ?? []).flatMap((member) => targetsOf(value, member, database)),
    ...collectionsIn(value, database),
  ]);
}

/** Stages that name a collection, and the members that may hold its name; '': the value itself. */
const COLLECTION_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['$lookup', ['from']],
  ['$graphLookup', ['from']],
  ['$unionWith', ['', 'coll']],
  ['$out', ['', 'coll']],
  ['$merge', ['', 'into']],
]);

function targetsOf(value: unknown, member: string, database: string): CollectionName[] {
  const target = member === '' ? value : isPlainObject(value) && value[member];
  if (typeof target === 'string') {
    const own = isPlainObject(value) && typeof value.db === 'string' ? value.db : database;
    return [{ database: own, collection: target }];
  }
  if (!isPlainObject(target) || typeof target.coll !== 'string') return [];
  return [
    { database: typeof target.db === 'string' ? target.db : database, collection: target.coll },
  ];
}

/** MongoDB's rules for names. */
const DATABASE_NAME = /^[^/\\. "$*<>:|?\0]{1,63}$/;
const COLLECTION_NAME = /^(?!system\.)[^$\0]{1,200}$/;

function assertDatabaseName(database: unknown): void {
  if (typeof database === 'string' && DATABASE_NAME.test(database)) return;
  throw new DataOperationError('The name of the database is malformed');
}

function assertName({ database, collection }: CollectionName): void {
  assertDatabaseName(database);
  if (typeof collection !== 'string' || !COLLECTION_NAME.test(collection)) {
    throw new DataOperationError('The name of the collection is malformed');
  }
}
