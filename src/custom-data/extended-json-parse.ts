/** Extended JSON v2 → BSON values, strictly: a wrapper that is not exactly right is refused. */
import { BSONError, Code, Double, Int32, serialize } from '../bson.ts';
import { badInput, isGatewayError } from '../errors.ts';
import { isPlainObject, setOwn } from '../values/documents.ts';
import { appendPointer, type JsonValue } from '../values/json.ts';
import { isInt32 } from '../values/numbers.ts';
import {
  parseLegacyBinary,
  parseLegacyRegularExpression,
  WRAPPERS,
} from './extended-json-wrappers.ts';

/** Objects and arrays within one another, the outermost counted: MongoDB's documented limit. */
export const MAX_DEPTH = 100;

const DOLLAR = 0x24;

/** Lone halves of surrogate pairs: BSON text is UTF-8, which cannot carry them. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Parses a JSON value, canonical or relaxed, into a BSON value.
 *
 * Plain numbers become what the driver makes of them: `Int32` if integral and in range, else
 * `Double`. `$undefined` becomes `null` and `$dbPointer` a DBRef, as the specification converts
 * deprecated types. Objects with other `$` keys stay objects: whether a user may write them is the
 * write policy's business.
 *
 * Fails with `BAD_USER_INPUT`; `path` is the JSON Pointer of the offending value.
 */
export function parseExtendedJson(value: unknown): unknown {
  return parseValue(value, []);
}

/**
 * Reads what `formatExtendedJson` made of a stored value. Extended JSON has no escape: a stored document
 * may look like a wrapper without being one, such as `{"$numberInt": "n/a"}`, and stays a document. One
 * that looks exactly like a wrapper reads as the value of that.
 */
export function readExtendedJson(json: JsonValue): unknown {
  if (Array.isArray(json)) return json.map(readExtendedJson);
  if (!isPlainObject(json)) return parseExtendedJson(json);
  if (Object.keys(json).some((key) => key.startsWith('$'))) {
    try {
      return parseExtendedJson(json);
    } catch (error) {
      if (!isGatewayError(error, 'BAD_USER_INPUT')) throw error;
    }
  }
  const document: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    setOwn(document, key, readExtendedJson(value as JsonValue));
  }
  return document;
}

/** Reference tokens from the outermost value to the one being parsed; its length is the depth. */
type Path = (string | number)[];

function parseValue(value: unknown, path: Path): unknown {
  switch (typeof value) {
    case 'string':
      return parseText(value, path);
    case 'number':
      return parseNumber(value, path);
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (path.length >= MAX_DEPTH) {
        throw badInput(`Values may not be nested more than ${MAX_DEPTH} deep`, pointerTo(path));
      }
      if (Array.isArray(value)) return parseArray(value, path);
      if (isPlainObject(value)) return parseObject(value, path);
      break;
    default:
  }
  throw badInput('A value is not JSON', pointerTo(path));
}

/** The `Int32` or `Double` that the driver stores for a number; `null` if it is not finite. */
export function parseDriverNumber(value: number): Int32 | Double | null {
  if (isInt32(value) && !Object.is(value, -0)) return new Int32(value);
  return Number.isFinite(value) ? new Double(value) : null;
}

function parseNumber(value: number, path: Path): unknown {
  const parsed = parseDriverNumber(value);
  // JSON.parse makes Infinity of 1e400: storing that would not be what was sent.
  if (parsed === null) throw badInput('A number is out of range', pointerTo(path));
  return parsed;
}

function parseText(value: string, path: Path): string {
  if (LONE_SURROGATE.test(value)) {
    throw badInput('A string has a lone surrogate', pointerTo(path));
  }
  return value;
}

function parseArray(values: readonly unknown[], path: Path): unknown[] {
  const depth = path.length;
  const result = values.map((value, index) => {
    path[depth] = index;
    return parseValue(value, path);
  });
  path.length = depth;
  return result;
}

