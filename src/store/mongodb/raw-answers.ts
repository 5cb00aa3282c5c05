/** Answers as bytes. */

/**
 * The bytes of a document that the driver was told not to decode (`raw`), which its types do not
 * know. Every document is read so: the driver loads its own copy of the BSON classes, and a value
 * that it decoded would be no instance of ours.
 */
export function toBytes(answer: unknown): Uint8Array {
  if (answer instanceof Uint8Array) return answer;
  throw new Error('The driver decoded a document that was asked for as bytes');
}
