/** The operations of one collection. Each write is one transaction: read, check, write. */

import type { Sort } from '../../values/order.ts';
import { differingFields, rewriteFields, sameBytes } from '../document-bytes.ts';
import { UNLIMITED } from '../operation-limits.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
  type Filter,
  type OperationListener,
  type StoredDocument,
  type UpdateResult,
} from '../port.ts';
import { compileFilter } from '../query/filter.ts';
import { decodePlain, decodeStored } from '../stored-document.ts';
import type { Turns } from '../turns.ts';
import { type Access, openAccess } from './access.ts';
import { changeAll } from './change.ts';
import type { Environment } from './environment.ts';
import { type Removal, removeExpired } from './expiry.ts';
import { collectionKey, ensureIndexes, type OpenCollection } from './index-catalogue.ts';
import { findFirst, type Match } from './query.ts';
import type { Source } from './scan.ts';
import { firstMatch, selectDocuments } from './select.ts';
import { type CompiledUpdate, compileUpdate } from './update.ts';
import { documentKey, insert, replace, withId } from './write.ts';

/** A collection of the embedded store. */
export interface EmbeddedCollection extends DocumentCollection {
  readonly name: string;
  /** Removes the documents that have expired at `time` (epoch ms). */
  removeExpired(time: number): Promise<Removal>;
}

/** What a collection is opened with. */
export interface CollectionParts {
  readonly environment: Environment;
  readonly onOperation: OperationListener;
  readonly turns: Turns;
  readonly onPiece: Source['onPiece'];
}

/** Opens a collection, adding the indexes it lacks. Fails as `ensureIndexes` does. */
export async function openCollection(
  parts: CollectionParts,
  definition: CollectionDefinition,
): Promise<EmbeddedCollection> {
  const duplicateKeys = await ensureIndexes(parts.environment, definition);
  return openExisting(parts, definition, duplicateKeys);
}

/** Opens a collection that is there with the indexes that it has. */
export async function openExisting(
  { environment, onOperation, onPiece, turns }: CollectionParts,
  definition: CollectionDefinition,
  duplicateKeys: readonly unknown[] = [],
): Promise<EmbeddedCollection> {
  const access = await openAccess(environment, collectionKey(definition));
  const { name } = definition;
  const count = (command: string) => onOperation({ name: command, collection: name });
  const createOperations = (limited: Access): DocumentCollection => {
    const begin = (): Source => {
      const work = turns.begin(UNLIMITED.signal);
      return { access: limited, work, limits: UNLIMITED, onPiece };
    };
    return {
      duplicateKeys,
      ...createReads(begin, count),
      ...createUpdates(limited, count),
      ...createRemovals(limited, begin, count),
      ...createComparisons(limited, count),
      within: (deadline) => createOperations(limited.within(deadline)),
    };
  };
  return {
    name,
    ...createOperations(access),
    removeExpired: (time) => removeExpired(access, time),
  };
}

type Count = (name: string) => void;
/** What one operation works with. */
type Begin = () => Source;

function createReads(begin: Begin, count: Count) {
  const first = (filter: Filter, { sort }: { readonly sort?: Sort } = {}) =>
    firstMatch(begin(), { filter: compileFilter(filter), decode: decodePlain, sort });
  return {
    findOne: async (filter, options) => {
      count('find');
      return ((await first(filter, options))?.document ?? null) as never;
    },
    find: async (filter, { sort, skip = 0, limit = 0 } = {}) => {
      count('find');
      const found = await selectDocuments(begin(), {
        ...{ filter: compileFilter(filter), decode: decodePlain, sort, skip },
        // As in the driver, a limit of 0 is no limit.
        take: limit === 0 ? Number.POSITIVE_INFINITY : limit,
      });
      return found as never[];
    },
    findStored: async (filter, options) => {
      count('find');
      const match = await first(filter, options);
      return match === undefined ? null : decodeStored(match.bytes);
    },
  } satisfies Partial<DocumentCollection>;
}

