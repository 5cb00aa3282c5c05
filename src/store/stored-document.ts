/** Stored BSON bytes and the values they decode to. Both backends decode with this, and only this. */
import { DBRef, deserialize, onDemand, serialize } from '../bson.ts';
import type { Document, StoredDocument } from './port.ts';

/**
 * Every BSON type stays itself, and text that is not UTF-8 is read with replacement characters:
 * a document that an outside writer damaged must still be readable.
 */
const FAITHFUL = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  bsonRegExp: true,
  validation: { utf8: false },
} as const;

/** Bytes of a BSON document around its elements: the length before them, a zero byte after. */
const LENGTH_BYTES = 4;
const TERMINATOR_BYTES = 1;

/**
 * Decodes stored bytes without promotion. The bytes are copied, so a buffer that is about to be
 * reused may be passed in. Fails with a `BSONError` if they are not one BSON document.
 */
export function decodeStored(bytes: Uint8Array): StoredDocument {
  const copy = Uint8Array.prototype.slice.call(bytes);
  const document = deserialize(copy, FAITHFUL);
  return { bytes: copy, document: document instanceof DBRef ? decodeByField(copy) : document };
}

/**
 * Whether encoding the decoded document gives its bytes again. It does not for deprecated types
 * (undefined, DBPointer), repeated field names and text that is not UTF-8.
 */
export function isFaithful(stored: StoredDocument): boolean {
  return Buffer.from(serialize(stored.document)).equals(stored.bytes);
}

/**
 * The top-level fields that change when encoded again, in stored order. Only for a document that
 * is not faithful.
 */
export function findUnfaithfulFields(stored: StoredDocument): string[] {
  const seen = new Map<string, Uint8Array[]>();
  for (const { name, document } of splitFields(stored.bytes)) {
    seen.set(name, [...(seen.get(name) ?? []), document]);
  }
  return [...seen]
    .filter(([name, [first, ...others]]) => {
      const again = serialize({ [name]: stored.document[name] });
      return others.length > 0 || first === undefined || !Buffer.from(again).equals(first);
    })
    .map(([name]) => name);
}

/**
 * The library takes a whole document with `$ref` and `$id` among its fields for a reference, which
 * loses field order and may rename a field. One field alone is never taken for one.
 */
function decodeByField(bytes: Uint8Array): Document {
  const entries = splitFields(bytes).map(({ name, document }) => [
    name,
    deserialize(document, FAITHFUL)[name],
  ]);
  return Object.fromEntries(entries) as Document;
}

/** Every top-level field as a document of its own, in stored order. */
function splitFields(bytes: Uint8Array): { name: string; document: Uint8Array }[] {
  const text = new TextDecoder();
  return [...onDemand.parseToElements(bytes)].map(([, nameOffset, nameLength, offset, length]) => {
    const start = nameOffset - 1;
    const document = new Uint8Array(LENGTH_BYTES + offset + length - start + TERMINATOR_BYTES);
    new DataView(document.buffer).setInt32(0, document.length, true);
    document.set(bytes.subarray(start, offset + length), LENGTH_BYTES);
    return { name: text.decode(bytes.subarray(nameOffset, nameOffset + nameLength)), document };
  });
}
