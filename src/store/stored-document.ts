/** Stored BSON bytes and the values they decode to. */
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

/** Type bytes of the BSON specification, version 1.1. */
const DOCUMENT_TYPE = 3;
const ARRAY_TYPE = 4;

/** Bytes of a BSON document around its elements: the length before them, a zero byte after. */
const LENGTH_BYTES = 4;
const TERMINATOR_BYTES = 1;

interface Field {
  readonly name: string;
  readonly type: number;
  /** The value's own bytes. */
  readonly value: Uint8Array;
  /** The field as a document of its own. */
  readonly document: Uint8Array;
}

/**
 * Decodes stored bytes without promotion. The bytes are copied, so a buffer that is about to be
 * reused may be passed in. Fails with a `BSONError` if they are not one BSON document.
 */
export function decodeStored(bytes: Uint8Array): StoredDocument {
  const copy = new Uint8Array(bytes);
  const document = deserialize(copy, FAITHFUL);
  return { bytes: copy, document: document instanceof DBRef ? decodeByField(copy) : document };
}

/** What encodes to the bytes of a stored document, as far as there is such a value. */
export interface EncodableForm {
  readonly value: Document | ReadonlyMap<string, unknown>;
  /**
   * Top-level fields that encode to other bytes than the stored ones: they hold a deprecated type
   * (undefined, DBPointer), a repeated field name or text that is not UTF-8.
   */
  readonly inexact: readonly string[];
}

/**
 * The value to send to a database that is to compare it with the stored document. The decoded
 * document as a rule; maps where an object would change the order of fields that look like array
 * indexes, or where the library would take a document for a reference.
 */
export function toEncodableForm(stored: StoredDocument): EncodableForm {
  if (hasBytes(stored.document, stored.bytes)) return { value: stored.document, inexact: [] };
  const value = new Map<string, unknown>();
  const inexact = new Set<string>();
  for (const field of splitFields(stored.bytes)) {
    const decoded = toOrderedValue(field);
    if (value.has(field.name) || !hasBytes(new Map([[field.name, decoded]]), field.document)) {
      inexact.add(field.name);
    }
    value.set(field.name, decoded);
  }
  return { value, inexact: [...inexact] };
}

function hasBytes(value: Document | ReadonlyMap<string, unknown>, bytes: Uint8Array): boolean {
  return Buffer.compare(serialize(value, { ignoreUndefined: false }), bytes) === 0;
}

function toOrderedValue(field: Field): unknown {
  if (field.type === DOCUMENT_TYPE) {
    return new Map(splitFields(field.value).map((inner) => [inner.name, toOrderedValue(inner)]));
  }
  if (field.type === ARRAY_TYPE) return splitFields(field.value).map(toOrderedValue);
  return deserialize(field.document, FAITHFUL)[field.name];
}

/**
 * The library takes a whole document with `$ref` and `$id` among its fields for a reference, which
 * loses the order of fields and may rename one. One field alone is never taken for one.
 */
function decodeByField(bytes: Uint8Array): Document {
  const entries = splitFields(bytes).map(({ name, document }) => [
    name,
    deserialize(document, FAITHFUL)[name],
  ]);
  return Object.fromEntries(entries) as Document;
}

/** The fields of a document, or the items of an array, in stored order. */
function splitFields(bytes: Uint8Array): Field[] {
  const text = new TextDecoder();
  return Array.from(
    onDemand.parseToElements(bytes),
    ([type, nameOffset, nameLength, offset, length]) => {
      const element = bytes.subarray(nameOffset - 1, offset + length);
      const document = new Uint8Array(LENGTH_BYTES + element.length + TERMINATOR_BYTES);
      new DataView(document.buffer).setInt32(0, document.length, true);
      document.set(element, LENGTH_BYTES);
      return {
        name: text.decode(bytes.subarray(nameOffset, nameOffset + nameLength)),
        type,
        value: bytes.subarray(offset, offset + length),
        document,
      };
    },
  );
}