function createUpdates(access: Access, count: Count) {
  return {
    insertOne: async (document) => {
      count('insert');
      const bytes = withId(document);
      const insertedId = await access.write((collection) => insert(collection, bytes));
      return { insertedId };
    },
    updateOne: async (filter, update, { upsert = false, makesRoom = false } = {}) => {
      count('update');
      const compiled = { filter: compileFilter(filter), update: compileUpdate(update) };
      return access.write((collection): UpdateResult => {
        const match = findFirst(collection, compiled.filter);
        if (match !== undefined) {
          const after = writeUpdate(collection, match, compiled.update, makesRoom);
          const modifiedCount = sameBytes(match.bytes, after) ? 0 : 1;
          return updateResult({ matchedCount: 1, modifiedCount });
        }
        if (!upsert) return updateResult({});
        const bytes = withId(compiled.update.build(filter));
        return updateResult({ upsertedId: insert(collection, bytes, makesRoom) });
      });
    },
    findOneAndUpdate: async (filter, update, { makesRoom = false } = {}) => {
      count('findAndModify');
      const compiled = { filter: compileFilter(filter), update: compileUpdate(update) };
      return access.write((collection) => {
        const match = findFirst(collection, compiled.filter);
        if (match === undefined) return null;
        return decodePlain(writeUpdate(collection, match, compiled.update, makesRoom)) as never;
      });
    },
  } satisfies Partial<DocumentCollection>;
}

function createRemovals(access: Access, begin: Begin, count: Count) {
  return {
    deleteOne: async (filter) => {
      count('delete');
      const compiled = compileFilter(filter);
      return access.write((collection) => {
        const match = findFirst(collection, compiled);
        if (match !== undefined) replace(collection, match.key, match.bytes, undefined);
        return { deletedCount: match === undefined ? 0 : 1 };
      });
    },
    deleteMany: async (filter) => {
      count('delete');
      let deletedCount = 0;
      const query = { filter: compileFilter(filter), decode: decodePlain };
      await changeAll(begin(), query, (collection, { key, bytes }) => {
        replace(collection, key, bytes, undefined);
        deletedCount += 1;
      });
      return { deletedCount };
    },
  } satisfies Partial<DocumentCollection>;
}

function createComparisons(access: Access, count: Count) {
  return {
    compareAndSet: async (before, after) => {
      if (before === null) {
        count('insert');
        return insertIfAbsent(access, withId(after));
      }
      const key = documentKey(before.document);
      if (!documentKey(after).equals(key)) throw new Error('The field "_id" cannot be changed');
      count('findAndModify');
      const names = differingFields(before.document, after);
      const bytes = rewriteFields(before.bytes, names, after);
      const isSet = await access.write((collection) =>
        replaceIfUnchanged(collection, key, before, bytes),
      );
      return isSet ? decodeStored(bytes) : null;
    },
    compareAndDelete: (before) => {
      count('delete');
      const key = documentKey(before.document);
      return access.write((collection) => replaceIfUnchanged(collection, key, before, undefined));
    },
  } satisfies Partial<DocumentCollection>;
}

async function insertIfAbsent(access: Access, bytes: Uint8Array): Promise<StoredDocument | null> {
  try {
    await access.write((collection) => insert(collection, bytes));
    return decodeStored(bytes);
  } catch (error) {
    if (error instanceof DuplicateKeyError) return null;
    throw error;
  }
}

function replaceIfUnchanged(
  collection: OpenCollection,
  key: Buffer,
  before: StoredDocument,
  after: Uint8Array | undefined,
): boolean {
  const stored = collection.documents.get(key);
  if (stored === undefined || !sameBytes(stored, before.bytes)) return false;
  replace(collection, key, stored, after);
  return true;
}

function writeUpdate(
  collection: OpenCollection,
  { bytes, key }: Match,
  update: CompiledUpdate,
  makesRoom: boolean,
): Uint8Array {
  const after = update.apply(bytes);
  if (!sameBytes(bytes, after)) replace(collection, key, bytes, after, makesRoom);
  return after;
}

function updateResult(result: Partial<UpdateResult>): UpdateResult {
  return { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedId: null, ...result };
}
