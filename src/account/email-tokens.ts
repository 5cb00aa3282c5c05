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
  /** Tokens of this kind since `countedSince`, this one included. */
  readonly count: number;
  readonly countedSince: Date;
}

/** Minutes that a link lives, as in App Services. */
export const LINK_MINUTES = 30;

/** Most tokens of one kind in the time that one lives: nobody's mailbox is flooded by asking again. */
const MAX_TOKENS = 10;

const TOKEN_BYTES = 32;
const MILLISECONDS_PER_SECOND = 1000;
const LIFE_MILLISECONDS = LINK_MINUTES * 60 * MILLISECONDS_PER_SECOND;

/**
 * Makes a token and what is kept of it. `previous` is the one that it replaces, `now` is epoch
 * milliseconds. Fails with `RATE_LIMITED` if there were too many of late.
 */
export function createEmailToken(
  previous: StoredEmailToken | undefined,
  now: number,
): {
  readonly token: EmailToken;
  readonly stored: StoredEmailToken;
} {
  const counted = countToken(previous, now);
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const tokenId = new ObjectId().toHexString();
  const expiresAt = new Date(now + LIFE_MILLISECONDS);
  const hash = hashEmailToken(token);
  return { token: { token, tokenId }, stored: { id: tokenId, hash, expiresAt, ...counted } };
}

/** What is kept in the place of `previous` when a mail went out that counts with it. Fails as `createEmailToken`. */
export function countMail(previous: StoredEmailToken | undefined, now: number): StoredEmailToken {
  // No token has this hash.
  const { id, hash, expiresAt } = previous ?? { id: '', hash: '', expiresAt: new Date(now) };
  return { id, hash, expiresAt, ...countToken(previous, now) };
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

function countToken(
  previous: StoredEmailToken | undefined,
  now: number,
): Pick<StoredEmailToken, 'count' | 'countedSince'> {
  const end = (previous?.countedSince.getTime() ?? 0) + LIFE_MILLISECONDS;
  if (previous === undefined || end <= now) return { count: 1, countedSince: new Date(now) };
  if (previous.count >= MAX_TOKENS) {
    const retryAfterSeconds = Math.ceil((end - now) / MILLISECONDS_PER_SECOND);
    throw new GatewayError('RATE_LIMITED', { retryAfterSeconds });
  }
  return { count: previous.count + 1, countedSince: previous.countedSince };
}

function hashEmailToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
