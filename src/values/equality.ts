/**
 * Equality of BSON values: as MongoDB has it, by text keys that two values share exactly if they are equal,
 * and to the byte. Indexes, `_id` look-ups, filters and operators all use the keys, so they cannot disagree.
 */
import { createHash } from 'node:crypto';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
} from '../bson.ts';
import { type Document, fieldsOf } from './documents.ts';
import { isNumeric, type Numeric, numberKey, quickNumberKey } from './numbers.ts';

/** Key of null and of a missing field, which a MongoDB index does not tell apart. */
export const MISSING_KEY = 'z';
/** Well below LMDB's limit for keys (1978 bytes) and for the values of a `dupSort` database. */
const MAX_KEY_BYTES = 400;

/** Key of a value of any BSON type, at most 400 bytes in UTF-8; a longer one is hashed. */
export function valueKey(value: unknown): string {
  return shorten(describe(value, numberKey));
}

/**
 * As `valueKey` for comparisons in memory, and never stored: two values share the one exactly if they share the
 * other, and this one takes no longer for doubles of very many digits.
 */
export function equalityKey(value: unknown): string {
  return shorten(describe(value, quickNumberKey));
}

function shorten(text: string): string {
  if (Buffer.byteLength(text) <= MAX_KEY_BYTES) return text;
  return `h${createHash('sha256').update(text).digest('base64url')}`;
}

/** Whether two values have the same type and the same bytes. */
export function isSameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  return Buffer.from(serialize({ value: left })).equals(serialize({ value: right }));
}

/** Whether two documents have the same fields with the same bytes, in whatever order. */
export function isSameDocument(left: Document, right: Document): boolean {
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSameValue(left[key], right[key]))
  );
}

type NumberKey = (value: Numeric) => string;

function describe(value: unknown, ofNumber: NumberKey): string {
  if (value === null || value === undefined) return MISSING_KEY;
  if (isNumeric(value)) return `n${ofNumber(value)}`;
  if (typeof value === 'string') return text('s', value);
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  if (Array.isArray(value)) return `[${value.map((item) => describe(item, ofNumber)).join(',')}]`;
  const fields = fieldsOf(value);
  return fields === null ? describeBsonType(value, ofNumber) : describeDocument(fields, ofNumber);
}

function describeBsonType(value: unknown, ofNumber: NumberKey): string {
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof ObjectId) return `o${value.toHexString()}`;
  if (value instanceof BSONSymbol) return text('s', value.valueOf());
  if (value instanceof Binary) return `x${value.sub_type}:${value.toString('base64')}`;
  if (value instanceof Timestamp) return `t${value.toString()}`;
  if (value instanceof BSONRegExp) return text('r', value.pattern) + text('', value.options);
  if (value instanceof RegExp) return text('r', value.source) + text('', value.flags);
  if (value instanceof MinKey) return '-';
  if (value instanceof MaxKey) return '+';
  if (value instanceof Code) return text('c', value.code) + describe(value.scope, ofNumber);
  throw new Error('A value has no BSON type');
}

function describeDocument(document: Document, ofNumber: NumberKey): string {
  const fields = Object.entries(document).map(
    ([name, value]) => text('', name) + describe(value, ofNumber),
  );
  return `{${fields.join(',')}}`;
}

/** Length first, so that no content can imitate structure. */
function text(tag: string, content: string): string {
  return `${tag}${content.length}:${content}`;
}
