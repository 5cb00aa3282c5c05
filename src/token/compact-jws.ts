/** The compact form of a JWS (RFC 7515 section 7.1) in its one spelling. */

/** Longer than any token that the largest budget allows; bounds the work for a hostile one. */
const MAXIMUM_TOKEN_LENGTH = 65_536;
const PARTS = 3;

/** The bytes of the parts. */
export interface CompactJws {
  readonly header: Buffer;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** Takes a token apart; `null`: it is too long, has other parts than three, or one that is not spelled as it has to be. */
export function decodeCompact(token: string): CompactJws | null {
  if (token.length > MAXIMUM_TOKEN_LENGTH) return null;
  const parts = token.split('.', PARTS + 1).map(decodePart);
  const [header, payload, signature] = parts;
  if (parts.length !== PARTS || !header || !payload || !signature) return null;
  return { header, payload, signature };
}

/**
 * The bytes, or `null` if the part is not the only spelling of them: base64url without padding whose unused
 * last bits are zero (RFC 4648 section 3.5). A lenient decoder accepts up to 16 spellings of one signature.
 * Decoding natively and comparing was the fastest check of three.
 */
function decodePart(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url');
  return part !== '' && bytes.toString('base64url') === part ? bytes : null;
}
