/**
 * From the Extended JSON in a token to the form a client asks for: JSON to JSON, without BSON
 * objects between, because `me` answers from here. Parts that do not change are shared.
 */

import { setOwn } from '../values/documents.ts';
import { isArray, type JsonObject, type JsonValue } from '../values/json.ts';
import { isInt32 } from '../values/numbers.ts';
import { formatDoubleText, formatExtendedJson, formatIsoDate } from './extended-json-format.ts';

/** The forms in which a snapshot is shown. */
export type SnapshotFormat = 'RELAXED' | 'CANONICAL' | 'PLAIN';

/** The converted wrapper, or `undefined` if its argument is not what the wrapper holds. */
type WrapperConverter = (argument: JsonValue, wrapper: JsonObject) => JsonValue | undefined;

const DOLLAR = 0x24;
const INT64 = /^-?\d{1,19}$/;
const UUID_DIGITS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
const MAX_DATE = 8.64e15;

/**
 * Converts the document of a token, canonical or relaxed. A canonical one is answered as `CANONICAL`
 * by reference. In a relaxed one the difference of int32, int64 and double is lost, so `CANONICAL`
 * shows the type the driver would choose.
 */
export function convertSnapshot(snapshot: JsonObject, format: SnapshotFormat): JsonObject {
  return convertMembers(snapshot, format);
}

/** A BSON value as JSON of the format asked for. */
export function showValue(value: unknown, format: SnapshotFormat): JsonValue {
  return convert(formatExtendedJson(value, 'canonical'), format);
}

