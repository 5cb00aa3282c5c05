/**
 * What each wrapper of Extended JSON v2 may contain and the BSON value it makes.
 *
 * A parser answers `undefined` for a malformed argument.
 */
import {
  Binary,
  BSONError,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from '../bson.ts';
import { isPlainObject } from '../values/documents.ts';
import { isInt32 } from '../values/numbers.ts';

type WrapperParser = (argument: unknown) => unknown;

/** Parsers of the wrappers that consist of one key. `$code`, which may have two, is not here. */
export const WRAPPERS: ReadonlyMap<string, WrapperParser> = new Map<string, WrapperParser>([
  ['$numberInt', fromText(parseInt32)],
  ['$numberLong', fromText(parseInt64)],
  ['$numberDouble', fromText(parseDouble)],
  ['$numberDecimal', fromText(parseDecimal)],
  ['$date', parseDate],
  ['$oid', fromText((text) => (OBJECT_ID.test(text) ? new ObjectId(text) : undefined))],
  ['$uuid', fromText((text) => (UUID_TEXT.test(text) ? new UUID(text) : undefined))],
  ['$binary', parseBinary],
  ['$regularExpression', parseRegularExpression],
  ['$timestamp', parseTimestamp],
  ['$minKey', (argument) => (argument === 1 ? new MinKey() : undefined)],
  ['$maxKey', (argument) => (argument === 1 ? new MaxKey() : undefined)],
  ['$symbol', fromText((text) => new BSONSymbol(text))],
  ['$dbPointer', parseDbPointer],
  // Deprecated, and the library cannot write it: the specification converts it to null.
  ['$undefined', (argument) => (argument === true ? null : undefined)],
]);

const OBJECT_ID = /^[0-9a-f]{24}$/i;
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INTEGER = /^-?(?:0|[1-9]\d{0,18})$/;
const UINT32_MAX = 2 ** 32 - 1;
const INT64_BITS = 64;
const DECIMAL_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Longer than the exact decimal form of any double (1,075 places) or Decimal128 (6,176 places). */
const MAX_NUMBER_LENGTH = 6400;
const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
/** As IEEE 754-2019 section 5.12.1 spells them, whatever their case. */
const NON_FINITE_DECIMAL = /^[+-]?(?:nan|inf|infinity)$/i;
/** RFC 3339 section 5.6 with a precision of at most milliseconds, which is all that BSON has. */
const RFC_3339 =
  /^\d{4}-\d{2}-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;
/** The largest distance from the epoch of an ECMAScript date, in milliseconds. */
const MAX_DATE = 8.64e15;
const UUID_SUBTYPE = 4;
const UUID_BYTES = 16;
const REGEX_OPTIONS = /^(?:([ilmsux])(?!.*\1))*$/;

function fromText(parse: (text: string) => unknown): WrapperParser {
  return (argument) => (typeof argument === 'string' ? parse(argument) : undefined);
}

function parseInt32(text: string): Int32 | undefined {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  return isInt32(value) ? new Int32(value) : undefined;
}

function parseInt64(text: string): Long | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(INT64_BITS, value) === value ? Long.fromBigInt(value) : undefined;
}

function parseDouble(text: string): Double | undefined {
  const nonFinite = NON_FINITE.get(text);
  if (nonFinite !== undefined) return new Double(nonFinite);
  const value = isDecimalNumber(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? new Double(value) : undefined;
}

/** The length first: what is longer is no number that BSON can hold, and is not looked at. */
function isDecimalNumber(text: string): boolean {
  return text.length <= MAX_NUMBER_LENGTH && DECIMAL_NUMBER.test(text);
}

function parseDecimal(text: string): Decimal128 | undefined {
  // The library's own expression takes the square of the length for a text that is no number.
  if (!isDecimalNumber(text) && !NON_FINITE_DECIMAL.test(text)) return undefined;
  try {
    return Decimal128.fromString(text);
  } catch (error) {
    // Not a number, or one that 34 digits cannot hold exactly.
    if (error instanceof BSONError) return undefined;
    throw error;
  }
}

function parseDate(argument: unknown): Date | undefined {
  if (typeof argument === 'string') return parseIsoDate(argument);
  const members = exactMembers(argument, ['$numberLong']);
  const text = members?.$numberLong;
  if (typeof text !== 'string') return undefined;
  const value = parseInt64(text)?.toNumber();
  return value !== undefined && Math.abs(value) <= MAX_DATE ? new Date(value) : undefined;
}

function parseIsoDate(text: string): Date | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const date = new Date(text);
  // ECMAScript takes 30 February for 1 or 2 March.
  const calendarDay = new Date(`${text.slice(0, 'yyyy-mm-dd'.length)}T00:00:00Z`).getUTCDate();
  return calendarDay === Number(match[1]) && !Number.isNaN(date.getTime()) ? date : undefined;
}

