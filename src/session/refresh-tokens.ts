/**
 * What a refresh token is good for.
 *
 * A rotating one is traded for its successor at each refresh, and one that turns up again when it should not
 * ends the session: somebody copied it. A fixed one stays the same for the whole life of its session,
 * because App Services clients ignore any other that an answer carries.
 *
 * Every use case reads all it needs first; what it writes about the token it writes last. So one that fails
 * has used no token.
 */
import type { Accounts } from '../account/accounts.ts';
import { serviceUnavailable, unauthenticated } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RefreshClaims, TokenHolder } from '../token/claims.ts';
import {
  type IssuedSession,
  type Issuer,
  type IssuerParts,
  type ReissuedToken,
  secondsToDate,
} from './issuer.ts';
import { judgeToken, type Presentation, tradeToken } from './refresh-rotation.ts';
import type { SessionRecord } from './session-records.ts';
import type { EndReason, TellEvent } from './user-events.ts';

/** What refreshing takes. */
export interface RefreshParts extends IssuerParts {
  readonly accounts: Accounts;
  readonly issuer: Issuer;
  readonly log: Log;
  readonly tell: TellEvent;
}

/** What a token is to its session, unless it ended it. */
type Use = Exclude<Presentation, 'reused'>;

/** A session, and what the presented token is to it. */
interface Opened {
  readonly session: SessionRecord;
  readonly use: Use;
}

/** Every lost race means that another request changed the session; one more than any client's few in a row. */
const MAXIMUM_ATTEMPTS = 5;

/**
 * A new access token and, for a rotating session, the next refresh token; a fixed session's stays.
 * Fails with `UNAUTHENTICATED`, and ends the session if the token was traded or is void and no rule of
 * docs/sessions.md makes it good, or if the account is gone or disabled. Fails with `RATE_LIMITED`
 * beyond a hundred trades within the grace.
 */
export async function refreshSession(
  parts: RefreshParts,
  presented: string,
): Promise<IssuedSession> {
  const { holder, opened, snapshot } = await read(parts, presented);
  return trade(parts, opened, presented, async (refreshToken, expiresAt) => ({
    ...(await parts.issuer.issue(holder, snapshot, { notAfter: expiresAt })),
    refreshToken,
    refreshExpiresAt: expiresAt,
  }));
}

/**
 * A new access token with fresh claims and a full life, at most that of the session; no refresh
 * token is traded. The token must be one that `refreshSession` would take. Fails as `refreshSession`.
 */
export async function reissueAccess(
  parts: RefreshParts,
  presented: string,
): Promise<ReissuedToken> {
  const { holder, opened, snapshot } = await read(parts, presented);
  const issued = await parts.issuer.issue(holder, snapshot, { notAfter: holder.expiresAt });
  await notePresented(parts, opened, holder, presented);
  return issued;
}

/** Whose token it is, if it could be refreshed with now. Fails as `refreshSession`. */
export async function identify(parts: RefreshParts, presented: string): Promise<RefreshClaims> {
  const holder = await parts.tokens.verifyRefresh(presented);
  await notePresented(parts, await openSession(parts, holder, presented), holder, presented);
  return holder;
}

/**
 * Ends the session. Ending it twice is harmless. Fails with `UNAUTHENTICATED` if the token is not
 * a valid refresh token.
 */
export async function endSession(parts: RefreshParts, presented: string): Promise<void> {
  const { sessionId, userId } = await parts.tokens.verifyRefresh(presented);
  await end(parts, { sessionId, userId }, 'LOGGED_OUT');
}

/** Ends a session and tells why, if it had not ended. */
export async function end(
  { records, tell }: Pick<RefreshParts, 'records' | 'tell'>,
  { sessionId, userId }: TokenHolder,
  reason: EndReason,
): Promise<void> {
  if (await records.end(sessionId)) tell({ type: 'SESSION_ENDED', userId, sessionId, reason });
}

/** Notes that the latest token is in use, if there is one before it that could be traded anew. */
async function notePresented(
  parts: RefreshParts,
  { session, use }: Opened,
  holder: RefreshClaims,
  presented: string,
): Promise<void> {
  const isNoted = session.latestPresented === true || session.traded.length === 0;
  if (use !== 'latest' || isNoted) return;
  const isDone = await parts.records.rotate(session, { latestPresented: true });
  // Another request was faster: it noted the same, or the token is traded or void now.
  if (!isDone) await openSession(parts, holder, presented);
}

/** Everything that a new access token takes, read at once, before anything is written about the presented one. */
async function read(parts: RefreshParts, presented: string) {
  const holder = await parts.tokens.verifyRefresh(presented);
  const snapshot = parts.customData.readSnapshot(holder.userId);
  // What the token is counts first, also where the document cannot be read.
  snapshot.catch(() => undefined);
  const [opened] = await Promise.all([
    openSession(parts, holder, presented),
    requireAccount(parts, holder),
  ]);
  return { holder, opened, snapshot: await snapshot };
}

/** Makes an answer with the refresh token to use from now on, and then trades the presented one. */
async function trade<Answer>(
  parts: RefreshParts,
  first: Opened,
  presented: string,
  answerWith: (refreshToken: string, expiresAt: number) => Promise<Answer>,
): Promise<Answer> {
  const { now, records, tokens } = parts;
  const { userId, _id: sessionId } = first.session;
  let { session, use } = first;
  for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt += 1) {
    const current = tokenToAnswer(session, use, presented);
    if (current !== null) {
      const { expiresAt } = await tokens.verifyRefresh(current);
      return answerWith(current, expiresAt);
    }
    const next = await tokens.issueRefresh({ userId, sessionId });
    const { expiresAt } = next.claims;
    const state = tradeToken(session, presented, next.token, now());
    const answer = await answerWith(next.token, expiresAt);
    const traded = { ...state, expiresAt: secondsToDate(expiresAt) };
    if (await records.rotate(session, traded)) return answer;
    // Another request was faster, on this gateway or another.
    ({ session, use } = await openSession(parts, { userId, sessionId }, presented));
  }
  throw serviceUnavailable(new Error('The session changes faster than a token can be traded'));
}

/** The refresh token that is there to be answered; `null`: the presented one is to be traded. */
function tokenToAnswer(session: SessionRecord, use: Use, presented: string): string | null {
  if (typeof use === 'object') return use.latest;
  return session.refreshMode === 'fixed' ? presented : null;
}

/** The session of a token that is good; ends it and fails with `SESSION_ENDED` if the token was copied. */
async function openSession(
  parts: RefreshParts,
  { userId, sessionId }: TokenHolder,
  presented: string,
): Promise<Opened> {
  const session = await parts.records.requireActive(sessionId, userId);
  const use = judgeToken(session, presented, parts.now());
  if (use !== 'reused') return { session, use };
  parts.tell({ type: 'TOKEN_REUSED', userId, sessionId });
  await end(parts, { userId, sessionId }, 'TOKEN_REUSED');
  parts.log.warn({ userId, sessionId }, 'refresh token reused, session ended');
  throw unauthenticated('SESSION_ENDED');
}

/** Ends the session and fails with `SESSION_ENDED` unless the account is there and enabled. */
async function requireAccount(parts: RefreshParts, holder: TokenHolder): Promise<void> {
  const account = await parts.accounts.find(holder.userId);
  if (account !== null && !account.disabled) return;
  await end(parts, holder, account === null ? 'USER_DELETED' : 'USER_DISABLED');
  throw unauthenticated('SESSION_ENDED');
}
