/**
 * The use cases: log in, refresh, read or write and reissue, log out.
 *
 * Reissuing never prolongs: the new access token keeps the session and the expiry of the one
 * presented, so a stolen access token cannot live for ever. Only a refresh token buys time.
 */
import type { CustomData } from '../custom-data/custom-data.ts';
import type { HistoryConnection } from '../custom-data/history/history.ts';
import type {
  WriteChange,
  WriteConditions,
  WriteResult,
  WrittenSnapshot,
} from '../custom-data/write.ts';
import { badInput } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';
import type { JsonObject } from '../values/json.ts';
import { createIssuer, type IssuedSession, type ReissuedToken } from './issuer.ts';
import {
  assertStillValid,
  authenticate,
  type CredentialCheck,
  type Credentials,
} from './log-in.ts';
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts';
import type { RefreshMode, SessionRecords } from './session-records.ts';

/** An access token with the written document, and what the driver reported. */
export interface WrittenCustomData extends ReissuedToken {
  readonly result: WriteResult;
}

/** Which part of the history a client asks for. */
export interface HistoryPage {
  /** How many revisions; `null` is as good as absent. */
  readonly first?: number | null | undefined;
  /** A cursor that the client was given. */
  readonly after?: string | null | undefined;
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
  /**
   * The revisions of the caller's document, the newest first; `null`, without any store operation, if no
   * history is kept. Fails as `refreshCustomData`, and with `BAD_USER_INPUT`.
   */
  readHistory(caller: AccessClaims, page: HistoryPage): Promise<HistoryConnection | null>;
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

const DEFAULT_REVISIONS = 20;
const MAX_REVISIONS = 100;

/** Ties tokens, accounts and documents together. */
export function createSessions(parts: SessionParts): Sessions {
  const { customData, records } = parts;
  const issuer = createIssuer(parts);
  const requireActive = ({ sessionId, userId }: AccessClaims) =>
    records.requireActive(sessionId, userId);
  /** What is read for a caller, whose session is looked up at the same time. */
  const readFor = async <Read>(caller: AccessClaims, reading: Promise<Read>): Promise<Read> => {
    const [read] = await Promise.all([reading, requireActive(caller)]);
    return read;
  };
  /** The token that follows a write. */
  const reissue = async (caller: AccessClaims, { snapshot, result }: WrittenSnapshot) => ({
    ...(await issuer.reissue(caller, snapshot)),
    result,
  });

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
      const snapshot = await readFor(caller, customData.readSnapshot(caller.userId));
      return issuer.reissue(caller, snapshot);
    },

    readStoredCustomData: (caller) => readFor(caller, customData.readVisible(caller.userId)),

    async writeCustomUserData(caller, request) {
      const written = await customData.write(caller.userId, request, {
        authorize: () => requireActive(caller),
        expectedRevision: request.expectedRevision,
        accept: (snapshot) => issuer.assertFits(caller, snapshot),
      });
      return reissue(caller, written);
    },

    async deleteCustomUserData(caller, conditions) {
      const authorize = () => requireActive(caller);
      return reissue(caller, await customData.delete(caller.userId, { ...conditions, authorize }));
    },

    async readHistory(caller, { first, after }) {
      if (!customData.keepsHistory) return null;
      const limit = first ?? DEFAULT_REVISIONS;
      if (limit < 1 || limit > MAX_REVISIONS) {
        throw badInput(`"first" must be from 1 to ${MAX_REVISIONS}`);
      }
      await requireActive(caller);
      return customData.readHistory(caller.userId, { first: limit, after, viewer: 'USER' });
    },
  };
}
