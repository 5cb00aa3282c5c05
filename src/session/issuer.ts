/** Starts sessions and issues their access tokens, each with a snapshot of the document if it fits the budget. */
import type { Account } from '../account/account.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import type { AccessClaims, IssuedSnapshot, TokenHolder } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';
import { hashToken } from './refresh-rotation.ts';
import type { SeenRequest } from './seen-request.ts';
import {
  clientOf,
  createSessionId,
  type RefreshMode,
  type SessionRecords,
} from './session-records.ts';
import { leaveOut } from './token-budget.ts';

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

/** How long an access token lives, epoch seconds: exactly until, or a full life but at most until. */
export type Expiry = { readonly expiresAt: number } | { readonly notAfter: number };

/** Issues tokens. */
export type Issuer = ReturnType<typeof createIssuer>;

/** What issuing takes. `now` is epoch milliseconds. */
export interface IssuerParts {
  readonly customData: CustomData;
  readonly records: SessionRecords;
  readonly tokens: Tokens;
  readonly budgetBytes: number;
  readonly now: () => number;
  /** The request that is served: a session that it begins knows its client. */
  readonly request: SeenRequest;
}

/** Creates the issuer. */
export function createIssuer(parts: IssuerParts) {
  const { customData, now, records, request, tokens } = parts;
  /** A new access token for a session; without what of the document is too large for it. */
  const issue = async (
    { userId, sessionId }: TokenHolder,
    snapshot: IssuedSnapshot,
    expiry: Expiry,
  ): Promise<ReissuedToken> => {
    const input = { userId, sessionId, customData: snapshot, ...expiry };
    const { token, claims } = await tokens.issueAccess(input);
    const smaller = leaveOut(parts, token, snapshot);
    if (smaller === null) return { accessToken: token, claims };
    return issue({ userId, sessionId }, smaller, expiry);
  };

  return {
    issue,
    /** A new access token that lives exactly as long as the caller's. */
    reissue: (caller: TokenHolder & { readonly expiresAt: number }, snapshot: IssuedSnapshot) =>
      issue(caller, snapshot, { expiresAt: caller.expiresAt }),

    /**
     * Stores a new session and reads the document at the same time.
     *
     * @param hasDocument `false` where nobody can have made a document yet: none is looked for.
     * @param alsoStore stores something else at the same moment, so that both may share a commit.
     */
    async startSession(
      { _id: userId, purges }: Pick<Account, '_id' | 'purges'>,
      { alsoStore, hasDocument = true, refreshMode }: SessionStart,
    ): Promise<IssuedSession> {
      const sessionId = createSessionId(now());
      const refresh = await tokens.issueRefresh({ userId, sessionId });
      const { expiresAt } = refresh.claims;
      const inserting = records.insert({
        _id: sessionId,
        userId,
        createdAt: new Date(now()),
        expiresAt: secondsToDate(expiresAt),
        refreshMode,
        refreshTokenHash: hashToken(refresh.token),
        traded: [],
        ...(purges === undefined ? {} : { purges }),
        client: clientOf(request),
      });
      const storing = alsoStore?.();
      const snapshot = hasDocument ? customData.readSnapshot(userId) : { readAt: now() };
      const [read] = await Promise.all([snapshot, inserting, storing]);
      const issued = await issue({ userId, sessionId }, read, { notAfter: expiresAt });
      return { ...issued, refreshToken: refresh.token, refreshExpiresAt: expiresAt };
    },
  };
}

/** How a session begins. */
export interface SessionStart {
  readonly refreshMode: RefreshMode;
  readonly hasDocument?: boolean;
  readonly alsoStore?: () => Promise<unknown>;
}

const MILLISECONDS_PER_SECOND = 1000;

/** A date from epoch seconds. */
export function secondsToDate(seconds: number): Date {
  return new Date(seconds * MILLISECONDS_PER_SECOND);
}
