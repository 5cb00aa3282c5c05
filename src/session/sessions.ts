/**
 * The use cases: log in, refresh, read or write and reissue, log out.
 *
 * Reissuing never prolongs: the new access token keeps the session and the expiry of the one
 * presented, so a stolen access token cannot live for ever. Only a refresh token buys time.
 */
import type { Accounts } from '../account/accounts.ts';
import type { Provider } from '../config.ts';
import type {
  CustomData,
  Snapshot,
  WriteChange,
  WriteConditions,
  WriteResult,
} from '../custom-data/custom-data.ts';
import { unauthenticated } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AccessClaims, JsonObject } from '../token/claims.ts';
import type { ExternalIssuers } from '../token/external-issuers.ts';
import type { Tokens } from '../token/token-service.ts';
import { assertProviderEnabled, authenticate, type Credentials } from './log-in.ts';
import { findSuccessor, hashToken, tradeToken, withinGrace } from './refresh-rotation.ts';
import { createSessionId, type SessionRecord, type SessionRecords } from './session-records.ts';
import { createTokenBudget, type TokenHolder } from './token-budget.ts';

/** An access token and what it says. */
export interface ReissuedToken {
  readonly accessToken: string;
  readonly claims: AccessClaims;
}

/** The tokens of a session. */
export interface IssuedSession extends ReissuedToken {
  readonly refreshToken: string;
  /** When the refresh token expires, epoch seconds. */
  readonly refreshExpiresAt: number;
}

/** An access token with the written document, and what the driver reported. */
export interface WrittenCustomData extends ReissuedToken {
  readonly result: WriteResult;
}

/** The use cases. Every one may fail with `SERVICE_UNAVAILABLE`. */
export interface Sessions {
  /** Fails with `ACCOUNT_EXISTS` or `BAD_USER_INPUT`. */
  registerUser(input: { email: string; password: string }): Promise<{ userId: string }>;
  /** Fails with `INVALID_CREDENTIALS` or `BAD_USER_INPUT`. */
  logIn(credentials: Credentials): Promise<IssuedSession>;
  /** Fails with `UNAUTHENTICATED`; ends the session if a traded token is presented after the grace. */
  refreshSession(refreshToken: string): Promise<IssuedSession>;
  /** Ends the caller's session. */
  logOut(caller: AccessClaims): Promise<void>;
  /** Fails with `UNAUTHENTICATED` if the session has ended. */
  refreshCustomData(caller: AccessClaims): Promise<ReissuedToken>;
  /**
   * What the user may see of the document, read from the store, as canonical Extended JSON; `null` if
   * there is none. Fails as `refreshCustomData`.
   */
  readStoredCustomData(caller: AccessClaims): Promise<JsonObject | null>;
  /**
   * Combines a document with the caller's, applies operations to it or brings a revision of it back. Fails
   * as `refreshCustomData`, and with `BAD_USER_INPUT`, `FIELD_NOT_WRITABLE`, `CUSTOM_DATA_INVALID`,
   * `CUSTOM_DATA_TOO_LARGE`, `REVISION_CONFLICT`, `REVISION_NOT_FOUND`.
   */
  writeCustomUserData(
    caller: AccessClaims,
    request: WriteChange & WriteConditions,
  ): Promise<WrittenCustomData>;
  /** Fails as `refreshCustomData`, and with `REVISION_CONFLICT`. */
  deleteCustomUserData(
    caller: AccessClaims,
    conditions: WriteConditions,
  ): Promise<WrittenCustomData>;
}

/** What the use cases are made of. `now` is epoch milliseconds. */
export interface SessionParts {
  readonly accounts: Accounts;
  readonly customData: CustomData;
  readonly externalIssuers: ExternalIssuers;
  readonly providers: readonly Provider[];
  readonly records: SessionRecords;
  readonly tokens: Tokens;
  readonly budgetBytes: number;
  readonly now: () => number;
  readonly log: Log;
}

