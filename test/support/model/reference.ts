/**
 * What a document becomes, as plainly as it can be said: canonical Extended JSON in, canonical
 * Extended JSON out, written from the docs and RFC 7396 rather than from the code under test.
 */

import type { WriteMode } from '../../../src/custom-data/write-mode.ts';
import type { JsonObject, JsonValue } from '../../../src/values/json.ts';

/** An operator; `value` is the operand of all but `unset`. */
export interface ModelOperation {
  readonly operator: 'set' | 'unset' | 'increment' | 'append' | 'addToSet' | 'pull';
  readonly path: readonly string[];
  readonly value: JsonValue;
}

/** Thrown where the gateway must answer `BAD_USER_INPUT`. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
}

type Mutable = { [name: string]: JsonValue };

/** A document or an array, not the wrapper of a BSON type. */
function isDocument(value: JsonValue | undefined): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !Object.keys(value).some((name) => name.startsWith('$'));
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The document after a write in one of the modes. */
export function write(current: JsonObject | null, data: JsonObject, mode: WriteMode): JsonObject {
  if (mode === 'REPLACE') return data;
  if (mode === 'MERGE') return { ...current, ...data };
  return mergePatch(current ?? {}, data);
}

/** RFC 7396 section 2, with BSON types as single values. */
function mergePatch(target: JsonValue | undefined, patch: JsonObject): JsonObject {
  const result: Mutable = isDocument(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = isDocument(value) ? mergePatch(result[name], value) : value;
  }
  return result;
}

/** The document after all operators; fails with `Misfit` if one does not fit. */
export function update(
  current: JsonObject | null,
  operations: readonly ModelOperation[],
): JsonObject {
  return operations.reduce<JsonObject>(
    (document, operation) => apply(document, operation.path, operation) as JsonObject,
    current ?? {},
  );
}

function apply(
  value: JsonValue | undefined,
  path: readonly string[],
  operation: ModelOperation,
): JsonValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return operate(value, operation);
  if (isArray(value)) return applyInArray(value, step, rest, operation);
  if (value !== undefined && !isDocument(value)) {
    if (isRemoval(operation)) return value;
    throw new Misfit('a path through a scalar');
  }
  if (value === undefined && isRemoval(operation)) return undefined;
  const { [step]: before, ...others } = value ?? {};
  const after = apply(before, rest, operation);
  return after === undefined ? others : { ...others, [step]: after };
}

function applyInArray(
  array: readonly JsonValue[],
  step: string,
  rest: readonly string[],
  operation: ModelOperation,
): JsonValue {
  const index = step === '-' ? array.length : Number(step);
  if (!Number.isInteger(index)) throw new Misfit('a name in an array');
  if (index >= array.length && isRemoval(operation)) return array;
  if (index > array.length) throw new Misfit('a gap in an array');
  const after = apply(array[index], rest, operation) ?? null;
  return [...array.slice(0, index), after, ...array.slice(index + 1)];
}

function isRemoval({ operator }: ModelOperation): boolean {
  return operator === 'unset' || operator === 'pull';
}

function operate(
  value: JsonValue | undefined,
  { operator, value: operand }: ModelOperation,
): JsonValue | undefined {
  if (operator === 'set') return operand;
  if (operator === 'unset') return undefined;
  if (operator === 'increment') return value === undefined ? operand : add(value, operand);
  if (value === undefined) return operator === 'pull' ? undefined : [operand];
  if (!isArray(value)) throw new Misfit('no array');
  const isSame = (item: JsonValue) => JSON.stringify(item) === JSON.stringify(operand);
  if (operator === 'pull') return value.filter((item) => !isSame(item));
  return operator === 'addToSet' && value.some(isSame) ? value : [...value, operand];
}

/** Integers only: the arbitraries make no other numbers that operators meet. */
function add(value: JsonValue, by: JsonValue): JsonValue {
  const [left, right] = [integerOf(value), integerOf(by)];
  if (left === null || right === null) throw new Misfit('no number');
  const isLong = [value, by].some((one) => JSON.stringify(one).includes('$numberLong'));
  return { [isLong ? '$numberLong' : '$numberInt']: String(left + right) };
}

function integerOf(value: JsonValue): bigint | null {
  if (typeof value !== 'object' || value === null || isArray(value)) return null;
  const text = value.$numberInt ?? value.$numberLong;
  return typeof text === 'string' ? BigInt(text) : null;
}
