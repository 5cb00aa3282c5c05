/**
 * The use cases: log in, refresh, read or write and reissue, log out.
 *
 * Reissuing never prolongs: the new access token keeps the session and the expiry of the one
 * presented, so a stolen access token cannot live for ever. Only a refresh token buys time.
 */
import type { ChangeListeners } from '../custom-data/changed-paths.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import type { HistoryConnection } from '../custom-data/history/history.ts';
import { toClaim } from '../custom-data/snapshot.ts';
import type { WriteChange, WriteConditions, WrittenSnapshot } from '../custom-data/write.ts';
import type { WriteResult } from '../custom-data/write-result.ts';
import { badInput } from '../errors.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { JsonObject } from '../values/json.ts';
import { type BeginParts, beginSession, type LogIn } from './begin-session.ts';
import type { IssuedSession, ReissuedToken } from './issuer.ts';
import { forKnownUsers } from './known-users.ts';
import { guessCredentials, guessRefreshToken } from './limits/guesses.ts';
import type { RequestLimits } from './limits/limits.ts';
import type { Credentials } from './log-in.ts';
import { type LogInEventParts, tellLogIn } from './log-in-events.ts';
import {
  end,
  endSession,
  identify,
  type RefreshParts,
  refreshSession,
  reissueAccess,
} from './refresh-tokens.ts';
import type { RefreshMode } from './session-records.ts';
import { assertFits } from './token-budget.ts';
import { toProfile, type UserProfile } from './user-profile.ts';

/** An access token with the written document, and what the driver reported. */
export interface WrittenCustomData extends ReissuedToken {
  readonly result: WriteResult;
}

/** What a user is, and what is stored for them. */
export interface StoredProfile {
  readonly profile: UserProfile;
  /** Canonical Extended JSON; `null`: there is none. */
  readonly document: JsonObject | null;
}

/** What is stored for a user. */
export interface StoredCustomData {
  /** Canonical Extended JSON in the shape of a claim; `null`: there is none. */
  readonly document: JsonObject | null;
  /** `null`: there is no document. */
  readonly revision: string | null;
}

/** Which part of the history a client asks for. */
export interface HistoryPage {
  /** How many revisions; `null` is as good as absent. */
  readonly first?: number | null | undefined;
  /** A cursor that the client was given. */
  readonly after?: string | null | undefined;
}

/** The use cases. Every one may fail with `SERVICE_UNAVAILABLE`. */
export type Sessions = ReturnType<typeof createSessions>;

/** What the use cases are made of. */
export interface SessionParts extends BeginParts, RefreshParts, Omit<LogInEventParts, 'apiKeys'> {
  readonly requestLimits: RequestLimits;
  /** Whether it is told which protected fields change. */
  readonly isAudited: boolean;
}

const DEFAULT_REVISIONS = 20;
const MAX_REVISIONS = 100;

/** What a refresh token is good for. All fail with `RATE_LIMITED` after too many that were refused. */
function createRefreshUses(parts: SessionParts) {
  const use = <Result>(run: () => Promise<Result>) => guessRefreshToken(parts.requestLimits, run);
  return {
    refreshSession: (refreshToken: string) => use(() => refreshSession(parts, refreshToken)),
    reissueAccess: (refreshToken: string) => use(() => reissueAccess(parts, refreshToken)),
    identify: (refreshToken: string) => use(() => identify(parts, refreshToken)),
  };
}

/** Ties tokens, accounts and documents together. Accounts are only made for the requests that need them. */
export function createSessions(parts: SessionParts) {
  const { customData, issuer, records } = parts;
  const requireActive = ({ sessionId, userId }: AccessClaims) =>
    records.requireActive(sessionId, userId);
  /** What is read for a caller, whose session is looked up at the same time. */
  const readFor = async <Read>(caller: AccessClaims, reading: Promise<Read>): Promise<Read> => {
    const [read] = await Promise.all([reading, requireActive(caller)]);
    return read;
  };
  const writes = createWrites(parts);
  /** By claims, since those that a write reissued are asked after it. */
  const stored = new Map<AccessClaims, Promise<StoredCustomData>>();

  return {
    /** Fails with `RATE_LIMITED` after too many wrong ones. */
    logIn: (credentials: Credentials, refresh?: RefreshMode) =>
      logInWithin(parts, { credentials }, refresh),

    /** The same for who has an account: a first log-in makes none, and is refused. */
    logInKnown: (credentials: Credentials) =>
      logInWithin(parts, { credentials, check: forKnownUsers(parts) }),
    ...createRefreshUses(parts),
    endSession: (refreshToken: string) => endSession(parts, refreshToken),

    /** Ends the caller's session. */
    logOut: (caller: AccessClaims) => end(parts, caller, 'LOGGED_OUT'),

    /** Fails with `UNAUTHENTICATED` if the session has ended. */
    async refreshCustomData(caller: AccessClaims): Promise<ReissuedToken> {
      const snapshot = await readFor(caller, customData.readSnapshot(caller.userId));
      return issuer.reissue(caller, snapshot);
    },

    /** What the user may see of the document, read from the store once for all who ask. Fails as `refreshCustomData`. */
    readStoredCustomData(caller: AccessClaims): Promise<StoredCustomData> {
      const reading = stored.get(caller) ?? readFor(caller, readStored(customData, caller.userId));
      stored.set(caller, reading);
      return reading;
    },

    /** The caller's account, and the document as `readStoredCustomData` has it. Fails as that. */
    async readProfile(caller: AccessClaims): Promise<StoredProfile> {
      const reading = Promise.all([
        parts.accounts.find(caller.userId),
        customData.readVisible(caller.userId),
      ]);
      const [account, document] = await readFor(caller, reading);
      return { profile: toProfile(account), document };
    },

    writeCustomUserData: writes.writeCustomUserData,
    deleteCustomUserData: writes.deleteCustomUserData,

    readHistory: (caller: AccessClaims, page: HistoryPage) => readHistory(parts, caller, page),
  };
}

