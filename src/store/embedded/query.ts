/** Finding documents of a collection inside one transaction: by an index where the filter allows. */
import type { Document } from '../../values/documents.ts';
import type { CompiledFilter } from '../query/filter.ts';
import { decodePlain } from '../stored-document.ts';
import { decodeHeld } from './damage.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { assertUnlisted, indexedKeys } from './plan.ts';

/** A document that matched. */
export interface Match {
  /** Its key in the database of documents. */
  readonly key: Buffer;
  readonly bytes: Uint8Array;
  readonly document: Document;
}

/** How documents are decoded: to plain values by default. */
export type Decode = (bytes: Uint8Array) => Document;

/** Matches in no particular order, each once. */
export function* findMatches(
  collection: OpenCollection,
  filter: CompiledFilter,
  decode: Decode = decodePlain,
): Generator<Match, void, undefined> {
  for (const { key, bytes } of candidates(collection, filter)) {
    const match = toMatch(key, bytes, decode);
    if (isMatch(match, filter)) yield match;
  }
}

/** A match, whichever comes first. */
export function findFirst(
  collection: OpenCollection,
  filter: CompiledFilter,
  decode?: Decode,
): Match | undefined {
  for (const match of findMatches(collection, filter, decode)) return match;
  return undefined;
}

/** A document that may match. It is decoded when it is asked for. */
export function toMatch(key: Buffer, bytes: Uint8Array, decode: Decode): Match {
  let document: Document | undefined;
  return {
    key,
    bytes,
    get document() {
      document ??= decodeHeld(bytes, decode);
      return document;
    },
  };
}

/** Whether the filter lets it through. One without conditions does not look at it. */
export function isMatch(match: Match, filter: CompiledFilter): boolean {
  return filter.isEmpty || filter.matches(match.document);
}

interface Candidate {
  readonly key: Buffer;
  readonly bytes: Uint8Array;
}

function* candidates(
  collection: OpenCollection,
  filter: CompiledFilter,
): Generator<Candidate, void, undefined> {
  const keys = indexedKeys(collection, filter);
  if (keys === undefined) {
    for (const { key, value } of collection.documents.getRange({})) {
      yield { key: key as Buffer, bytes: value };
    }
    return;
  }
  for (const key of keys) {
    const bytes = collection.documents.get(key);
    if (bytes !== undefined) yield { key, bytes };
    else assertUnlisted(collection, filter, [key]);
  }
}