function parseObject(object: Record<string, unknown>, path: Path): unknown {
  const keys = Object.keys(object);
  if (keys.some((key) => key.charCodeAt(0) === DOLLAR)) {
    const wrapped = parseWrapper(object, keys, path);
    if (wrapped !== undefined) return wrapped;
    if (isDbRef(object)) return parseMembers(object, dbRefOrder(keys), path);
  }
  return parseMembers(object, keys, path);
}

function parseMembers(
  object: Record<string, unknown>,
  keys: readonly string[],
  path: Path,
): Record<string, unknown> {
  const depth = path.length;
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    path[depth] = key;
    if (key.includes('\0') || LONE_SURROGATE.test(key)) {
      throw badInput('A key has a null character or a lone surrogate', pointerTo(path));
    }
    setOwn(result, key, parseValue(object[key], path));
  }
  path.length = depth;
  return result;
}

/** The value of a wrapper object, or `undefined` if the object is not one. */
function parseWrapper(
  object: Record<string, unknown>,
  keys: readonly string[],
  path: Path,
): unknown {
  const legacy = parseLegacyRegularExpression(object, keys);
  if (legacy !== undefined) return checkStorable(legacy, '$regex', path);
  for (const key of keys) {
    if (key === '$code') return parseCode(object, keys, path);
    const parse = WRAPPERS.get(key);
    if (parse === undefined) continue;
    const value =
      keys.length === 1 ? parse(object[key]) : key === '$binary' && parseLegacyBinary(object, keys);
    return checkStorable(value, key, path);
  }
  return undefined;
}

/** `value`, unless the wrapper was malformed (`undefined`, `false`) or BSON cannot hold it. */
function checkStorable(value: unknown, wrapper: string, path: Path): unknown {
  if (value === undefined || value === false) throw malformed(wrapper, path);
  if (wrapper !== '$binary') {
    if (typeof value === 'object' && value !== null && hasLoneSurrogate(value)) {
      throw badInput('A string has a lone surrogate', pointerTo(path));
    }
    return value;
  }
  try {
    // The library checks vectors (subtype 9) only here, and then when a document is stored.
    serialize({ value });
  } catch (cause) {
    if (!(cause instanceof BSONError)) throw cause;
    throw malformed(wrapper, path, cause);
  }
  return value;
}

function hasLoneSurrogate(value: object): boolean {
  return Object.values(value).some((part) => typeof part === 'string' && LONE_SURROGATE.test(part));
}

function parseCode(object: Record<string, unknown>, keys: readonly string[], path: Path): Code {
  const { $code: code, $scope: scope } = object;
  const hasScope = keys.includes('$scope');
  if (typeof code !== 'string' || keys.length !== (hasScope ? 2 : 1))
    throw malformed('$code', path);
  parseText(code, path);
  if (!hasScope) return new Code(code);
  if (!isPlainObject(scope)) throw malformed('$code', path);
  path.push('$scope');
  const parsed = parseValue(scope, path);
  path.pop();
  if (!isPlainObject(parsed)) throw malformed('$code', path);
  return new Code(code, parsed);
}

/** Whether an object has the shape of a DBRef: `$ref`, `$id` and perhaps `$db`. */
export function isDbRef(object: Record<string, unknown>): boolean {
  return (
    typeof object.$ref === 'string' &&
    Object.hasOwn(object, '$id') &&
    (!Object.hasOwn(object, '$db') || typeof object.$db === 'string')
  );
}

/** Servers before MongoDB 5 refuse a DBRef whose fields come in another order. */
function dbRefOrder(keys: readonly string[]): string[] {
  const first = ['$ref', '$id', '$db'];
  return [
    ...first.filter((key) => keys.includes(key)),
    ...keys.filter((key) => !first.includes(key)),
  ];
}

function malformed(wrapper: string, path: Path, cause?: unknown) {
  return badInput(`"${wrapper}" is malformed`, pointerTo(path), cause);
}

function pointerTo(path: Path): string {
  return path.reduce<string>(appendPointer, '');
}
