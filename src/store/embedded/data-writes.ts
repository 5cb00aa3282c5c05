/** The writing methods of the data service. Each write of a document is one transaction. */

import type { Document } from '../../values/documents.ts';
import { valueKey } from '../../values/equality.ts';
import type {
  DataCollection,
  ModifyOptions,
  UpdateCounts,
  UpdateOptions,
  UpdateSpec,
} from '../data-collection.ts';
import { encodeNewDocument, sameBytes } from '../document-bytes.ts';
import { DataOperationError, DuplicateKeyError, type Filter } from '../port.ts';
import { compileFilter, upsertFields } from '../query/filter.ts';
import { toTyped } from '../stored-document.ts';
import { changeAll, changeFirst } from './change.ts';
import { type ReplaceOne, runBulk } from './data-bulk.ts';
import { createShow, type DataContext, decodeTyped } from './data-context.ts';
import type { OpenCollection } from './index-catalogue.ts';
import type { Match } from './query.ts';
import type { Source } from './scan.ts';
import { compileUpdate } from './update.ts';
import { insert, replace, withId } from './write.ts';

/** How a document is changed, and what an upsert inserts. */
interface Change {
  readonly apply: (match: Match) => Uint8Array;
  readonly build: () => Document;
}

/** Most documents that one transaction inserts: others wait for the writer's lock meanwhile. */
const INSERT_BATCH = 500;

/** Creates the writing methods. */
export function createDataWrites(context: DataContext) {
  const writes = {
    ...createInserts(context),
    ...createUpdates(context),
    ...createModifications(context),
    ...createRemovals(context),
  };
  const replaceOne: ReplaceOne = (filter, replacement, upsert) => {
    context.count('update');
    const change = replacementChange(filter, replacement);
    return applyChange(context, filter, change, { many: false, upsert });
  };
  return {
    ...writes,
    bulkWrite: (operations, { ordered }) => runBulk({ ...writes, replaceOne }, operations, ordered),
  } satisfies Partial<DataCollection>;
}

function createInserts({ count, open }: DataContext) {
  return {
    insertOne: async (document) => {
      count('insert');
      const bytes = encodeNew(document);
      const { access } = await open();
      await access.write((collection) => insert(collection, bytes));
      return { insertedId: decodeTyped(bytes)._id };
    },
    insertMany: async (documents) => {
      count('insert');
      const encoded = documents.map(encodeNew);
      const { access, limits } = await open();
      for (let start = 0; start < encoded.length; start += INSERT_BATCH) {
        limits.signal.throwIfAborted();
        const batch = encoded.slice(start, start + INSERT_BATCH);
        // A document that is refused is refused before anything of it is written.
        const failure = await access.write((collection) => insertUntilRefused(collection, batch));
        if (failure !== undefined) throw failure.error;
      }
      return { insertedIds: encoded.map((bytes) => decodeTyped(bytes)._id) };
    },
  } satisfies Partial<DataCollection>;
}

function insertUntilRefused(
  collection: OpenCollection,
  encoded: readonly Uint8Array[],
): { readonly error: unknown } | undefined {
  for (const bytes of encoded) {
    try {
      insert(collection, bytes);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      return { error };
    }
  }
  return undefined;
}

function createUpdates(context: DataContext) {
  return {
    update: async (filter, update, options) => {
      context.count('update');
      const change = updateChange(context, filter, update, options);
      return applyChange(context, filter, change, options);
    },
  } satisfies Partial<DataCollection>;
}

async function applyChange(
  context: DataContext,
  filter: Filter,
  change: Change,
  { many, upsert }: { readonly many: boolean; readonly upsert: boolean },
): Promise<UpdateCounts> {
  const query = {
    filter: compileFilter(filter, context.aggregation.operators),
    decode: decodeTyped,
  };
  const source = await sourceForChange(context, upsert);
  if (source === undefined) return { matchedCount: 0, modifiedCount: 0 };
  let [matchedCount, modifiedCount] = [0, 0];
  const count = (collection: OpenCollection, match: Match) => {
    matchedCount += 1;
    if (writeChange(collection, match, change).isModified) modifiedCount += 1;
  };
  if (many) await changeAll(source, query, count);
  if (matchedCount > 0 || (many && !upsert)) return { matchedCount, modifiedCount };
  // Inserts only if there still is nothing to change.
  return changeFirst(source, query, (collection, match) => {
    if (match !== undefined) count(collection, match);
    else if (upsert) {
      const bytes = encodeNew(change.build());
      insert(collection, bytes);
      return { matchedCount: 0, modifiedCount: 0, upsertedId: decodeTyped(bytes)._id };
    }
    return { matchedCount, modifiedCount };
  });
}

