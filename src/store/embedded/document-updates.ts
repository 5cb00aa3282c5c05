/** Changes of the documents that a filter finds: updates and replacements, with what they answer. */
import type { Document } from '../../values/documents.ts';
import { sameBytes } from '../document-bytes.ts';
import {
  DataOperationError,
  type Filter,
  type ModifyOptions,
  type UpdateOptions,
  type UpdateResult,
} from '../port.ts';
import { changeAll, changeFirst } from './change-matches.ts';
import { type CollectionContext, createShow, onCollection, toQuery } from './collection-context.ts';
import { assertSize, encodeNew, insert, replace } from './document-writes.ts';
import type { OpenCollection } from './index-catalogue.ts';
import type { Match } from './matches.ts';
import type { Query } from './query-scan.ts';
import { compileUpdate } from './update-operators.ts';

/** How a document is changed, and what an upsert inserts. */
export interface Change {
  readonly apply: (match: Match) => Uint8Array;
  readonly build: () => Document;
}

/** Update operators as a change. */
export function updateChange(
  { now }: CollectionContext,
  filter: Filter,
  update: Document | readonly Document[],
  { arrayFilters }: UpdateOptions,
): Change {
  if (Array.isArray(update)) {
    throw new DataOperationError('Updates by a pipeline are not supported by the embedded store');
  }
  const compiled = compileUpdate(update as Document, { filter, arrayFilters, now: now() });
  return { apply: ({ bytes }) => compiled.apply(bytes), build: () => compiled.build(filter) };
}

/** Changes the first match, or with `many` all of them; an upsert inserts if there is none. */
export async function runUpdate(
  context: CollectionContext,
  filter: Filter,
  change: Change,
  { many = false, upsert = false, makesRoom }: UpdateOptions & { readonly many?: boolean },
): Promise<UpdateResult> {
  context.count('update');
  const query = toQuery(context, filter);
  let [matchedCount, modifiedCount] = [0, 0];
  const result = (upsertedId: unknown = null): UpdateResult => {
    return { acknowledged: true, matchedCount, modifiedCount, upsertedId };
  };
  const count = (collection: OpenCollection, match: Match) => {
    matchedCount += 1;
    if (writeChange(collection, match, change, makesRoom).isModified) modifiedCount += 1;
  };
  const none = result();
  return onCollection(context, { isMade: upsert, none }, async (source) => {
    if (many) await changeAll(source, query, count);
    if (matchedCount > 0 || (many && !upsert)) return result();
    // Inserts only if there still is nothing to change.
    return changeFirst(source, query, (collection, match) => {
      if (match !== undefined) count(collection, match);
      else if (upsert) {
        return result(context.decode(insertNew(collection, change, makesRoom))._id);
      }
      return result();
    });
  });
}

/** Changes the first match in `sort` order and shows it. */
export async function modify(
  context: CollectionContext,
  filter: Filter,
  change: Change,
  options: ModifyOptions,
): Promise<Document | null> {
  const { projection, sort, upsert = false, returnDocument = 'after', makesRoom } = options;
  const show = createShow(context, filter, projection);
  const query = { ...toQuery(context, filter), sort };
  return showChanged(context, { query, isMade: upsert, show }, (collection, match) => {
    if (match !== undefined) {
      const { after } = writeChange(collection, match, change, makesRoom);
      return returnDocument === 'after' ? after : match.bytes;
    }
    const made = upsert ? insertNew(collection, change, makesRoom) : undefined;
    return returnDocument === 'after' ? made : undefined;
  });
}

interface Shown {
  readonly query: Query;
  readonly isMade: boolean;
  readonly show: ((document: Document) => Document) | undefined;
}

/** Runs a change of the first match and shows the bytes that it answers with. */
export async function showChanged(
  context: CollectionContext,
  { query, isMade, show = (document) => document }: Shown,
  change: (collection: OpenCollection, match: Match | undefined) => Uint8Array | undefined,
): Promise<Document | null> {
  context.count('findAndModify');
  const bytes = await onCollection(context, { isMade, none: undefined }, (source) =>
    changeFirst(source, query, change),
  );
  return bytes === undefined ? null : show(context.decode(bytes));
}

function insertNew(collection: OpenCollection, { build }: Change, makesRoom?: boolean): Uint8Array {
  const bytes = encodeNew(build());
  insert(collection, bytes, makesRoom);
  return bytes;
}

function writeChange(
  collection: OpenCollection,
  match: Match,
  change: Change,
  makesRoom = false,
): { readonly after: Uint8Array; readonly isModified: boolean } {
  const after = change.apply(match);
  const isModified = !sameBytes(match.bytes, after);
  if (isModified) {
    assertSize(after);
    replace(collection, match.key, match.bytes, after, makesRoom);
  }
  return { after, isModified };
}