async function readStored(
  customData: Pick<CustomData, 'readDocument'>,
  userId: string,
): Promise<StoredCustomData> {
  const { document, revision } = await customData.readDocument(userId);
  if (document === null) return { document, revision: null };
  return { document: toClaim(document, 'canonical'), revision };
}

/** Writes and reissues in one step. */
function createWrites(parts: SessionParts) {
  const { customData, issuer, records } = parts;
  const requireActive = ({ sessionId, userId }: AccessClaims) =>
    records.requireActive(sessionId, userId);
  /** The token that follows a write. */
  const reissue = async (caller: AccessClaims, { snapshot, result }: WrittenSnapshot) => ({
    ...(await issuer.reissue(caller, snapshot)),
    result,
  });
  /** Told where a write has changed what the schema keeps from users; nobody is if nothing is audited. */
  const watchOf = ({ sessionId, userId }: AccessClaims): ChangeListeners =>
    parts.isAudited
      ? {
          onProtectedChange: (paths) =>
            parts.tell({ type: 'PROTECTED_FIELDS_CHANGED', userId, sessionId, paths }),
        }
      : {};

  return {
    /**
     * Combines a document with the caller's, applies operations to it or brings a revision of it back. Fails
     * as `refreshCustomData`, and with `BAD_USER_INPUT`, `FIELD_NOT_WRITABLE`, `CUSTOM_DATA_INVALID`,
     * `CUSTOM_DATA_TOO_LARGE`, `REVISION_CONFLICT`, `REVISION_NOT_FOUND`.
     */
    async writeCustomUserData(
      caller: AccessClaims,
      request: WriteChange & WriteConditions,
    ): Promise<WrittenCustomData> {
      const written = await customData.write(caller.userId, request, {
        authorize: () => requireActive(caller),
        expectedRevision: request.expectedRevision,
        accept: (snapshot) => assertFits(parts, caller, snapshot),
        ...watchOf(caller),
      });
      return reissue(caller, written);
    },

    /** Fails as `refreshCustomData`, and with `REVISION_CONFLICT`. */
    async deleteCustomUserData(
      caller: AccessClaims,
      conditions: WriteConditions,
    ): Promise<WrittenCustomData> {
      const options = { ...conditions, ...watchOf(caller), authorize: () => requireActive(caller) };
      return reissue(caller, await customData.delete(caller.userId, options));
    },
  };
}

/** Logs in within the limits, and tells of it. */
function logInWithin(
  parts: SessionParts,
  { check, credentials }: Omit<LogIn, 'meant'>,
  refresh?: RefreshMode,
): Promise<IssuedSession> {
  return tellLogIn(parts, credentials, (meant) =>
    guessCredentials(parts.requestLimits, credentials, () =>
      beginSession(parts, { check, credentials, meant }, refresh),
    ),
  );
}

/**
 * The revisions of the caller's document, the newest first; `null`, without any store operation, if no
 * history is kept. Fails as `refreshCustomData`, and with `BAD_USER_INPUT`.
 */
async function readHistory(
  { customData, records }: SessionParts,
  { sessionId, userId }: AccessClaims,
  { first, after }: HistoryPage,
): Promise<HistoryConnection | null> {
  if (!customData.keepsHistory) return null;
  const limit = first ?? DEFAULT_REVISIONS;
  if (limit < 1 || limit > MAX_REVISIONS) {
    throw badInput(`"first" must be from 1 to ${MAX_REVISIONS}`);
  }
  await records.requireActive(sessionId, userId);
  return customData.readHistory(userId, { first: limit, after, viewer: 'USER' });
}
