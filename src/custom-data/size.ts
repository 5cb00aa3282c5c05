/** What each field of a document costs in a token. */
import type { FieldSize } from '../errors.ts';
import { appendPointer, type JsonObject } from '../values/json.ts';

const DEFAULT_LIMIT = 5;

/** Bytes of base64url per byte encoded (RFC 4648 section 5). */
const BASE64_GROWTH = 4 / 3;

/**
 * The top-level fields that take most of the `Authorization` header value, largest first, at most
 * `limit`. Counts the encoded UTF-8 bytes of name, value and punctuation.
 */
export function largestFields(data: JsonObject, limit = DEFAULT_LIMIT): FieldSize[] {
  return Object.keys(data)
    .map((name) => ({ path: appendPointer('', name), bytes: encodedBytes(name, data[name]) }))
    .sort((left, right) => right.bytes - left.bytes)
    .slice(0, limit);
}

function encodedBytes(name: string, value: unknown): number {
  const member = `${JSON.stringify(name)}:${JSON.stringify(value)},`;
  return Math.ceil(Buffer.byteLength(member) * BASE64_GROWTH);
}
