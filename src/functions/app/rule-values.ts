/** How rules compare values: JSON from the rule with BSON from the call. */
import { isDeepStrictEqual } from 'node:util';
import { Decimal128, Double, Int32, Long } from '../../bson.ts';

/**
 * Whether two values are the same; numbers by value, whatever their BSON type. What is not there
 * equals nothing, so that a rule about a missing field cannot allow anything.
 */
export function areEqual(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  return isDeepStrictEqual(normalize(left), normalize(right));
}

/** Negative, zero or positive as `left` is before, equal to or after `right`; `null` across types. */
export function compareValues(left: unknown, right: unknown): number | null {
  const [first, second] = [normalize(left), normalize(right)];
  if (first instanceof Date && second instanceof Date) return first.getTime() - second.getTime();
  if (!isOrdered(first) || !isOrdered(second)) return null;
  if ((typeof first === 'string') !== (typeof second === 'string')) return null;
  if (first < second) return -1;
  return first > second ? 1 : 0;
}

function isOrdered(value: unknown): value is number | bigint | string {
  return ['number', 'bigint', 'string'].includes(typeof value);
}

/** Plain values for BSON numbers, at any depth; an integer beyond the safe ones becomes a bigint. */
function normalize(value: unknown): unknown {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Decimal128) return Number(value.toString());
  if (value instanceof Long) {
    const number = value.toNumber();
    return Number.isSafeInteger(number) ? number : value.toBigInt();
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(normalize);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalize(item)]));
}
