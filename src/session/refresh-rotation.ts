/**
 * How a refresh token is remembered and how its successor is handed out twice.
 *
 * The store holds hashes only. So that the same successor can be answered again during the grace
 * period, it is kept sealed under a key derived from the token it replaces: whoever reads the store
 * cannot open it, whoever presents the replaced token can.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** A refresh token that was traded for its successor. */
export interface TradedToken {
  /** SHA-256 of the traded token, base64url. */
  readonly hash: string;
  readonly tradedAt: Date;
  /** The successor, sealed under the traded token. */
  readonly sealedSuccessor: string;
}

/** How long after the trade a traded token still answers with its successor. */
export const GRACE_MILLISECONDS = 10_000;

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** SHA-256 of a token, base64url. Tokens have one spelling (verification sees to it), so one hash. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Remembers that `token` was traded for `successor` at `now`. */
export function tradeToken(token: string, successor: string, now: number): TradedToken {
  return {
    hash: hashToken(token),
    tradedAt: new Date(now),
    sealedSuccessor: seal(successor, token),
  };
}

/** The traded tokens that may still be presented at `now`. */
export function withinGrace(traded: readonly TradedToken[], now: number): TradedToken[] {
  return traded.filter(({ tradedAt }) => now - tradedAt.getTime() <= GRACE_MILLISECONDS);
}

/** The successor of `token` if it was traded within the grace period, else `null`. */
export function findSuccessor(
  traded: readonly TradedToken[],
  token: string,
  now: number,
): string | null {
  const hash = hashToken(token);
  const match = withinGrace(traded, now).find((candidate) => candidate.hash === hash);
  return match === undefined ? null : unseal(match.sealedSuccessor, token);
}

function sealingKey(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'refresh-token-successor', KEY_BYTES));
}

function seal(successor: string, token: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(token), nonce);
  const sealed = Buffer.concat([cipher.update(successor, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

function unseal(sealed: string, token: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, sealingKey(token), nonce);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([opened, decipher.final()]).toString('utf8');
}
