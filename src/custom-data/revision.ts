/** The revision of a document: the same for the same bytes, and telling nothing about them. */
import { createHmac } from 'node:crypto';

/**
 * 128 of the 256 bits. RFC 2104 section 5 allows half the output and no less than 80 bits; finding
 * two documents of one revision takes about 2^64 writes, and a revision is no proof of anything: it
 * only has to differ when the document does. Every byte of a token counts against its budget.
 */
const REVISION_BYTES = 16;

/** As long as every revision, and none. */
export const ANY_REVISION = Buffer.alloc(REVISION_BYTES).toString('base64url');

/**
 * Computes the revision of stored BSON bytes: HMAC-SHA256 (RFC 2104), 22 characters of base64url.
 *
 * Keyed, so that fields hidden from the reader cannot be guessed from it.
 */
export function revisionOf(bytes: Uint8Array, key: Uint8Array): string {
  const digest = createHmac('sha256', key).update(bytes).digest();
  return digest.subarray(0, REVISION_BYTES).toString('base64url');
}