/** Nothing is to be made of a collection by a write that finds nothing to change in it. */
function sourceForChange(context: DataContext, upsert: boolean): Promise<Source | undefined> {
  return upsert ? context.open() : context.existing();
}

function createModifications(context: DataContext) {
  return {
    findOneAndUpdate: (filter, update, options) =>
      modify(context, filter, updateChange(context, filter, update, options), options),
    findOneAndReplace: (filter, replacement, options) =>
      modify(context, filter, replacementChange(filter, replacement), options),
  } satisfies Partial<DataCollection>;
}

async function modify(
  context: DataContext,
  filter: Filter,
  change: Change,
  { projection, sort, upsert, returnNewDocument }: ModifyOptions,
): Promise<Document | null> {
  context.count('findAndModify');
  const query = {
    ...{ filter: compileFilter(filter, context.aggregation.operators), sort },
    decode: decodeTyped,
  };
  const show = createShow(context, filter, projection);
  const source = await sourceForChange(context, upsert);
  if (source === undefined) return null;
  const shown = await changeFirst(source, query, (collection, match) => {
    if (match !== undefined) {
      const { after } = writeChange(collection, match, change);
      return returnNewDocument ? after : match.bytes;
    }
    if (!upsert) return undefined;
    const bytes = encodeNew(change.build());
    insert(collection, bytes);
    return returnNewDocument ? bytes : undefined;
  });
  return shown === undefined ? null : showBytes(shown, show);
}

function showBytes(
  bytes: Uint8Array,
  show: ((document: Document) => Document) | undefined,
): Document {
  const document = decodeTyped(bytes);
  return show === undefined ? document : show(document);
}

function createRemovals(context: DataContext) {
  const { aggregation, count, existing } = context;
  return {
    findOneAndDelete: async (filter, { projection, sort }) => {
      count('findAndModify');
      const query = {
        ...{ filter: compileFilter(filter, aggregation.operators), sort },
        decode: decodeTyped,
      };
      const show = createShow(context, filter, projection);
      const source = await existing();
      if (source === undefined) return null;
      const removed = await changeFirst(source, query, (collection, match) => {
        if (match !== undefined) replace(collection, match.key, match.bytes, undefined);
        return match?.bytes;
      });
      return removed === undefined ? null : showBytes(removed, show);
    },
    delete: async (filter, { many }) => {
      count('delete');
      const query = {
        filter: compileFilter(filter, aggregation.operators),
        decode: decodeTyped,
      };
      let deletedCount = 0;
      const remove = (collection: OpenCollection, match: Match | undefined) => {
        if (match === undefined) return;
        replace(collection, match.key, match.bytes, undefined);
        deletedCount += 1;
      };
      const source = await existing();
      if (source !== undefined) await (many ? changeAll : changeFirst)(source, query, remove);
      return { deletedCount };
    },
  } satisfies Partial<DataCollection>;
}

function updateChange(
  { now }: DataContext,
  filter: Filter,
  update: UpdateSpec,
  { arrayFilters }: UpdateOptions,
): Change {
  if (Array.isArray(update)) {
    throw new DataOperationError('Updates by a pipeline are not supported by the embedded store');
  }
  const compiled = compileUpdate(update as Document, { filter, arrayFilters, now: now() });
  return { apply: ({ bytes }) => compiled.apply(bytes), build: () => compiled.build(filter) };
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

function writeChange(
  collection: OpenCollection,
  match: Match,
  change: Change,
): { readonly after: Uint8Array; readonly isModified: boolean } {
  const after = change.apply(match);
  const isModified = !sameBytes(match.bytes, after);
  if (isModified) {
    assertSize(after);
    replace(collection, match.key, match.bytes, after);
  }
  return { after, isModified };
}

function encodeNew(document: Document): Uint8Array {
  const bytes = withId(document);
  if (Array.isArray(document._id)) {
    throw new DataOperationError('The field "_id" cannot be an array');
  }
  assertSize(bytes);
  return bytes;
}

/** MongoDB's limit for a document, in bytes. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** The server's number for a document that is too large. */
const TOO_LARGE = 10_334;

function assertSize({ length }: Uint8Array): void {
  if (length <= MAX_DOCUMENT_BYTES) return;
  throw new DataOperationError('A document may have at most 16 MiB', { code: TOO_LARGE });
}
