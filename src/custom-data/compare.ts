/** Equality of BSON values, in the two senses that matter: same bytes, and equal as MongoDB has it. */
import { DBRef, serialize } from '../bson.ts';
import type { Document } from '../store/port.ts';
import { isPlainObject } from './json.ts';
import { isEqualNumber, isNumeric } from './numeric.ts';

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

/**
 * Whether two values are equal as MongoDB compares them: numbers by value whatever their type,
 * documents field by field in order, everything else by type and bytes.
 */
export function isEqualValue(left: unknown, right: unknown): boolean {
  if (isNumeric(left) && isNumeric(right)) return isEqualNumber(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, i) => isEqualValue(item, right[i]));
  }
  if (isPlainObject(left) && isPlainObject(right)) {
    const keys = Object.keys(left);
    const others = Object.keys(right);
    return (
      keys.length === others.length &&
      keys.every((key, i) => key === others[i] && isEqualValue(left[key], right[key]))
    );
  }
  return mayBeSame(left, right) && isSameValue(left, right);
}

/**
 * Values of different classes are not the same, which is cheaper to see than to encode. A DBRef is
 * the exception: a class when it was read, a plain object when it was sent.
 */
function mayBeSame(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return left === right;
  if (left === null || right === null) return left === right;
  if (left instanceof DBRef || right instanceof DBRef) return true;
  return Object.getPrototypeOf(left) === Object.getPrototypeOf(right);
}
