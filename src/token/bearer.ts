/** The bearer token of an HTTP request. */
import { unauthenticated } from '../errors.ts';

const SCHEME = 'bearer';

/**
 * The token in `Bearer <token>` (RFC 6750 2.1; the scheme's case does not matter, RFC 9110 11.1), or `null` if
 * the header is absent, empty or names the scheme alone, as clients without a token send it.
 * Fails with `UNAUTHENTICATED` (`TOKEN_MALFORMED`).
 */
export function parseBearer(authorization: string | undefined): string | null {
  const value = authorization?.trim() ?? '';
  if (value.length <= SCHEME.length && (value === '' || value.toLowerCase() === SCHEME))
    return null;
  const match = /^bearer +(\S+)$/i.exec(value);
  if (match?.[1] === undefined) throw unauthenticated('TOKEN_MALFORMED');
  return match[1];
}
