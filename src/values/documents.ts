/** Documents: objects made of fields alone, in BSON as in JSON. */
import { DBRef } from '../bson.ts';

/** Field name → BSON value. Numbers follow the driver: int32 if integral and in range, else double. */
export type Document = Record<string, unknown>;

/** Stands for a field that is not there: before a change, or after one that removes it. */
export const ABSENT = Symbol('absent');

/**
 * Whether `value` is an object made of properties alone: not an array, not a BSON type, not a class.
 *
 * Decided by the prototype, because a property such as `_bsontype` may come from outside.
 */
export function isPlainObject(value: unknown): value is Document {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Object.prototype of another realm, such as a worker's or a test runner's.
  return !Array.isArray(value) && Object.getPrototypeOf(prototype) === null;
}

/**
 * The fields of a document, `null` for any other value. A reference is a document to BSON: `DBRef` is what the
 * library makes of one that has `$ref` and `$id`.
 */
export function fieldsOf(value: unknown): Document | null {
  if (isPlainObject(value)) return value;
  if (!(value instanceof DBRef)) return null;
  const { collection, db, fields, oid } = value;
  return { $ref: collection, $id: oid, ...(db === undefined ? {} : { $db: db }), ...fields };
}

/**
 * Sets a field whose name came from outside. An assignment to `__proto__` would replace the prototype
 * instead of making a field.
 */
export function setOwn<T>(target: Record<string, T>, name: string, value: NoInfer<T>): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  } else {
    target[name] = value;
  }
}
