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
  WriteChange,
  WriteConditions,
  WriteResult,
} from '../custom-data/custom-data.ts';
import type { Log } from '../log.ts';
import type { AccessClaims, JsonObject } from '../token/claims.ts';
import type { ExternalIssuers } from '../token/external-issuers.ts';
import type { Tokens } from '../token/token-service.ts';
import { createIssuer, type IssuedSession, type ReissuedToken } from './issuer.ts';
import { assertProviderEnabled, authenticate, type Credentials } from './log-in.ts';
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts';
import type { RefreshMode, SessionRecords } from './session-records.ts';
import { createTokenBudget } from './token-budget.ts';

/** An access token with the written document, and what the driver reported. */
export interface WrittenCustomData extends ReissuedToken {
  readonly result: WriteResult;
}

/** The use cases. Every one may fail with `SERVICE_UNAVAILABLE`. */
export interface Sessions extends RefreshTokens {
  /** Fails with `ACCOUNT_EXISTS` or `BAD_USER_INPUT`. */
  registerUser(input: { email: string; password: string }): Promise<{ userId: string }>;
  /** Fails with `INVALID_CREDENTIALS` or `BAD_USER_INPUT`. Refresh tokens rotate unless they are to be fixed. */
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
   * Combines a document with the caller's or applies operations to it. Fails as `refreshCustomData`,
   * and with `BAD_USER_INPUT`, `FIELD_NOT_WRITABLE`, `CUSTOM_DATA_INVALID`, `CUSTOM_DATA_TOO_LARGE`,
   * `REVISION_CONFLICT`.
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
  const issuer = createIssuer(parts, budget);

  return {
    async registerUser(input) {
      assertProviderEnabled(providers, 'email-password');
      const account = await accounts.registerEmailPassword(input);
      return { userId: account._id };
    },

    async logIn(credentials, { refresh } = { refresh: 'rotating' }) {
      const account = await authenticate(parts, credentials);
      return issuer.startSession(account._id, refresh);
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
