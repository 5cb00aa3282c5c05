/** The operations of one collection. Each write of a document is one transaction: read, check, write. */
import type { Deadline } from '../../deadline.ts';
import type { DocumentCollection, Filter } from '../port.ts';
import { decodeTyped } from '../stored-document.ts';
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
  const collection: DocumentCollection = {
    duplicateKeys: context.duplicateKeys,
    ...createReads(context),
    ...createUpdates(context),
    ...createRemovals(context),
    ...createComparisons(context),
    within: (deadline) => new LimitedCollection(context, collection, deadline),
  };
  return collection;
}

/**
 * The same for one request. Only writes wait, so only they need the deadline; a class, and made for the first of them,
 * because most requests only read.
 */
class LimitedCollection implements DocumentCollection {
  readonly findOne: DocumentCollection['findOne'];
  readonly find: DocumentCollection['find'];
  readonly findStored: DocumentCollection['findStored'];
  readonly scanStored: DocumentCollection['scanStored'];
  readonly duplicateKeys: readonly unknown[];
  readonly within: DocumentCollection['within'];
  readonly #context: CollectionContext;
  readonly #deadline: Deadline;
  #writes: DocumentCollection | undefined;

  constructor(context: CollectionContext, reads: DocumentCollection, deadline: Deadline) {
    this.findOne = reads.findOne;
    this.find = reads.find;
    this.findStored = reads.findStored;
    this.scanStored = reads.scanStored;
    this.duplicateKeys = reads.duplicateKeys;
    this.within = reads.within;
    this.#context = context;
    this.#deadline = deadline;
  }

  get #limited(): DocumentCollection {
    this.#writes ??= createCollection({ ...this.#context, deadline: this.#deadline });
    return this.#writes;
  }

  insertOne(...args: Parameters<DocumentCollection['insertOne']>) {
    return this.#limited.insertOne(...args);
  }

  updateOne(...args: Parameters<DocumentCollection['updateOne']>) {
    return this.#limited.updateOne(...args);
  }

  findOneAndUpdate(...args: Parameters<DocumentCollection['findOneAndUpdate']>) {
    return this.#limited.findOneAndUpdate(...args) as never;
  }

  deleteOne(filter: Filter) {
    return this.#limited.deleteOne(filter);
  }

  deleteMany(filter: Filter) {
    return this.#limited.deleteMany(filter);
  }

  compareAndSet(...args: Parameters<DocumentCollection['compareAndSet']>) {
    return this.#limited.compareAndSet(...args);
  }

  compareAndDelete(...args: Parameters<DocumentCollection['compareAndDelete']>) {
    return this.#limited.compareAndDelete(...args);
  }
}

function createReads(context: CollectionContext) {
  const find: DocumentCollection['find'] = async (filter, options = {}) => {
    context.count('find');
    const { projection, skip = 0, sort } = options;
    const query = toQuery(context, filter);
    const show = createShow(context, filter, projection);
    const { decode } = context;
    const selection = { filter: query.filter, decode, sort, skip, take: takeOf(options), show };
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
      // Looked at as it is returned, so that it is decoded once.
      const query = { filter: toQuery(context, filter).filter, sort, decode: decodeTyped };
      const match = await onCollection(context, { none: undefined }, (source) =>
        firstMatch(source, query),
      );
      return match === undefined ? null : { bytes: match.bytes, document: match.document };
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
