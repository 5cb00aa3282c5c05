/** The methods that only the operator's functions call, beside those of every collection. */
import { calculateObjectSize } from '../../../bson.ts';
import type { Document } from '../../../values/documents.ts';
import { valueKey } from '../../../values/equality.ts';
import { valuesAt } from '../../../values/paths.ts';
import type { OperatorCollection } from '../../data-service/operator-collection.ts';
import { encodeNewDocument } from '../../document-bytes.ts';
import { DataOperationError, DuplicateKeyError, type Filter } from '../../port.ts';
import { upsertFields } from '../../query/filter.ts';
import { decodeTyped, toTyped } from '../../stored-document.ts';
import { createShow, onCollection, takeOf, toQuery, writeTo } from '../collection-context.ts';
import { type Change, modify, runUpdate, showChanged, updateChange } from '../document-updates.ts';
import { encodeNew, insert, replace } from '../document-writes.ts';
import { createCollection } from '../embedded-collection.ts';
import type { OpenCollection } from '../index-catalogue.ts';
import { countMatches } from '../query-results.ts';
import { planScan, type Query, type Source, scan } from '../query-scan.ts';
import { runBulk } from './bulk-write.ts';
import { type OperatorContext, runPipeline } from './pipeline.ts';

/** Most documents that one transaction inserts: others wait for the writer's lock meanwhile. */
const INSERT_BATCH = 500;

/** Creates the methods, whose context is that of one operation. */
export function createOperatorCollection(context: OperatorContext): OperatorCollection {
  const methods = {
    ...createCollection(context),
    ...createReads(context),
    insertMany: (documents: readonly Document[]) => insertMany(context, documents),
    ...createChanges(context),
  };
  const replaceOne = (filter: Filter, replacement: Document, upsert: boolean) =>
    runUpdate(context, filter, replacementChange(filter, replacement), { upsert });
  return {
    ...methods,
    bulkWrite: (operations, { ordered }) =>
      runBulk({ ...methods, replaceOne }, operations, ordered),
  } as OperatorCollection;
}

function createReads(context: OperatorContext) {
  const { count } = context;
  return {
    countDocuments: async (filter, options) => {
      count('aggregate');
      const { skip = 0 } = options;
      const [query, take] = [toQuery(context, filter), takeOf(options)];
      return onCollection(context, { none: 0 }, async (source) => {
        if (!query.filter.isEmpty) return countMatches(source, { ...query, skip, take });
        const all = source.access.read(({ documents }) => documents.getStats() as Statistics);
        return Math.min(Math.max(0, all.entryCount - skip), take);
      });
    },
    distinct: async (field, filter) => {
      count('distinct');
      const query = toQuery(context, filter);
      return onCollection(context, { none: [] }, (source) => distinctValues(source, query, field));
    },
    aggregate: async (pipeline) => {
      count('aggregate');
      return runPipeline(context, pipeline);
    },
  } satisfies Partial<OperatorCollection>;
}

/** What LMDB knows of a database without reading it. */
interface Statistics {
  readonly entryCount: number;
}

/** Items of arrays count on their own; the first of equal values stands for all. */
async function distinctValues(source: Source, query: Query, field: string): Promise<unknown[]> {
  const values = new Map<string, unknown>();
  for await (const matches of scan(source, query, planScan(source, query))) {
    for (const value of matches.flatMap(({ document }) => valuesAt(document, field)).flat()) {
      const key = valueKey(value);
      if (value === undefined || values.has(key)) continue;
      source.limits.hold(calculateObjectSize({ value }) + key.length);
      values.set(key, value);
    }
  }
  return [...values.values()];
}

async function insertMany(context: OperatorContext, documents: readonly Document[]) {
  context.count('insert');
  const encoded = documents.map(encodeNew);
  for (let start = 0; start < encoded.length; start += INSERT_BATCH) {
    context.limits.signal.throwIfAborted();
    const batch = encoded.slice(start, start + INSERT_BATCH);
    // A document that is refused is refused before anything of it is written.
    const failure = await writeTo(context, (collection) => insertUntilRefused(collection, batch));
    if (failure !== undefined) throw failure;
  }
  return { insertedIds: encoded.map((bytes) => decodeTyped(bytes)._id) };
}

function insertUntilRefused(
  collection: OpenCollection,
  encoded: readonly Uint8Array[],
): DuplicateKeyError | undefined {
  for (const bytes of encoded) {
    try {
      insert(collection, bytes);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      return error;
    }
  }
  return undefined;
}

function createChanges(context: OperatorContext) {
  return {
    updateMany: async (filter, update, options) => {
      const change = updateChange(context, filter, update, options);
      return runUpdate(context, filter, change, { ...options, many: true });
    },
    findOneAndReplace: async (filter, replacement, options) =>
      modify(context, filter, replacementChange(filter, replacement), options),
    findOneAndDelete: async (filter, { projection, sort }) => {
      const query = { ...toQuery(context, filter), sort };
      const show = createShow(context, filter, projection);
      return showChanged(context, { query, isMade: false, show }, (collection, match) => {
        if (match !== undefined) replace(collection, match.key, match.bytes, undefined);
        return match?.bytes;
      });
    },
  } satisfies Partial<OperatorCollection>;
}

function replacementChange(filter: Filter, replacement: Document): Change {
  const given = toTyped(replacement);
  return {
    apply: ({ document: { _id } }) => {
      if (given._id !== undefined && valueKey(given._id) !== valueKey(_id)) {
        throw new DataOperationError('The field "_id" cannot be changed');
      }
      return encodeNewDocument({ ...given, _id });
    },
    build: () => {
      const id = upsertFields(filter).find(([path]) => path === '_id');
      return id === undefined || given._id !== undefined ? given : { ...given, _id: id[1] };
    },
  };
}
