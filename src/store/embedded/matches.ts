/** Documents that match, and finding those that an index names inside one transaction. */
import type { Document } from '../../values/documents.ts';
import type { CompiledFilter } from '../query/filter.ts';
import { decodeHeld } from './damage.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { assertUnlisted } from './query-plan.ts';

/** A document that matched. */
export interface Match {
  /** Its key in the database of documents. */
  readonly key: Buffer;
  readonly bytes: Uint8Array;
  readonly document: Document;
}

/** How documents are decoded. */
export type Decode = (bytes: Uint8Array) => Document;

/** The matches among the documents that an index lists for the filter under `keys`. Runs inside a transaction. */
export function* findAmong(
  collection: OpenCollection,
  keys: readonly Buffer[],
  filter: CompiledFilter,
  decode: Decode,
): Generator<Match, void, undefined> {
  for (const key of keys) {
    const bytes = collection.documents.get(key);
    if (bytes === undefined) assertUnlisted(collection, filter, [key]);
    const match = bytes && toMatch(key, bytes, decode);
    if (match !== undefined && isMatch(match, filter)) yield match;
  }
}

/** The document with a key, if there is one and it matches. */
export function matchAt(
  { documents }: OpenCollection,
  key: Buffer,
  filter: CompiledFilter,
  decode: Decode,
): Match | undefined {
  const bytes = documents.get(key);
  const match = bytes === undefined ? undefined : toMatch(key, bytes, decode);
  return match !== undefined && isMatch(match, filter) ? match : undefined;
}

/** A document that may match. It is decoded when it is asked for. */
export function toMatch(key: Buffer, bytes: Uint8Array, decode: Decode): Match {
  return new FoundMatch(key, bytes, decode);
}

/** A class, because every look-up makes one: V8 gives each literal with a getter a shape of its own, and all who use it are slow. */
class FoundMatch implements Match {
  readonly key: Buffer;
  readonly bytes: Uint8Array;
  readonly #decode: Decode;
  #document: Document | undefined;

  constructor(key: Buffer, bytes: Uint8Array, decode: Decode) {
    this.key = key;
    this.bytes = bytes;
    this.#decode = decode;
  }

  get document(): Document {
    this.#document ??= decodeHeld(this.bytes, this.#decode);
    return this.#document;
  }
}

/** Whether the filter lets it through. One without conditions does not look at it. */
export function isMatch(match: Match, filter: CompiledFilter): boolean {
  return filter.isEmpty || filter.matches(match.document);
}
