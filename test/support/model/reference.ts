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

/** In the order in which one takes the other in: a sum is of the later of its types (manual of `$inc`). */
const NUMBER_TYPES = ['$numberInt', '$numberLong', '$numberDecimal'] as const;

/** An integer, or a decimal of some places: the arbitraries make no other numbers that operators meet. */
interface ModelNumber {
  readonly type: number;
  readonly digits: bigint;
  readonly places: number;
}

/** As many places as the one that has more (IEEE 754-2008 section 5.4.1). */
function add(value: JsonValue, by: JsonValue): JsonValue {
  const [left, right] = [numberOf(value), numberOf(by)];
  if (left === null || right === null) throw new Misfit('no number');
  const places = Math.max(left.places, right.places);
  const scaled = (one: ModelNumber) => one.digits * 10n ** BigInt(places - one.places);
  const type = NUMBER_TYPES[Math.max(left.type, right.type)] as string;
  return { [type]: writeNumber(scaled(left) + scaled(right), places) };
}

function numberOf(value: JsonValue): ModelNumber | null {
  if (typeof value !== 'object' || value === null || isArray(value)) return null;
  const type = NUMBER_TYPES.findIndex((name) => typeof value[name] === 'string');
  if (type < 0) return null;
  const text = String(value[NUMBER_TYPES[type] as string]);
  const places = text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
  return { type, places, digits: BigInt(text.replace('.', '')) };
}

function writeNumber(digits: bigint, places: number): string {
  if (places === 0) return String(digits);
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, -places)}.${text.slice(-places)}`;
}
