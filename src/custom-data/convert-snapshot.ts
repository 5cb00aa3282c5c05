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

interface Conversion {
  readonly number: (value: number) => JsonValue;
  readonly wrappers: ReadonlyMap<string, WrapperConverter>;
  /** Of `{"$code": …, "$scope": …}`, the only wrapper of two keys. */
  readonly codeWithScope: (code: JsonValue, scope: JsonValue) => JsonValue | undefined;
}

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
  return convertMembers(snapshot, CONVERSIONS[format]);
}

/** A BSON value as JSON of the format asked for. */
export function showValue(value: unknown, format: SnapshotFormat): JsonValue {
  return convert(formatExtendedJson(value, 'canonical'), CONVERSIONS[format]);
}

function convert(value: JsonValue, conversion: Conversion): JsonValue {
  if (typeof value === 'number') return conversion.number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return convertArray(value, conversion);
  return convertWrapper(value, conversion) ?? convertMembers(value, conversion);
}

function convertArray(values: readonly JsonValue[], conversion: Conversion): readonly JsonValue[] {
  let result: JsonValue[] | null = null;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as JsonValue;
    const converted = convert(value, conversion);
    if (converted !== value) result ??= values.slice(0, index);
    result?.push(converted);
  }
  return result ?? values;
}

function convertMembers(object: JsonObject, conversion: Conversion): JsonObject {
  const keys = Object.keys(object);
  let result: Record<string, JsonValue> | null = null;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const value = object[key] as JsonValue;
    const converted = convert(value, conversion);
    if (converted !== value) result ??= pick(object, keys.slice(0, index));
    if (result !== null) setOwn(result, key, converted);
  }
  return result ?? object;
}

function pick(object: JsonObject, keys: readonly string[]): Record<string, JsonValue> {
  const result: Record<string, JsonValue> = {};
  for (const key of keys) setOwn(result, key, object[key] as JsonValue);
  return result;
}

function convertWrapper(object: JsonObject, conversion: Conversion): JsonValue | undefined {
  let first: string | undefined;
  let size = 0;
  for (const key in object) {
    if (size === 0 && key.charCodeAt(0) !== DOLLAR) return undefined;
    first ??= key;
    size += 1;
  }
  if (first === undefined) return undefined;
  const argument = object[first] as JsonValue;
  if (size === 1) return conversion.wrappers.get(first)?.(argument, object);
  const scope = object.$scope;
  if (size !== 2 || first !== '$code' || scope === undefined) return undefined;
  return conversion.codeWithScope(argument, scope);
}

/** A wrapper without documents in it that has the same form in the result. */
const unchanged: WrapperConverter = (_argument, wrapper) => wrapper;

function textArgument(convertText: (text: string) => JsonValue | undefined): WrapperConverter {
  return (argument) => (typeof argument === 'string' ? convertText(argument) : undefined);
}

/** A literal document may look like a wrapper and hold any text. */
const relaxInt32: WrapperConverter = textArgument((text) => finite(Number(text)));

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function relaxInt64(text: string): number | null {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
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

const RELAXED: Conversion = {
  number: (value) => value,
  codeWithScope: () => undefined,
  wrappers: new Map<string, WrapperConverter>([
    ['$numberInt', relaxInt32],
    [
      '$numberLong',
      (argument, wrapper) =>
        typeof argument === 'string' ? (relaxInt64(argument) ?? wrapper) : undefined,
    ],
    ['$numberDouble', relaxDouble],
    [
      '$date',
      (argument, wrapper) => {
        const milliseconds = dateArgument(argument);
        if (milliseconds === undefined) return undefined;
        const iso = formatIsoDate(milliseconds);
        return iso === null ? wrapper : { $date: iso };
      },
    ],
  ]),
};

const CANONICAL: Conversion = {
  number: (value) =>
    isInt32(value) ? { $numberInt: String(value) } : { $numberDouble: formatDoubleText(value) },
  codeWithScope: () => undefined,
  wrappers: new Map<string, WrapperConverter>([
    ['$timestamp', unchanged],
    ['$minKey', unchanged],
    ['$maxKey', unchanged],
    [
      '$date',
      (argument, wrapper) => {
        if (typeof argument !== 'string') return wrapper;
        const milliseconds = dateArgument(argument);
        return milliseconds === undefined
          ? undefined
          : { $date: { $numberLong: String(milliseconds) } };
      },
    ],
  ]),
};

const PLAIN: Conversion = {
  number: (value) => value,
  codeWithScope: (code, scope) =>
    typeof code === 'string' ? { code, scope: convert(scope, PLAIN) } : undefined,
  wrappers: new Map<string, WrapperConverter>([
    ['$numberInt', relaxInt32],
    [
      '$numberLong',
      textArgument((text) => (INT64.test(text) ? (relaxInt64(text) ?? text) : undefined)),
    ],
    [
      '$numberDouble',
      textArgument((text) => {
        const value = Number(text);
        // JSON has neither; and -0 is 0 in it.
        return Number.isFinite(value) ? value + 0 : text;
      }),
    ],
    ['$numberDecimal', textArgument((text) => text)],
    ['$date', plainDate],
    ['$oid', textArgument((text) => text)],
    ['$binary', plainBinary],
    ['$regularExpression', plainRegularExpression],
    ['$timestamp', (argument) => argument],
    ['$minKey', () => 'MinKey'],
    ['$maxKey', () => 'MaxKey'],
    ['$symbol', textArgument((text) => text)],
    ['$code', textArgument((text) => text)],
    ['$undefined', () => null],
  ]),
};

const CONVERSIONS: Readonly<Record<SnapshotFormat, Conversion>> = { RELAXED, CANONICAL, PLAIN };

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
