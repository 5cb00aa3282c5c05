/**
 * Text keys for BSON values: two values share a key exactly if MongoDB calls them equal.
 * Indexes, `_id` look-ups and equality filters all use them, so they cannot disagree.
 */
import { createHash } from 'node:crypto';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../../bson.ts';
import type { Document } from '../port.ts';
import { isNumeric, numberKey } from './decimal.ts';

/** Key of null and of a missing field, which a MongoDB index does not tell apart. */
export const MISSING_KEY = 'z';
/** Key under which an empty array is indexed; equal to no value. */
const EMPTY_ARRAY_KEY = 'u';
/** Well below LMDB's limit for keys (1978 bytes) and for the values of a `dupSort` database. */
const MAX_KEY_BYTES = 400;

/** Whether `value` is a plain object: a BSON document and no other BSON type. */
export function isPlainObject(value: unknown): value is Document {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Key of a value of any BSON type, at most 400 bytes in UTF-8; a longer one is hashed. */
export function valueKey(value: unknown): string {
  const text = describe(value);
  if (Buffer.byteLength(text) <= MAX_KEY_BYTES) return text;
  return `h${createHash('sha256').update(text).digest('base64url')}`;
}

/** Every key under which `document` is found in an index on `path` (dots lead into documents). */
export function indexKeys(document: Document, path: string): Set<string> {
  const keys = new Set<string>();
  for (const value of valuesAt(document, path)) {
    if (!Array.isArray(value)) keys.add(valueKey(value));
    else if (value.length === 0) keys.add(EMPTY_ARRAY_KEY);
    else for (const item of value) keys.add(valueKey(item));
  }
  return keys;
}

/**
 * The values a filter or an index on `path` looks at: arrays on the way are entered, the array at
 * the end is one value, and a missing field is `undefined`.
 */
export function valuesAt(document: Document, path: string): unknown[] {
  let values: unknown[] = [document];
  for (const name of path.split('.')) {
    // A number leads into an array in two ways, so one value may be reached by very many.
    values = [...new Set(values.flatMap((value) => step(value, name)))];
  }
  return values;
}

function step(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) {
    const inDocuments = value.filter(isPlainObject).flatMap((item) => step(item, name));
    // A number may be the place of an item or a field of the documents in the array.
    return isArrayIndex(name) && Number(name) < value.length
      ? [value[Number(name)], ...inDocuments]
      : inDocuments;
  }
  return [isPlainObject(value) && Object.hasOwn(value, name) ? value[name] : undefined];
}

/** Whether a name in a path may be the place of an item in an array. */
export function isArrayIndex(name: string): boolean {
  return /^(0|[1-9]\d*)$/.test(name);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return MISSING_KEY;
  if (isNumeric(value)) return `n${numberKey(value)}`;
  if (typeof value === 'string') return text('s', value);
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  if (Array.isArray(value)) return `[${value.map(describe).join(',')}]`;
  if (isPlainObject(value)) return describeDocument(value);
  return describeBsonType(value);
}

function describeBsonType(value: unknown): string {
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof ObjectId) return `o${value.toHexString()}`;
  if (value instanceof BSONSymbol) return text('s', value.valueOf());
  if (value instanceof Binary) return `x${value.sub_type}:${value.toString('base64')}`;
  if (value instanceof Timestamp) return `t${value.toString()}`;
  if (value instanceof BSONRegExp) return text('r', value.pattern) + text('', value.options);
  if (value instanceof RegExp) return text('r', value.source) + text('', value.flags);
  if (value instanceof MinKey) return '-';
  if (value instanceof MaxKey) return '+';
  if (value instanceof Code) return text('c', value.code) + describe(value.scope);
  if (value instanceof DBRef) return describeDocument(value.toJSON() as unknown as Document);
  throw new Error('A value has no BSON type');
}

function describeDocument(document: Document): string {
  const fields = Object.entries(document).map(([name, value]) => text('', name) + describe(value));
  return `{${fields.join(',')}}`;
}

/** Length first, so that no content can imitate structure. */
function text(tag: string, content: string): string {
  return `${tag}${content.length}:${content}`;
}
