/** The operations of one collection. Each write is one transaction: read, check, write. */
import { differingFields, rewriteFields, sameBytes } from '../document-bytes.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
  type OperationListener,
  type StoredDocument,
  type UpdateResult,
} from '../port.ts';
import { compileFilter } from '../query/filter.ts';
import { decodePlain, decodeStored } from '../stored-document.ts';
import { type Access, openAccess } from './access.ts';
import type { Environment } from './environment.ts';
import { collectionKey, ensureIndexes, type OpenCollection } from './index-catalogue.ts';
import { expiryKey } from './indexes.ts';
import { findFirst, findMatches, findSorted, type Match } from './query.ts';
import { type CompiledUpdate, compileUpdate } from './update.ts';
import { documentKey, insert, replace, withId } from './write.ts';

/** A collection of the embedded store. */
export interface EmbeddedCollection extends DocumentCollection {
  /** Removes the documents that have expired at `time` (epoch ms). Returns how many. */
  removeExpired(time: number): Promise<number>;
}

/** Opens a collection, adding the indexes it lacks. Fails as `ensureIndexes` does. */
export async function openCollection(
  environment: Environment,
  definition: CollectionDefinition,
  onOperation: OperationListener,
): Promise<EmbeddedCollection> {
  const duplicateKeys = await ensureIndexes(environment, definition);
  const access = await openAccess(environment, collectionKey(definition));
  const count = (name: string) => onOperation({ name, collection: definition.name });
  const createOperations = (limited: Access): DocumentCollection => ({
    duplicateKeys,
    ...createReads(limited, count),
    ...createUpdates(limited, count),
    ...createRemovals(limited, count),
    ...createComparisons(limited, count),
    within: (deadline) => createOperations(access.within(deadline)),
  });
  return {
    ...createOperations(access),
    removeExpired: (time) => removeExpired(access, time),
  };
}

type Count = (name: string) => void;

function createReads(access: Access, count: Count) {
  return {
    findOne: async (filter, options = {}) => {
      count('find');
      const compiled = compileFilter(filter);
      const match = access.read((collection) => findFirst(collection, compiled, options.sort));
      return (match?.document ?? null) as never;
    },
    find: async (filter, { sort, skip = 0, limit = 0 } = {}) => {
      count('find');
      const compiled = compileFilter(filter);
      const matches = access.read((collection) => findSorted(collection, compiled, sort));
      // As in the driver, a limit of 0 is no limit.
      const end = limit === 0 ? undefined : skip + limit;
      return matches.slice(skip, end).map(({ document }) => document) as never[];
    },
    findStored: async (filter, options = {}) => {
      count('find');
      const compiled = compileFilter(filter);
      const match = access.read((collection) => findFirst(collection, compiled, options.sort));
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

function createRemovals(access: Access, count: Count) {
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
      const compiled = compileFilter(filter);
      return access.write((collection) => {
        const matches = [...findMatches(collection, compiled)];
        for (const { key, bytes } of matches) replace(collection, key, bytes, undefined);
        return { deletedCount: matches.length };
      });
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

/** Removed in one transaction, so that no writer waits long. */
const EXPIRY_BATCH = 500;

async function removeExpired(access: Access, time: number): Promise<number> {
  let removed = 0;
  let batch = 0;
  do {
    // Read first: a sweep that finds nothing must not take the writer's lock.
    const isDue = access.read((collection) => expiredKeys(collection, time).length > 0);
    batch = isDue ? await access.write((collection) => removeBatch(collection, time)) : 0;
    removed += batch;
  } while (batch > 0);
  return removed;
}

function removeBatch(collection: OpenCollection, time: number): number {
  let removed = 0;
  for (const key of expiredKeys(collection, time)) {
    const bytes = collection.documents.get(key);
    if (bytes === undefined) continue;
    replace(collection, key, bytes, undefined);
    removed += 1;
  }
  return removed;
}

function expiredKeys(collection: OpenCollection, time: number): Buffer[] {
  const keys = new Map<string, Buffer>();
  for (const { kind, database } of collection.indexes) {
    if (kind !== 'expiry') continue;
    for (const { value } of database.getRange({ end: expiryKey(time), limit: EXPIRY_BATCH })) {
      keys.set(value.toString('latin1'), value);
    }
  }
  return [...keys.values()];
}
