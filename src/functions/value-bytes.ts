/** Values as BSON bytes: the form in which they travel between the gateway and a function. */
import { deserialize, serialize } from '../bson.ts';
import { MAX_VALUE_BYTES, tooLarge } from './value-limit.ts';

/** Every BSON type stays itself, as the rest of the gateway expects it. */
const FAITHFUL = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  bsonRegExp: true,
  validation: { utf8: false },
} as const;

/** The bytes of a value. Fails with a `RangeError` if they are more than `MAX_VALUE_BYTES`. */
export function encodeValue(value: unknown): Uint8Array {
  const bytes = serialize({ value });
  if (bytes.length > MAX_VALUE_BYTES) throw tooLarge();
  return bytes;
}

/** The value that `encodeValue` encoded; `undefined` if it had none. */
export function decodeValue(bytes: Uint8Array): unknown {
  return deserialize(bytes, FAITHFUL).value;
}
