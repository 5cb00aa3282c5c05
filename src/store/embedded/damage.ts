/** What is stored and cannot be right: LMDB has no checksums, so it is met where it is used. */
import { type GatewayError, serviceUnavailable } from '../../errors.ts';
import type { Document } from '../../values/documents.ts';
import { decodePlain } from '../stored-document.ts';

/** Not "no document": nobody may take what is damaged for what is not there. `what` is for the log. */
export function damaged(what: string, cause?: unknown): GatewayError<'SERVICE_UNAVAILABLE'> {
  const text = `The embedded store is damaged, restore it from a backup: ${what}`;
  return serviceUnavailable(new Error(text, { cause }));
}

/**
 * Decodes a stored document, or reads something in its bytes. Fails with `SERVICE_UNAVAILABLE` if they are not BSON,
 * which nothing but damage explains: what is written was encoded here.
 */
export function decodeHeld(bytes: Uint8Array): Document;
export function decodeHeld<Decoded>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Decoded,
): Decoded;
export function decodeHeld(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => unknown = decodePlain,
): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    throw damaged('a document is not BSON', error);
  }
}
