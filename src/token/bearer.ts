/** The bearer token of an HTTP request. */
import { unauthenticated } from '../errors.ts';

/**
 * The token in `Bearer <token>` (RFC 6750 2.1; the scheme's case does not matter, RFC 9110 11.1).
 * Fails with `UNAUTHENTICATED` (`TOKEN_MALFORMED`).
 */
export function parseBearer(authorization: string): string {
  const match = /^bearer +(\S+)$/i.exec(authorization);
  if (match?.[1] === undefined) throw unauthenticated('TOKEN_MALFORMED');
  return match[1];
}
