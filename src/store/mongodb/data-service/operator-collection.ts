/** The driver's methods on a collection, as the operator's code calls them. */
import type { AnyBulkWriteOperation } from 'mongodb';
import { ObjectId } from '../../../bson.ts';
import type { Document } from '../../../values/documents.ts';
import type { BulkOperation, OperatorCollection } from '../../data-service/operator-collection.ts';
import { encodeDocument } from '../../document-bytes.ts';
import {
  arrayFiltersOf,
  asUpdate,
  type CollectionContext,
  createCollection,
  given,
  modifySettings,
  paging,
  readAll,
  readSettings,
  runUpdate,
  toDocument,
  toOwnValue,
} from '../mongodb-collection.ts';
import { asFilter } from '../unchanged-filter.ts';

/** For what may have been applied in part when the server asks to try again. */
const IN_PARTS = { isRepeatable: false } as const;

/** Creates the methods, whose context is that of one operation. */
export function createOperatorCollection(context: CollectionContext): OperatorCollection {
  return {
    ...createCollection(context),
    ...createReads(context),
    ...createWrites(context),
    ...createBulkWrites(context),
  } as OperatorCollection;
}

function createReads(context: CollectionContext) {
  const { collection, limits, runner, maxTimeMS } = context;
  return {
    countDocuments: (filter, { skip, limit }) =>
      runner.run((end) => {
        const { signal } = readSettings(context, end);
        const settings = { maxTimeMS, signal, ...paging(skip, limit) };
        return collection.countDocuments(asFilter(filter), settings);
      }),
    distinct: (field, filter) =>
      runner.run(async () => {
        const options = { maxTimeMS, promoteValues: false, bsonRegExp: true };
        const values = await collection.distinct(field, asFilter(filter), options);
        limits.hold(encodeDocument({ values }).length);
        return toOwnValue(context, values) as unknown[];
      }),
    aggregate: (pipeline) =>
      runner.run(
        (end) => readAll(context, collection.aggregate([...pipeline], readSettings(context, end))),
        IN_PARTS,
      ),
  } satisfies Partial<OperatorCollection>;
}

function createWrites(context: CollectionContext) {
  const { collection, runner, maxTimeMS } = context;
  return {
    updateMany: (filter, update, options) =>
      runUpdate(context, 'updateMany', filter, update, options),
    findOneAndReplace: (filter, replacement, options) =>
      runner.run(
        async () => {
          const settings = modifySettings(context, options);
          const found = await collection.findOneAndReplace(asFilter(filter), replacement, settings);
          return toDocument(context, found);
        },
        { retryDuplicateKey: options.upsert === true },
      ),
    findOneAndDelete: (filter, options) =>
      runner.run(async () => {
        const settings = { maxTimeMS, raw: true, ...given(options) };
        return toDocument(context, await collection.findOneAndDelete(asFilter(filter), settings));
      }),
  } satisfies Partial<OperatorCollection>;
}

function createBulkWrites(context: CollectionContext) {
  const { collection, runner } = context;
  return {
    insertMany: (documents) =>
      runner.run(async () => {
        const identified = documents.map(withId);
        if (identified.length > 0) await collection.insertMany(identified);
        return { insertedIds: identified.map(({ _id }) => toOwnValue(context, _id)) };
      }, IN_PARTS),
    bulkWrite: (operations, { ordered }) =>
      runner.run(async () => {
        const models = operations.map(toDriverOperation);
        const result = await collection.bulkWrite(models, { ordered });
        const { insertedCount, matchedCount, modifiedCount, deletedCount, upsertedCount } = result;
        return {
          insertedCount,
          matchedCount,
          modifiedCount,
          deletedCount,
          upsertedCount,
          insertedIds: toOwnValue(context, result.insertedIds) as Record<number, unknown>,
          upsertedIds: toOwnValue(context, result.upsertedIds) as Record<number, unknown>,
        };
      }, IN_PARTS),
  } satisfies Partial<OperatorCollection>;
}

function toDriverOperation(operation: BulkOperation): AnyBulkWriteOperation<Document> {
  switch (operation.type) {
    case 'insertOne':
      return { insertOne: { document: withId(operation.document) } };
    case 'updateOne':
    case 'updateMany': {
      const { type, filter, update, upsert = false } = operation;
      const change = { update: asUpdate(update), ...arrayFiltersOf(operation) };
      const model = { filter: asFilter(filter), upsert, ...change };
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
