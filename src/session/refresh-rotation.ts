/**
 * What a refresh token is to its session: the rules of rotation, without the store.
 *
 * The store holds hashes only. So that the latest token can be answered once more, each traded token keeps
 * its successor sealed under a key derived from the traded one: whoever reads the store cannot open it,
 * whoever presents a traded token can, and with what it finds the next, up to the latest.
 * docs/sessions.md has the states on one page.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import { signingInputOf } from '../token/signature.ts';
import { CLOCK_TOLERANCE } from '../token/verify.ts';

/** A refresh token that was traded for its successor. */
export interface TradedToken {
  /** As `hashToken` makes it. */
  readonly hash: string;
  /** When it was traded; if it was traded anew, then when it was last. */
  readonly tradedAt: Date;
  /** The successor, sealed under the traded token. */
  readonly sealedSuccessor: string;
}

/** What a session remembers of its refresh tokens. */
export interface RefreshState {
  /** Hash of the latest token. */
  readonly refreshTokenHash: string;
  /** The token traded last, at the end, and before it those that are within the grace. */
  readonly traded: readonly TradedToken[];
  /** Whether the latest token was presented where tokens are not traded. Absent: it was not. */
  readonly latestPresented?: boolean;
}

/** What a presented token is to its session. */
export type Presentation =
  /** The latest: good, to be traded. */
  | 'latest'
  /** Traded last, long ago, and nobody has presented its successor: the answer was lost. Good, to be traded anew. */
  | 'unanswered'
  /** Traded or void: somebody has a copy. */
  | 'reused'
  /** Traded a moment ago: good, to be answered with the latest of its chain. */
  | { readonly latest: string };

/** How long after its trade a token is answered with the latest of its chain. */
export const GRACE_MILLISECONDS = 10_000;
/** Trades of one session within the grace: what is stored and what is unsealed has a bound. */
export const MAXIMUM_TRADES = 100;

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MILLISECONDS_PER_SECOND = 1000;

/** How a token is known: SHA-256 of its text before the last dot, base64url. */
export function hashToken(token: string): string {
  return sha256(signingInputOf(token));
}

/** What `token`, which is one of the session's, is to it at `now`, epoch milliseconds. */
export function judgeToken(state: RefreshState, token: string, now: number): Presentation {
  const spellings = spellingsOf(token);
  if (spellings.has(state.refreshTokenHash)) return 'latest';
  const index = state.traded.findIndex(({ hash }) => spellings.has(hash));
  const trade = state.traded[index];
  if (trade === undefined) return 'reused';
  if (isWithinGrace(trade, now)) return { latest: followChain(state, token) };
  const isLast = index === state.traded.length - 1;
  return isLast && state.latestPresented !== true ? 'unanswered' : 'reused';
}

/**
 * What the session remembers once `token`, its latest or its unanswered one, is traded for `successor`. The
 * former successor of an unanswered token is void then. Fails with `RATE_LIMITED` beyond `MAXIMUM_TRADES`.
 */
export function tradeToken(
  state: RefreshState,
  token: string,
  successor: string,
  now: number,
): Required<RefreshState> {
  const spellings = spellingsOf(token);
  const kept = state.traded.filter(
    (trade) => isWithinGrace(trade, now) && !spellings.has(trade.hash),
  );
  if (kept.length >= MAXIMUM_TRADES) {
    const retryAfterSeconds = GRACE_MILLISECONDS / MILLISECONDS_PER_SECOND;
    throw new GatewayError('RATE_LIMITED', { retryAfterSeconds });
  }
  const trade = {
    hash: hashToken(token),
    tradedAt: new Date(now),
    sealedSuccessor: seal(successor, signingInputOf(token)),
  };
  return {
    refreshTokenHash: hashToken(successor),
    traded: [...kept, trade],
    latestPresented: false,
  };
}

/** The latest token, from one that was traded. Each step leads to a later trade, so one pass is enough. */
function followChain({ traded }: RefreshState, token: string): string {
  let latest = token;
  let spellings = spellingsOf(latest);
  for (const { hash, sealedSuccessor } of traded) {
    const secret = spellings.get(hash);
    if (secret === undefined) continue;
    latest = unseal(sealedSuccessor, secret);
    spellings = spellingsOf(latest);
  }
  return latest;
}

/** A trade of a much later time is one of before the clock was set back: nobody knows how long ago. */
function isWithinGrace({ tradedAt }: TradedToken, now: number): boolean {
  const age = now - tradedAt.getTime();
  return age <= GRACE_MILLISECONDS && age >= -CLOCK_TOLERANCE;
}

/**
 * Hash → what it was made of, which is also what seals. Sessions that the version before stored are known by
 * the whole token.
 */
function spellingsOf(token: string): ReadonlyMap<string, string> {
  return new Map([signingInputOf(token), token].map((text) => [sha256(text), text]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function sealingKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'refresh-token-successor', KEY_BYTES));
}

function seal(successor: string, secret: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(secret), nonce);
  const sealed = Buffer.concat([cipher.update(successor, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

function unseal(sealed: string, secret: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, sealingKey(secret), nonce);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([opened, decipher.final()]).toString('utf8');
}
