/** JSON values and the two places where a JSON key can do harm or be misread. */

/** A JSON value (RFC 8259). */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object (RFC 8259). */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/**
 * Sets a property that came from outside. An assignment to `__proto__` would replace the prototype
 * instead of making a property.
 */
export function setOwn<T>(target: Record<string, T>, key: string, value: NoInfer<T>): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  } else {
    target[key] = value;
  }
}

/**
 * Whether `value` is an object made of properties alone: not an array, not a BSON type, not a class.
 *
 * Decided by the prototype, because a property such as `_bsontype` may come from outside.
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Object.prototype of another realm, such as a worker's or a test runner's.
  return !Array.isArray(value) && Object.getPrototypeOf(prototype) === null;
}

/** Appends one reference token to a JSON Pointer (RFC 6901 section 3). */
export function appendPointer(pointer: string, token: string | number): string {
  if (typeof token === 'number') return `${pointer}/${token}`;
  return `${pointer}/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The reference tokens of a JSON Pointer, or `null` if it is not one (RFC 6901 sections 3 and 4). */
export function splitPointer(pointer: string): string[] | null {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return null;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
