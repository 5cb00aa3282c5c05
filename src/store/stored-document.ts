/** Stored BSON bytes and the values they decode to. */
import { DBRef, type DeserializeOptions, deserialize } from '../bson.ts';
import type { Document } from '../values/documents.ts';
import {
  type Element,
  encodeDocument,
  joinElements,
  sameBytes,
  splitElements,
} from './document-bytes.ts';
import type { StoredDocument } from './port.ts';

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

/** Plain values, except for patterns: a stored PCRE pattern need not be a valid JavaScript one. */
const PLAIN = { bsonRegExp: true, validation: { utf8: false } } as const;

/** Type bytes of the BSON specification, version 1.1. */
const DOCUMENT_TYPE = 3;
const ARRAY_TYPE = 4;

/**
 * Decodes stored bytes without promotion. The bytes are copied, so a buffer that is about to be
 * reused may be passed in. Fails with a `BSONError` if they are not one BSON document.
 */
export function decodeStored(bytes: Uint8Array): StoredDocument {
  const copy = new Uint8Array(bytes);
  return { bytes: copy, document: decode(copy, FAITHFUL) };
}

/** Decodes to plain values, as the driver does, except that regular expressions stay BSON's. */
export function decodePlain(bytes: Uint8Array): Document {
  return decode(bytes, PLAIN);
}

/** Decodes without promotion: the document alone. */
export function decodeTyped(bytes: Uint8Array): Document {
  return decodeStored(bytes).document;
}

/** The value of a document that never was in the store, with the BSON type of every number. */
export function toTyped(document: Document): Document {
  return decodeTyped(encodeDocument(document));
}

/**
 * The library takes a whole document with `$ref` and `$id` among its fields for a reference, which
 * loses the order of fields and may rename one. One field alone is never taken for one.
 */
function decode(bytes: Uint8Array, options: DeserializeOptions): Document {
  const document = deserialize(bytes, options);
  if (!(document instanceof DBRef)) return document;
  const fields = splitElements(bytes).map((element) => [
    element.name,
    deserialize(joinElements([element]), options)[element.name],
  ]);
  return Object.fromEntries(fields) as Document;
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
  for (const element of splitElements(stored.bytes)) {
    const decoded = toOrderedValue(element);
    const again = new Map([[element.name, decoded]]);
    if (value.has(element.name) || !hasBytes(again, joinElements([element]))) {
      inexact.add(element.name);
    }
    value.set(element.name, decoded);
  }
  return { value, inexact: [...inexact] };
}

function hasBytes(value: Document | ReadonlyMap<string, unknown>, bytes: Uint8Array): boolean {
  return sameBytes(encodeDocument(value), bytes);
}

function toOrderedValue(element: Element): unknown {
  const { name, type, value } = element;
  if (type === DOCUMENT_TYPE) {
    return new Map(splitElements(value).map((inner) => [inner.name, toOrderedValue(inner)]));
  }
  if (type === ARRAY_TYPE) return splitElements(value).map(toOrderedValue);
  return deserialize(joinElements([element]), FAITHFUL)[name];
}
