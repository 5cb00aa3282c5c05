/** Values as BSON bytes: the form in which they travel between the gateway and a function. */
import { BSONError, serialize } from '../bson.ts';
import { decodeTyped } from '../store/stored-document.ts';
import { isPlainObject } from '../values/documents.ts';
import { MAX_VALUE_BYTES, tooLarge } from './messages.ts';

/** The bytes of a value. Fails with a `RangeError` if they are more than `MAX_VALUE_BYTES`. */
export function encodeValue(value: unknown): Uint8Array {
  const bytes = serializeAny(value);
  if (bytes.length > MAX_VALUE_BYTES) throw tooLarge();
  return bytes;
}

/** The library takes a document with a field `_bsontype`, which anyone may store, for a value of its own. */
function serializeAny(value: unknown): Uint8Array {
  try {
    return serialize({ value });
  } catch (error) {
    if (!(error instanceof BSONError)) throw error;
    return serialize({ value: withMaps(value) });
  }
}

function withMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMaps);
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, withMaps(member)] as const);
  return new Map(entries);
}

/** The value that `encodeValue` encoded; `undefined` if it had none. */
export function decodeValue(bytes: Uint8Array): unknown {
  return decodeTyped(bytes).value;
}
