/** Finding documents of a collection: by an index where the filter allows, else by a scan. */
import type { Document, Sort } from '../port.ts';
import { createDocumentComparator } from '../query/bson-order.ts';
import type { CompiledFilter } from '../query/filter.ts';
import { decodePlain } from '../stored-document.ts';
import { damaged, decodeHeld } from './damage.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { documentKeysOf, listsAll } from './indexes.ts';

/** A document that matched. */
export interface Match {
  /** Its key in the database of documents. */
  readonly key: Buffer;
  readonly bytes: Uint8Array;
  readonly document: Document;
}

/** How documents are decoded: to plain values by default. */
export type Decode = (bytes: Uint8Array) => Document;

/** Matches in no particular order, each once. Runs inside a transaction. */
export function* findMatches(
  collection: OpenCollection,
  filter: CompiledFilter,
  decode: Decode = decodePlain,
): Generator<Match, void, undefined> {
  for (const { key, bytes } of candidates(collection, filter)) {
    const document = decodeHeld(bytes, decode);
    if (filter.matches(document)) yield { key, bytes, document };
  }
}

/** The first match, in `sort` order if there is one. */
export function findFirst(
  collection: OpenCollection,
  filter: CompiledFilter,
  sort?: Sort,
  decode?: Decode,
): Match | undefined {
  if (sort !== undefined) return findSorted(collection, filter, sort, decode)[0];
  for (const match of findMatches(collection, filter, decode)) return match;
  return undefined;
}

/** Every match in `sort` order. */
export function findSorted(
  collection: OpenCollection,
  filter: CompiledFilter,
  sort: Sort = {},
  decode?: Decode,
): Match[] {
  const compare = createDocumentComparator(sort);
  const matches = [...findMatches(collection, filter, decode)];
  return matches.sort((left, right) => compare(left.document, right.document));
}

interface Candidate {
  readonly key: Buffer;
  readonly bytes: Uint8Array;
}

function* candidates(
  collection: OpenCollection,
  filter: CompiledFilter,
): Generator<Candidate, void, undefined> {
  const lookup = planLookup(collection, filter);
  if (lookup === undefined) {
    for (const { key, value } of collection.documents.getRange({})) {
      yield { key: key as Buffer, bytes: value };
    }
    return;
  }
  for (const key of lookup.keys) {
    const bytes = collection.documents.get(key);
    if (bytes !== undefined) yield { key, bytes };
    // A document and its entries change in one transaction.
    else if (lookup.areListed) throw damaged('an index lists a document that is not there');
  }
}

interface Lookup {
  /** Keys of the documents that may match. */
  readonly keys: readonly Buffer[];
  /** Whether an index lists them, so that each is there. */
  readonly areListed: boolean;
}

/** Where to look, or `undefined` if no index can tell. */
function planLookup(collection: OpenCollection, filter: CompiledFilter): Lookup | undefined {
  const byId = filter.equalities.find(({ path, indexable }) => path === '_id' && indexable);
  if (byId !== undefined) {
    return { keys: Array.from(byId.keys, (key) => Buffer.from(key)), areListed: false };
  }
  for (const { path, keys, indexable } of filter.equalities) {
    const index = collection.indexes.find(
      (candidate) => candidate.field === path && listsAll(candidate, keys),
    );
    if (index === undefined || !indexable) continue;
    const found = new Map<string, Buffer>();
    for (const key of keys) {
      for (const documentKey of documentKeysOf(index, key)) {
        found.set(documentKey.toString('latin1'), documentKey);
      }
    }
    return { keys: [...found.values()], areListed: true };
  }
  return undefined;
}
