/** How large a value may be that travels between the gateway and a function. */

/** Largest value, in bytes: the largest BSON document. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;

/** Why a value cannot travel. */
export function tooLarge(): RangeError {
  return new RangeError(`it is larger than ${MAX_VALUE_BYTES} bytes`);
}
