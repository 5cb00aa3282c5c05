/** Whether BSON values are the same to the byte. Equality as MongoDB has it is that of their keys. */
import { serialize } from '../bson.ts';
import type { Document } from '../store/port.ts';

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
