/** The operations of one collection. Each write of a document is one transaction: read, check, write. */
import type { DocumentCollection, Filter } from '../port.ts';
import { decodeStored } from '../stored-document.ts';
import { changeAll, changeFirst } from './change-matches.ts';
import {
  type CollectionContext,
  createShow,
  onCollection,
  takeOf,
  toQuery,
  writeTo,
} from './collection-context.ts';
import { createComparisons } from './compare-and-set.ts';
import { modify, runUpdate, updateChange } from './document-updates.ts';
import { encodeNew, insert, replace } from './document-writes.ts';
import type { OpenCollection } from './index-catalogue.ts';
import type { Match } from './matches.ts';
import { firstMatch, selectDocuments, visitMatches } from './query-results.ts';
import type { Source } from './query-scan.ts';

/** Creates the operations of a collection. */
export function createCollection(context: CollectionContext): DocumentCollection {
  return {
    duplicateKeys: context.duplicateKeys,
    ...createReads(context),
    ...createUpdates(context),
    ...createRemovals(context),
    ...createComparisons(context),
    within: (deadline) => createCollection({ ...context, deadline }),
  };
}

function createReads(context: CollectionContext) {
  const find: DocumentCollection['find'] = async (filter, options = {}) => {
    context.count('find');
    const { projection, skip = 0, sort } = options;
    const query = { ...toQuery(context, filter), sort };
    const show = createShow(context, filter, projection);
    const selection = { ...query, skip, take: takeOf(options), show };
    const find = (source: Source) => selectDocuments(source, selection);
    return (await onCollection(context, { none: [] }, find)) as never;
  };
  return {
    find,
    findOne: async (filter, options) => {
      const [found = null] = await find(filter, { ...options, limit: 1 });
      return found as never;
    },
    findStored: async (filter, { sort } = {}) => {
      context.count('find');
      const query = { ...toQuery(context, filter), sort };
      const match = await onCollection(context, { none: undefined }, (source) =>
        firstMatch(source, query),
      );
      return match === undefined ? null : decodeStored(match.bytes);
    },
    scanStored: async (filter, onFound) => {
      context.count('find');
      await onCollection(context, { none: undefined }, (source) =>
        visitMatches(source, toQuery(context, filter), ({ bytes }) => onFound(bytes)),
      );
    },
  } satisfies Partial<DocumentCollection>;
}

function createUpdates(context: CollectionContext) {
  return {
    insertOne: async (document) => {
      context.count('insert');
      const bytes = encodeNew(document);
      await writeTo(context, (collection) => insert(collection, bytes));
      return { insertedId: context.decode(bytes)._id };
    },
    updateOne: async (filter, update, options = {}) => {
      const change = updateChange(context, filter, update, options);
      return runUpdate(context, filter, change, options);
    },
    findOneAndUpdate: async (filter, update, options = {}) => {
      const change = updateChange(context, filter, update, options);
      return (await modify(context, filter, change, options)) as never;
    },
  } satisfies Partial<DocumentCollection>;
}

function createRemovals(context: CollectionContext) {
  const remove = (change: typeof changeFirst | typeof changeAll) => async (filter: Filter) => {
    context.count('delete');
    const query = toQuery(context, filter);
    let deletedCount = 0;
    const removeMatch = (collection: OpenCollection, match: Match | undefined) => {
      if (match === undefined) return;
      replace(collection, match.key, match.bytes, undefined);
      deletedCount += 1;
    };
    await onCollection(context, { none: undefined }, (source) =>
      change(source, query, removeMatch),
    );
    return { deletedCount };
  };
  return {
    deleteOne: remove(changeFirst),
    deleteMany: remove(changeAll),
  } satisfies Partial<DocumentCollection>;
}