function parseBinary(argument: unknown): Binary | undefined {
  const members = exactMembers(argument, ['base64', 'subType']);
  return members === undefined ? undefined : createBinary(members.base64, members.subType);
}

/** The MongoDB shell's old form: `{"$binary": "<base64>", "$type": "<hex>"}`. */
export function parseLegacyBinary(
  object: Record<string, unknown>,
  keys: readonly string[],
): Binary | undefined {
  if (keys.length !== 2) return undefined;
  return createBinary(object.$binary, object.$type);
}

function createBinary(base64: unknown, subType: unknown): Binary | undefined {
  if (typeof base64 !== 'string' || typeof subType !== 'string') return undefined;
  if (!/^[0-9a-f]{1,2}$/i.test(subType)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // One spelling only, so that nothing is dropped: Buffer skips what it does not understand.
  if (bytes.toString('base64') !== base64) return undefined;
  const type = Number.parseInt(subType, 16);
  // The library could store a UUID of another length but never read it again.
  if (type === UUID_SUBTYPE) return bytes.length === UUID_BYTES ? new UUID(bytes) : undefined;
  return new Binary(bytes, type);
}

function parseRegularExpression(argument: unknown): BSONRegExp | undefined {
  const members = exactMembers(argument, ['pattern', 'options']);
  return members === undefined ? undefined : createRegExp(members.pattern, members.options);
}

/**
 * The old form `{"$regex": "…", "$options": "…"}`. With anything but two strings it is a query
 * operator, which is not a wrapper. Malformed options make it no regular expression either.
 */
export function parseLegacyRegularExpression(
  object: Record<string, unknown>,
  keys: readonly string[],
): BSONRegExp | undefined {
  if (keys.length !== 2) return undefined;
  return createRegExp(object.$regex, object.$options);
}

function createRegExp(pattern: unknown, options: unknown): BSONRegExp | undefined {
  if (typeof pattern !== 'string' || typeof options !== 'string') return undefined;
  if (pattern.includes('\0') || !REGEX_OPTIONS.test(options)) return undefined;
  return new BSONRegExp(pattern, options);
}

function parseTimestamp(argument: unknown): Timestamp | undefined {
  const members = exactMembers(argument, ['t', 'i']);
  if (members === undefined || !isUint32(members.t) || !isUint32(members.i)) return undefined;
  return new Timestamp({ t: members.t, i: members.i });
}

function isUint32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= UINT32_MAX;
}

/** Deprecated, and the library cannot write it: the specification converts it to a DBRef. */
function parseDbPointer(argument: unknown): Record<string, unknown> | undefined {
  const members = exactMembers(argument, ['$ref', '$id']);
  const id = exactMembers(members?.$id, ['$oid'])?.$oid;
  if (typeof members?.$ref !== 'string' || typeof id !== 'string' || !OBJECT_ID.test(id)) {
    return undefined;
  }
  return { $ref: members.$ref, $id: new ObjectId(id) };
}

/** The object if it has exactly these keys, in any order. */
function exactMembers<Key extends string>(
  value: unknown,
  keys: readonly Key[],
): Record<Key, unknown> | undefined {
  if (!isPlainObject(value) || Object.keys(value).length !== keys.length) return undefined;
  return keys.every((key) => Object.hasOwn(value, key))
    ? (value as Record<Key, unknown>)
    : undefined;
}
