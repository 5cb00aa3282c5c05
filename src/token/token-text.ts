/** What tells one token from another. */

/**
 * The text before the last dot: the signing input (RFC 7515 section 5.1), which holds the random `jti`.
 *
 * A token is known by it and not by the whole, because an ECDSA signature (r, s) has a second spelling,
 * (r, n − s), that anyone can write and that verifies too.
 */
export function signingInputOf(token: string): string {
  return token.slice(0, Math.max(0, token.lastIndexOf('.')));
}