function convert(value: JsonValue, format: SnapshotFormat): JsonValue {
  if (typeof value === 'number') return format === 'CANONICAL' ? driverNumber(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return convertArray(value, format);
  return convertWrapper(value, format) ?? convertMembers(value, format);
}

function driverNumber(value: number): JsonValue {
  return isInt32(value)
    ? { $numberInt: String(value) }
    : { $numberDouble: formatDoubleText(value) };
}

function convertArray(values: readonly JsonValue[], format: SnapshotFormat): readonly JsonValue[] {
  let result: JsonValue[] | null = null;
  for (const [index, value] of values.entries()) {
    const converted = convert(value, format);
    if (converted === value) continue;
    result ??= [...values];
    result[index] = converted;
  }
  return result ?? values;
}

function convertMembers(object: JsonObject, format: SnapshotFormat): JsonObject {
  let result: Record<string, JsonValue> | null = null;
  for (const key of Object.keys(object)) {
    const value = object[key] as JsonValue;
    const converted = convert(value, format);
    if (converted === value) continue;
    result ??= { ...object };
    setOwn(result, key, converted);
  }
  return result ?? object;
}

function convertWrapper(object: JsonObject, format: SnapshotFormat): JsonValue | undefined {
  let first: string | undefined;
  let size = 0;
  for (const key in object) {
    if (size === 0 && key.charCodeAt(0) !== DOLLAR) return undefined;
    first ??= key;
    size += 1;
  }
  if (first === undefined) return undefined;
  const argument = object[first] as JsonValue;
  if (size === 1) return WRAPPERS.get(first)?.[format]?.(argument, object);
  // The only wrapper of two keys.
  const { $scope: scope } = object;
  const isScoped = size === 2 && first === '$code' && scope !== undefined;
  if (format !== 'PLAIN' || !isScoped || typeof argument !== 'string') return undefined;
  return { code: argument, scope: convert(scope, format) };
}

/** A wrapper without documents in it that has the same form in the result. */
const unchanged: WrapperConverter = (_argument, wrapper) => wrapper;

function textArgument(convertText: (text: string) => JsonValue | undefined): WrapperConverter {
  return (argument) => (typeof argument === 'string' ? convertText(argument) : undefined);
}

const text = textArgument((value) => value);

/** A literal document may look like a wrapper and hold any text. */
const relaxInt32 = textArgument((value) => {
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
});

function relaxInt64(value: string): number | null {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

function relaxDouble(argument: JsonValue, wrapper: JsonObject): JsonValue | undefined {
  if (typeof argument !== 'string') return undefined;
  const value = Number(argument);
  return Number.isFinite(value) && !Object.is(value, -0) ? value : wrapper;
}

/** Milliseconds of a `$date` argument of either form. */
function dateArgument(argument: JsonValue): number | undefined {
  const isText = typeof argument === 'string';
  if (!isText && (typeof argument !== 'object' || argument === null)) return undefined;
  const text = isText ? argument : (argument as JsonObject).$numberLong;
  if (typeof text !== 'string') return undefined;
  const milliseconds = isText ? Date.parse(text) : Number(text);
  return Math.abs(milliseconds) <= MAX_DATE ? milliseconds : undefined;
}

/** How each wrapper is shown in the forms that show it otherwise than any object. */
const WRAPPERS = new Map<string, Partial<Record<SnapshotFormat, WrapperConverter>>>([
  ['$numberInt', { RELAXED: relaxInt32, PLAIN: relaxInt32 }],
  [
    '$numberLong',
    {
      RELAXED: (argument, wrapper) =>
        typeof argument === 'string' ? (relaxInt64(argument) ?? wrapper) : undefined,
      PLAIN: textArgument((value) =>
        INT64.test(value) ? (relaxInt64(value) ?? value) : undefined,
      ),
    },
  ],
  ['$numberDouble', { RELAXED: relaxDouble, PLAIN: plainDouble }],
  ['$numberDecimal', { PLAIN: text }],
  ['$date', { RELAXED: relaxDate, CANONICAL: canonicalDate, PLAIN: plainDate }],
  ['$oid', { PLAIN: text }],
  ['$binary', { PLAIN: plainBinary }],
  ['$regularExpression', { PLAIN: plainRegularExpression }],
  ['$timestamp', { CANONICAL: unchanged, PLAIN: (argument) => argument }],
  ['$minKey', { CANONICAL: unchanged, PLAIN: () => 'MinKey' }],
  ['$maxKey', { CANONICAL: unchanged, PLAIN: () => 'MaxKey' }],
  ['$symbol', { PLAIN: text }],
  ['$code', { PLAIN: text }],
  ['$undefined', { PLAIN: () => null }],
]);

function plainDouble(argument: JsonValue): JsonValue | undefined {
  if (typeof argument !== 'string') return undefined;
  const value = Number(argument);
  // JSON has neither; and -0 is 0 in it.
  return Number.isFinite(value) ? value + 0 : argument;
}

function relaxDate(argument: JsonValue, wrapper: JsonObject): JsonValue | undefined {
  const milliseconds = dateArgument(argument);
  if (milliseconds === undefined) return undefined;
  const iso = formatIsoDate(milliseconds);
  return iso === null ? wrapper : { $date: iso };
}

function canonicalDate(argument: JsonValue, wrapper: JsonObject): JsonValue | undefined {
  if (typeof argument !== 'string') return wrapper;
  const milliseconds = dateArgument(argument);
  return milliseconds === undefined ? undefined : { $date: { $numberLong: String(milliseconds) } };
}

function plainDate(argument: JsonValue): JsonValue | undefined {
  const milliseconds = dateArgument(argument);
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

function plainBinary(argument: JsonValue): JsonValue | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  const { base64, subType } = argument as JsonObject;
  if (typeof base64 !== 'string') return undefined;
  if (subType !== '04') return base64;
  const digits = Buffer.from(base64, 'base64').toString('hex');
  return digits.replace(UUID_DIGITS, '$1-$2-$3-$4-$5');
}

function plainRegularExpression(argument: JsonValue): JsonValue | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  const { pattern, options } = argument as JsonObject;
  if (typeof pattern !== 'string' || typeof options !== 'string') return undefined;
  return `/${pattern}/${options}`;
}