/** Ties tokens, accounts and documents together. */
export function createSessions(parts: SessionParts): Sessions {
  const { accounts, customData, providers, records } = parts;
  const budget = createTokenBudget(parts.tokens, parts.budgetBytes);
  const issuer = createIssuer(parts, budget.fit);

  return {
    async registerUser(input) {
      assertProviderEnabled(providers, 'email-password');
      const account = await accounts.registerEmailPassword(input);
      return { userId: account._id };
    },

    async logIn(credentials) {
      const account = await authenticate(parts, credentials);
      return issuer.startSession(account._id);
    },

    refreshSession: createRefreshSession(parts, issuer),

    async logOut(caller) {
      await records.end(caller.sessionId);
    },

    async refreshCustomData(caller) {
      await records.requireActive(caller.sessionId, caller.userId);
      return issuer.reissue(caller, await customData.readSnapshot(caller.userId));
    },

    async readStoredCustomData(caller) {
      await records.requireActive(caller.sessionId, caller.userId);
      return customData.readVisible(caller.userId);
    },

    async writeCustomUserData(caller, request) {
      await records.requireActive(caller.sessionId, caller.userId);
      const written = await customData.write(caller.userId, request, {
        expectedRevision: request.expectedRevision,
        accept: (snapshot) => budget.assertFits(caller, snapshot),
      });
      const reissued = await issuer.reissue(caller, written.snapshot);
      return { ...reissued, result: written.result };
    },

    async deleteCustomUserData(caller, conditions) {
      await records.requireActive(caller.sessionId, caller.userId);
      const deleted = await customData.delete(caller.userId, conditions);
      const reissued = await issuer.reissue(caller, deleted.snapshot);
      return { ...reissued, result: deleted.result };
    },
  };
}

interface Issuer {
  startSession(userId: string): Promise<IssuedSession>;
  /** A new access token for a session, with a full life or with the life that is left. */
  issue(holder: TokenHolder, snapshot: Snapshot, expiresAt?: number): Promise<ReissuedToken>;
  reissue(caller: AccessClaims, snapshot: Snapshot): Promise<ReissuedToken>;
}

function createIssuer(
  { customData, now, records, tokens }: SessionParts,
  fit: (holder: TokenHolder, snapshot: Snapshot) => Snapshot,
): Issuer {
  const issue: Issuer['issue'] = async ({ userId, sessionId }, snapshot, expiresAt) => {
    const { token, claims } = await tokens.issueAccess({
      userId,
      sessionId,
      customData: fit({ userId, sessionId }, snapshot),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
    return { accessToken: token, claims };
  };

  return {
    issue,
    reissue: (caller, snapshot) => issue(caller, snapshot, caller.expiresAt),

    async startSession(userId) {
      const sessionId = createSessionId();
      const refresh = await tokens.issueRefresh({ userId, sessionId });
      const issued = await issue({ userId, sessionId }, await customData.readSnapshot(userId));
      await records.insert({
        _id: sessionId,
        userId,
        createdAt: new Date(now()),
        expiresAt: secondsToDate(refresh.claims.expiresAt),
        refreshTokenHash: hashToken(refresh.token),
        traded: [],
      });
      return {
        ...issued,
        refreshToken: refresh.token,
        refreshExpiresAt: refresh.claims.expiresAt,
      };
    },
  };
}

function createRefreshSession(parts: SessionParts, issuer: Issuer): Sessions['refreshSession'] {
  const { accounts, customData, log, now, records, tokens } = parts;

  /** Trades the latest refresh token for a new one; `null` if it is not the latest any more. */
  async function rotate(session: SessionRecord, presented: string): Promise<string | null> {
    if (session.refreshTokenHash !== hashToken(presented)) return null;
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

  async function successorOf(holder: TokenHolder, presented: string): Promise<string> {
    const session = await records.requireActive(holder.sessionId, holder.userId);
    const rotated = await rotate(session, presented);
    if (rotated !== null) return rotated;
    // Someone else traded the token first, a moment ago or long before.
    const latest = await records.requireActive(holder.sessionId, holder.userId);
    const successor = findSuccessor(latest.traded, presented, now());
    if (successor !== null) return successor;
    await records.end(holder.sessionId);
    log.warn({ ...holder }, 'refresh token reused, session ended');
    throw unauthenticated('SESSION_ENDED');
  }

  return async (presented) => {
    const holder = await tokens.verifyRefresh(presented);
    const { userId, sessionId } = holder;
    const [account, refreshToken] = await Promise.all([
      accounts.find(userId),
      successorOf({ userId, sessionId }, presented),
    ]);
    if (account === null || account.disabled) {
      await records.end(sessionId);
      throw unauthenticated('SESSION_ENDED');
    }
    const { expiresAt } = await tokens.verifyRefresh(refreshToken);
    const issued = await issuer.issue(holder, await customData.readSnapshot(userId));
    return { ...issued, refreshToken, refreshExpiresAt: expiresAt };
  };
}

const MILLISECONDS_PER_SECOND = 1000;

function secondsToDate(seconds: number): Date {
  return new Date(seconds * MILLISECONDS_PER_SECOND);
}
