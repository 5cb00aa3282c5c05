/**
 * What a refresh token is good for.
 *
 * A rotating one is traded for its successor at each refresh, and one that turns up again long after
 * its trade ends the session: somebody copied it. A fixed one stays the same for the whole life of
 * its session, because App Services clients ignore any other that an answer carries.
 */
import type { Accounts } from '../account/accounts.ts';
import { unauthenticated } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RefreshClaims } from '../token/claims.ts';
import {
  type IssuedSession,
  type Issuer,
  type IssuerParts,
  type ReissuedToken,
  secondsToDate,
} from './issuer.ts';
import { findSuccessor, hashToken, tradeToken, withinGrace } from './refresh-rotation.ts';
import type { SessionRecord } from './session-records.ts';
import type { TokenHolder } from './token-budget.ts';

/** The use cases of a refresh token. Every one may fail with `SERVICE_UNAVAILABLE`. */
export interface RefreshTokens {
  /**
   * A new access token and, for a rotating session, the next refresh token; a fixed session's stays.
   * Fails with `UNAUTHENTICATED`; ends the session if a traded token is presented after the grace,
   * or if the account is gone or disabled.
   */
  refreshSession(refreshToken: string): Promise<IssuedSession>;
  /**
   * A new access token with fresh claims and a full life, at most that of the session; no refresh
   * token is traded. A rotating one must be the latest, or traded within the grace. Fails as
   * `refreshSession`.
   */
  reissueAccess(refreshToken: string): Promise<ReissuedToken>;
  /** Whose token it is, if it could be refreshed with now. Fails as `refreshSession`. */
  identify(refreshToken: string): Promise<RefreshClaims>;
  /**
   * Ends the session. Ending it twice is harmless. Fails with `UNAUTHENTICATED` if the token is not
   * a valid refresh token.
   */
  endSession(refreshToken: string): Promise<void>;
}

/** What refreshing takes. */
export interface RefreshParts extends IssuerParts {
  readonly accounts: Accounts;
  readonly log: Log;
}

/** Creates the use cases of refresh tokens. */
export function createRefreshTokens(parts: RefreshParts, issuer: Issuer): RefreshTokens {
  const { customData, records, tokens } = parts;
  const trade = createTrade(parts);

  /** The session of a token that is the latest, or was within the grace. */
  async function requireCurrent(holder: RefreshClaims, presented: string): Promise<SessionRecord> {
    const session = await records.requireActive(holder.sessionId, holder.userId);
    const isCurrent =
      session.refreshTokenHash === hashToken(presented) ||
      findSuccessor(session.traded, presented, parts.now()) !== null;
    return isCurrent ? session : endReused(parts, holder);
  }

  return {
    async refreshSession(presented) {
      const holder = await tokens.verifyRefresh(presented);
      const [, refreshToken] = await Promise.all([
        requireAccount(parts, holder),
        trade(holder, presented),
      ]);
      const { expiresAt } = await tokens.verifyRefresh(refreshToken);
      const snapshot = await customData.readSnapshot(holder.userId);
      const issued = await issuer.issue(holder, snapshot, { notAfter: expiresAt });
      return { ...issued, refreshToken, refreshExpiresAt: expiresAt };
    },

    async reissueAccess(presented) {
      const holder = await tokens.verifyRefresh(presented);
      await Promise.all([requireAccount(parts, holder), requireCurrent(holder, presented)]);
      const snapshot = await customData.readSnapshot(holder.userId);
      return issuer.issue(holder, snapshot, { notAfter: holder.expiresAt });
    },

    async identify(presented) {
      const holder = await tokens.verifyRefresh(presented);
      await requireCurrent(holder, presented);
      return holder;
    },

    async endSession(presented) {
      const { sessionId } = await tokens.verifyRefresh(presented);
      await records.end(sessionId);
    },
  };
}

/** Answers the refresh token to use from now on: the successor, or the same for a fixed session. */
function createTrade({ log, now, records, tokens }: RefreshParts) {
  /** Trades the latest refresh token for a new one; `null` if it is not the latest any more. */
  async function rotate(session: SessionRecord, presented: string): Promise<string | null> {
    if (session.refreshTokenHash !== hashToken(presented)) return null;
    if (session.refreshMode === 'fixed') return presented;
    const { userId, _id: sessionId } = session;
    const next = await tokens.issueRefresh({ userId, sessionId });
    const traded = withinGrace(session.traded, now());
    const rotated = await records.rotate(session, {
      refreshTokenHash: hashToken(next.token),
      expiresAt: secondsToDate(next.claims.expiresAt),
      traded: [...traded, tradeToken(presented, next.token, now())],
    });
    return rotated === null ? null : next.token;
  }

  return async (holder: TokenHolder, presented: string): Promise<string> => {
    const session = await records.requireActive(holder.sessionId, holder.userId);
    const rotated = await rotate(session, presented);
    if (rotated !== null) return rotated;
    // Someone else traded the token first, a moment ago or long before.
    const latest = await records.requireActive(holder.sessionId, holder.userId);
    const successor = findSuccessor(latest.traded, presented, now());
    return successor ?? endReused({ log, records }, holder);
  };
}

/** Ends the session of a refresh token that was traded long ago; fails with `SESSION_ENDED`. */
async function endReused(
  { log, records }: Pick<RefreshParts, 'log' | 'records'>,
  { userId, sessionId }: TokenHolder,
): Promise<never> {
  await records.end(sessionId);
  log.warn({ userId, sessionId }, 'refresh token reused, session ended');
  throw unauthenticated('SESSION_ENDED');
}

/** Ends the session and fails with `SESSION_ENDED` unless the account is there and enabled. */
async function requireAccount(
  { accounts, records }: RefreshParts,
  { userId, sessionId }: TokenHolder,
): Promise<void> {
  const account = await accounts.find(userId);
  if (account !== null && !account.disabled) return;
  await records.end(sessionId);
  throw unauthenticated('SESSION_ENDED');
}
