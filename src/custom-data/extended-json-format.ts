/** BSON values → Extended JSON v2. */
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
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
import { isPlainObject, setOwn } from '../values/documents.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { parseDriverNumber } from './extended-json-parse.ts';

/** Canonical keeps every BSON type; relaxed uses plain numbers and ISO dates where it may. */
export type ExtendedJsonMode = 'canonical' | 'relaxed';

type Formatter = (value: never, mode: ExtendedJsonMode) => JsonValue;

/** By prototype: a property such as `_bsontype` may come from a document. */
const FORMATTERS: ReadonlyMap<object, Formatter> = new Map<object, Formatter>([
  [Int32.prototype, formatInt32],
  [Double.prototype, formatDouble],
  [Long.prototype, formatInt64],
  [Date.prototype, formatDate],
  [ObjectId.prototype, (value: ObjectId) => ({ $oid: value.toHexString() })],
  [Decimal128.prototype, (value: Decimal128) => ({ $numberDecimal: value.toString() })],
  [Binary.prototype, formatBinary],
  [UUID.prototype, formatBinary],
  [
    BSONRegExp.prototype,
    ({ pattern, options }: BSONRegExp) => ({ $regularExpression: { pattern, options } }),
  ],
  [Timestamp.prototype, ({ t, i }: Timestamp) => ({ $timestamp: { t, i } })],
  [MinKey.prototype, () => ({ $minKey: 1 })],
  [MaxKey.prototype, () => ({ $maxKey: 1 })],
  [BSONSymbol.prototype, (value: BSONSymbol) => ({ $symbol: value.value })],
  [Code.prototype, formatCode],
  [DBRef.prototype, formatDbRef],
]);

/**
 * Formats a BSON value, as decoded without promotion, as plain JSON.
 *
 * Where relaxed JSON would lose something (int64 beyond 2^53, -0) the canonical wrapper stays. A
 * date that ECMAScript cannot express becomes `null`. Fails on a value that is not BSON.
 */
export function formatExtendedJson(value: unknown, mode: ExtendedJsonMode): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : formatObject(value, mode);
    case 'number': {
      const number = parseDriverNumber(value) ?? new Double(value);
      return number instanceof Int32 ? formatInt32(number, mode) : formatDouble(number, mode);
    }
    case 'undefined':
      return { $undefined: true };
    default:
      throw new TypeError(`Not a BSON value: ${typeof value}`);
  }
}

/** Formats a document: `formatExtendedJson` for a value known to be an object. */
export function formatDocument(
  document: Record<string, unknown>,
  mode: ExtendedJsonMode,
): Record<string, JsonValue> {
  const result: Record<string, JsonValue> = {};
  for (const key of Object.keys(document)) {
    setOwn(result, key, formatExtendedJson(document[key], mode));
  }
  return result;
}

/** A double as Extended JSON writes it: with a point or an exponent, so that it reads as one. */
export function formatDoubleText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** The ISO 8601 form of relaxed dates: fractions only if there are any, years 1970 to 9999 only. */
export function formatIsoDate(milliseconds: number): string | null {
  if (!(milliseconds >= 0 && milliseconds < YEAR_10000)) return null;
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

const YEAR_10000 = Date.UTC(10_000, 0);

function formatObject(value: object, mode: ExtendedJsonMode): JsonValue {
  if (Array.isArray(value)) return value.map((item: unknown) => formatExtendedJson(item, mode));
  const formatter = FORMATTERS.get(Object.getPrototypeOf(value) as object);
  if (formatter !== undefined) return formatter(value as never, mode);
  if (isPlainObject(value)) return formatDocument(value, mode);
  throw new TypeError('Not a BSON value: an object of another class');
}

function formatInt32({ value }: Int32, mode: ExtendedJsonMode): JsonValue {
  return mode === 'relaxed' ? value : { $numberInt: String(value) };
}

function formatDouble({ value }: Double, mode: ExtendedJsonMode): JsonValue {
  if (mode === 'relaxed' && Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $numberDouble: formatDoubleText(value) };
}

function formatInt64(value: Long, mode: ExtendedJsonMode): JsonValue {
  if (mode === 'relaxed' && Number.isSafeInteger(value.toNumber())) return value.toNumber();
  return { $numberLong: value.toString() };
}

function formatDate(value: Date, mode: ExtendedJsonMode): JsonValue {
  const milliseconds = value.getTime();
  if (Number.isNaN(milliseconds)) return null;
  const iso = mode === 'relaxed' ? formatIsoDate(milliseconds) : null;
  return { $date: iso ?? { $numberLong: String(milliseconds) } };
}

function formatBinary(value: Binary): JsonObject {
  const subType = value.sub_type.toString(16).padStart(2, '0');
  return { $binary: { base64: value.toString('base64'), subType } };
}

function formatCode({ code, scope }: Code, mode: ExtendedJsonMode): JsonObject {
  return scope === null ? { $code: code } : { $code: code, $scope: formatDocument(scope, mode) };
}

function formatDbRef({ collection, oid, db, fields }: DBRef, mode: ExtendedJsonMode): JsonObject {
  const id = formatExtendedJson(oid, mode);
  return {
    $ref: collection,
    $id: id,
    ...(db === undefined ? {} : { $db: db }),
    ...formatDocument(fields, mode),
  };
}
