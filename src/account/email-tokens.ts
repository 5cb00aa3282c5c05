/** The tokens in confirmation and reset links: single use, 30 minutes, stored hashed. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ObjectId } from '../bson.ts';
import { GatewayError } from '../errors.ts';

/** What a link carries. */
export interface EmailToken {
  /** 256 random bits, base64url. */
  readonly token: string;
  /** 24 hex digits. Finds the token; guessing it is of no use. */
  readonly tokenId: string;
}

/** What the store keeps of a token. */
export interface StoredEmailToken {
  readonly id: string;
  /** SHA-256, base64url. The token is random enough to need no slow hash. */
  readonly hash: string;
  readonly expiresAt: Date;
}

/** Minutes that a link lives, as in App Services. */
export const LINK_MINUTES = 30;

const TOKEN_BYTES = 32;
const MILLISECONDS_PER_MINUTE = 60_000;

/** Makes a token and what is kept of it. `now` is epoch milliseconds. */
export function createEmailToken(now: number): {
  readonly token: EmailToken;
  readonly stored: StoredEmailToken;
} {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const tokenId = new ObjectId().toHexString();
  const expiresAt = new Date(now + LINK_MINUTES * MILLISECONDS_PER_MINUTE);
  return {
    token: { token, tokenId },
    stored: { id: tokenId, hash: hashEmailToken(token), expiresAt },
  };
}

/** Whether `token` is the one that was stored, however old. */
export function isEmailToken(stored: StoredEmailToken | undefined, given: EmailToken): boolean {
  if (stored === undefined || stored.id !== given.tokenId) return false;
  const [expected, actual] = [Buffer.from(stored.hash), Buffer.from(hashEmailToken(given.token))];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Fails with `EMAIL_TOKEN_INVALID` (`EXPIRED`) if the token is too old. */
export function assertFresh(stored: StoredEmailToken, now: number): void {
  if (stored.expiresAt.getTime() <= now) throw invalidEmailToken('EXPIRED');
}

/** The token does not fit, or no longer. */
export function invalidEmailToken(
  reason: 'INVALID' | 'EXPIRED',
): GatewayError<'EMAIL_TOKEN_INVALID'> {
  return new GatewayError('EMAIL_TOKEN_INVALID', { reason });
}

function hashEmailToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
