/**
 * The use cases: log in, refresh, read or write and reissue, log out.
 *
 * Reissuing never prolongs: the new access token keeps the session and the expiry of the one
 * presented, so a stolen access token cannot live for ever. Only a refresh token buys time.
 */
import type { CustomData } from '../custom-data/custom-data.ts';
import type { WriteChange, WriteConditions, WriteResult } from '../custom-data/write.ts';
import type { Log } from '../log.ts';
import type { AccessClaims, JsonObject } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';
import { createIssuer, type IssuedSession, type ReissuedToken } from './issuer.ts';
import {
  assertStillValid,
  authenticate,
  type CredentialCheck,
  type Credentials,
} from './log-in.ts';
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts';
import type { RefreshMode, SessionRecords } from './session-records.ts';
import { createTokenBudget } from './token-budget.ts';

/** An access token with the written document, and what the driver reported. */
export interface WrittenCustomData extends ReissuedToken {
  readonly result: WriteResult;
}

/** The use cases. Every one may fail with `SERVICE_UNAVAILABLE`. */
export interface Sessions extends RefreshTokens {
  /** Fails as `authenticate` does. Refresh tokens rotate unless they are to be fixed. */
  logIn(
    credentials: Credentials,
    options?: { readonly refresh: RefreshMode },
  ): Promise<IssuedSession>;
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
export interface SessionParts extends CredentialCheck {
  readonly customData: CustomData;
  readonly records: SessionRecords;
  readonly tokens: Tokens;
  readonly budgetBytes: number;
  readonly now: () => number;
  readonly log: Log;
}

/** Ties tokens, accounts and documents together. */
export function createSessions(parts: SessionParts): Sessions {
  const { customData, records } = parts;
  const budget = createTokenBudget(parts.tokens, parts.budgetBytes);
  const issuer = createIssuer(parts, budget);

  return {
    async logIn(credentials, { refresh } = { refresh: 'rotating' }) {
      const account = await authenticate(parts, credentials);
      const session = await issuer.startSession(account, refresh);
      await assertStillValid(parts, account, session.claims.sessionId);
      return session;
    },

    ...createRefreshTokens(parts, issuer),

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
      const written = await customData.write(caller.userId, request, {
        authorize: () => records.requireActive(caller.sessionId, caller.userId),
        expectedRevision: request.expectedRevision,
        accept: (snapshot) => budget.assertFits(caller, snapshot),
      });
      const reissued = await issuer.reissue(caller, written.snapshot);
      return { ...reissued, result: written.result };
    },

    async deleteCustomUserData(caller, conditions) {
      const deleted = await customData.delete(caller.userId, {
        ...conditions,
        authorize: () => records.requireActive(caller.sessionId, caller.userId),
      });
      const reissued = await issuer.reissue(caller, deleted.snapshot);
      return { ...reissued, result: deleted.result };
    },
  };
}
