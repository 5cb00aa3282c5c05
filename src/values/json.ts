/** JSON values, and pointers into them. */
import { type Document, isPlainObject } from './documents.ts';

/** A JSON value (RFC 8259). */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object (RFC 8259). */
export interface JsonObject {
  readonly [name: string]: JsonValue;
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

/** An index of an array (RFC 6901 section 4). */
const INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * What reference tokens lead to from a value, through its own members and elements alone; `undefined`: to nothing.
 */
export function valueAt(value: unknown, tokens: readonly string[]): unknown {
  return tokens.reduce<unknown>((held, token) => {
    const mayHold = Array.isArray(held) ? INDEX.test(token) : isPlainObject(held);
    return mayHold && Object.hasOwn(held as object, token) ? (held as Document)[token] : undefined;
  }, value);
}

/** Text that equal JSON values share (JSON Schema Core 2020-12, section 4.2.2): members have no order. */
export function jsonKey(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(jsonKey).join(',')}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${jsonKey(member)}`,
  );
  return `{${members.sort().join(',')}}`;
}

/** Whether a JSON object or array is an array: `Array.isArray` does not narrow read-only ones. */
export function isArray(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}
