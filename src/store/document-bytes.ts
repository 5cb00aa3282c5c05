/**
 * Documents as BSON bytes, and edits of single top-level fields that leave every other byte alone.
 *
 * Decoding and encoding a whole document is not faithful (BSON's deprecated types and repeated
 * field names do not survive it), so a write replaces only the elements it means to change.
 */
import { onDemand, serialize } from '../bson.ts';
import type { Document } from '../values/documents.ts';

/** One field of a document, or one item of an array. */
export interface Element {
  readonly name: string;
  /** Type byte of the BSON specification. */
  readonly type: number;
  /** The whole element: type, name, value. */
  readonly bytes: Uint8Array;
  /** The value alone. */
  readonly value: Uint8Array;
}

const LENGTH_BYTES = 4;

/** BSON bytes of `document`; `undefined` becomes null, as the driver does it. */
export function encodeDocument(document: Document | ReadonlyMap<string, unknown>): Uint8Array {
  return serialize(document, { ignoreUndefined: false });
}

/** The fields of a document in stored order. */
export function splitElements(bytes: Uint8Array): Element[] {
  const buffer = bufferOf(bytes);
  return Array.from(
    onDemand.parseToElements(bytes),
    ([type, nameOffset, nameLength, offset, length]) => ({
      // As the BSON library does it: a decoder of texts would take a byte order mark away.
      name: buffer.toString('utf8', nameOffset, nameOffset + nameLength),
      type,
      bytes: bytes.subarray(nameOffset - 1, offset + length),
      value: bytes.subarray(offset, offset + length),
    }),
  );
}

/** The bytes of every field of that name, in stored order: damage or an outside writer may have made two. */
export function elementsNamed(bytes: Uint8Array, name: string): Uint8Array[] {
  const buffer = bufferOf(bytes);
  const wanted = Buffer.from(name);
  const found: Uint8Array[] = [];
  for (const [, nameOffset, nameLength, offset, length] of onDemand.parseToElements(bytes)) {
    const isNamed =
      nameLength === wanted.length &&
      buffer.compare(wanted, 0, nameLength, nameOffset, nameOffset + nameLength) === 0;
    if (isNamed) found.push(bytes.subarray(nameOffset - 1, offset + length));
  }
  return found;
}

/** The same bytes as a buffer of Node.js. */
function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

/** The document that consists of `elements`. */
export function joinElements(elements: readonly Pick<Element, 'bytes'>[]): Uint8Array {
  const size = elements.reduce((sum, { bytes }) => sum + bytes.length, LENGTH_BYTES + 1);
  const header = Buffer.alloc(LENGTH_BYTES);
  header.writeInt32LE(size);
  return Buffer.concat([header, ...elements.map(({ bytes }) => bytes), Buffer.alloc(1)], size);
}

/** The element for one field. */
function encodeElement(name: string, value: unknown): Pick<Element, 'bytes'> {
  return { bytes: encodeDocument({ [name]: value }).slice(LENGTH_BYTES, -1) };
}

/**
 * Bytes of a new document with `_id` as its first field, where MongoDB puts it.
 *
 * The caller has made sure that there is an `_id`.
 */
export function encodeNewDocument(document: Document): Uint8Array {
  const elements = splitElements(encodeDocument(document));
  const isId = ({ name }: Element) => name === '_id';
  return joinElements([...elements.filter(isId), ...elements.filter((element) => !isId(element))]);
}

/** `bytes` with the fields `names` as they are in `after`: replaced in place, appended or dropped. */
export function rewriteFields(
  bytes: Uint8Array,
  names: ReadonlySet<string>,
  after: Document,
): Uint8Array {
  const elements: Pick<Element, 'bytes'>[] = [];
  const pending = new Set(names);
  for (const element of splitElements(bytes)) {
    if (!names.has(element.name)) elements.push(element);
    else if (pending.delete(element.name) && Object.hasOwn(after, element.name)) {
      elements.push(encodeElement(element.name, after[element.name]));
    }
  }
  for (const name of pending) {
    if (Object.hasOwn(after, name)) elements.push(encodeElement(name, after[name]));
  }
  return joinElements(elements);
}

/** Names of the top-level fields in which two decoded documents differ, by their BSON bytes. */
export function differingFields(before: Document, after: Document): Set<string> {
  const names = new Set<string>();
  for (const name of Object.keys(after)) {
    if (!Object.hasOwn(before, name) || !isSame(name, before[name], after[name])) names.add(name);
  }
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) names.add(name);
  }
  return names;
}

/** What a change leaves alone is the very value that was there: then nothing has to be encoded. */
function isSame(name: string, before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true;
  return sameBytes(encodeElement(name, before).bytes, encodeElement(name, after).bytes);
}

/** Whether two byte strings are equal. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
