/** The use cases of users, each bound to what it is made of: accounts, e-mail addresses, API keys. */
import type { Account } from '../account/account.ts';
import type { ApiKey, CreatedApiKey } from '../account/api-keys.ts';
import type { EmailPassword, EmailToken } from '../account/registration.ts';
import { mailboxOf } from '../email-address.ts';
import type { TokenClaims } from '../token/claims.ts';
import { confirmUser, retryConfirmation, sendConfirmation } from './confirm.ts';
import { guessCredentials, guessEmailToken } from './limits/guesses.ts';
import { linkCredentials } from './link.ts';
import { assertProviderEnabled, type Credentials } from './log-in.ts';
import { reasonOf } from './log-in-events.ts';
import { registerUser } from './register.ts';
import {
  callResetPasswordFunction,
  type FunctionReset,
  resetPassword,
  sendResetPasswordEmail,
} from './reset-password.ts';
import { type SessionRecord, toUserSession, type UserSession } from './session-records.ts';
import type { UserEvent } from './user-events.ts';
import type { UserParts } from './user-parts.ts';
import { toProfile, type UserProfile } from './user-profile.ts';

export type { ApiKey, CreatedApiKey, UserProfile };

/** Who asks: the claims of a verified access or refresh token. */
export type Caller = Pick<TokenClaims, 'userId' | 'sessionId'>;

/** Runs a use case for a caller whose session has not ended. */
type AsCaller = <Result>(
  caller: Caller,
  run: (userId: string, session: SessionRecord) => Promise<Result>,
) => Promise<Result>;

/**
 * The use cases. Every one may fail with `SERVICE_UNAVAILABLE`, those with a caller with `UNAUTHENTICATED`
 * (`SESSION_ENDED`), those of e-mail addresses with `BAD_USER_INPUT` if that provider is not enabled, those that somebody
 * could guess at, or that make or mail something, with `RATE_LIMITED`.
 */
export type Users = ReturnType<typeof createUsers>;

/** Creates the use cases. */
export function createUsers(parts: UserParts) {
  /** Runs a use case for the caller, whose session must not have ended. */
  const asCaller: AsCaller = async ({ userId, sessionId }, run) =>
    run(userId, await parts.records.requireActive(sessionId, userId));
  return {
    ...createAddressUses(parts),

    /** Fails as `linkCredentials` of `link.ts` does, and answers with the account. */
    linkCredentials: (caller: Caller, credentials: Credentials) =>
      asCaller(caller, async (_userId, session) =>
        toProfile(await tellLink(parts, session, credentials)),
      ),

    /**
     * Deletes the caller's account: sessions end, API keys die. The document stays unless
     * `DELETE_CUSTOM_DATA_WITH_USER` says otherwise.
     */
    async deleteUser(caller: Caller): Promise<void> {
      await asCaller(caller, (userId) => parts.deleteUser(userId));
    },

    ...createSessionUses(parts, asCaller),
    ...createKeyUses(parts, asCaller),
  };
}

/** What a caller does with their sessions. */
function createSessionUses(parts: UserParts, asCaller: AsCaller) {
  return {
    /** Ends every session of the caller's, this one included, and those of log-ins that run now. */
    async logOutEverywhere(caller: Caller): Promise<void> {
      await asCaller(caller, (userId) => parts.endSessions(userId, 'LOGGED_OUT_EVERYWHERE'));
    },
    /** Ends one session of the caller's; `false` if they have no such session. */
    endSession: (caller: Caller, id: string) =>
      asCaller(caller, async (userId) => {
        const hasEnded = await parts.records.endOwn(id, userId);
        if (hasEnded) {
          parts.tell({ type: 'SESSION_ENDED', userId, sessionId: id, reason: 'ENDED_BY_USER' });
        }
        return hasEnded;
      }),
    /** The caller's sessions, the newest first, at most 200 and always the one they ask with. */
    async listSessions({ userId, sessionId }: Caller): Promise<readonly UserSession[]> {
      const [own, listed] = await Promise.all([
        parts.records.requireActive(sessionId, userId),
        parts.records.list(userId),
      ]);
      const others = listed.some(({ _id }) => _id === sessionId) ? [] : [own];
      return [...listed, ...others].map((record) => toUserSession(record, sessionId));
    },
  };
}

/** What a caller does with their API keys. */
function createKeyUses(parts: UserParts, asCaller: AsCaller) {
  const { requestLimits } = parts;
  const tellKey = (
    type: Extract<UserEvent, { readonly keyId: string }>['type'],
    { sessionId, userId }: Caller,
    keyId: string,
  ) => parts.tell({ type, userId, sessionId, keyId });

  return {
    /** Fails with `API_KEY_EXISTS` or `BAD_USER_INPUT`. */
    createApiKey: (caller: Caller, name: string) =>
      asCaller(caller, async (userId, { purges }) => {
        assertProviderEnabled(parts.providers, 'api-key');
        const create = () => parts.apiKeys.create(userId, name, purges);
        const created = await requestLimits.spend('createApiKey', create, userId);
        tellKey('API_KEY_CREATED', caller, created.id);
        return created;
      }),
    /** The oldest first. */
    listApiKeys: (caller: Caller) =>
      asCaller(caller, (userId, { purges }) => parts.apiKeys.list(userId, purges)),
    /** Fails with `API_KEY_NOT_FOUND`, as all that take an id. */
    findApiKey: (caller: Caller, id: string) =>
      asCaller(caller, (userId, { purges }) => parts.apiKeys.find(userId, id, purges)),
    deleteApiKey: (caller: Caller, id: string) =>
      asCaller(caller, async (userId) => {
        await parts.apiKeys.delete(userId, id);
        tellKey('API_KEY_DELETED', caller, id);
      }),
    enableApiKey: (caller: Caller, id: string) =>
      asCaller(caller, async (userId, { purges }) => {
        await parts.apiKeys.setDisabled(userId, id, false, purges);
        tellKey('API_KEY_ENABLED', caller, id);
      }),
    disableApiKey: (caller: Caller, id: string) =>
      asCaller(caller, async (userId) => {
        await parts.apiKeys.setDisabled(userId, id, true);
        tellKey('API_KEY_DISABLED', caller, id);
      }),
  };
}

/** What needs no caller: e-mail addresses, their confirmation and their passwords. */
function createAddressUses(parts: UserParts) {
  const { requestLimits: limits } = parts;
  const confirmAgain = (email: string, run: typeof sendConfirmation) =>
    limits.spend('sendConfirmation', () => run(parts, email), mailboxOf(email));
  return {
    registerUser: (input: EmailPassword) =>
      limits.spend('registerUser', () => registerUser(parts, input)),
    confirmUser: (token: EmailToken) =>
      guessEmailToken(limits, 'confirmUser', () => confirmUser(parts, token)),
    sendConfirmation: (email: string) => confirmAgain(email, sendConfirmation),
    retryConfirmation: (email: string) => confirmAgain(email, retryConfirmation),
    resetPassword: (input: Parameters<typeof resetPassword>[1]) =>
      guessEmailToken(limits, 'resetPassword', () => resetPassword(parts, input)),
    sendResetPasswordEmail: (email: string) =>
      limits.spend(
        'sendResetPasswordEmail',
        () => sendResetPasswordEmail(parts, email),
        mailboxOf(email),
      ),
    callResetPasswordFunction: (input: FunctionReset) =>
      limits.spend(
        'callResetPasswordFunction',
        () => callResetPasswordFunction(parts, input),
        mailboxOf(input.email),
      ),
  };
}

/** Links, and tells what came of it. */
async function tellLink(
  parts: UserParts,
  session: SessionRecord,
  credentials: Credentials,
): Promise<Account | null> {
  const { provider } = credentials;
  const caller = { userId: session.userId, sessionId: session._id };
  try {
    const account = await guessCredentials(parts.requestLimits, credentials, () =>
      linkCredentials(parts, session, credentials),
    );
    if (account !== null) parts.tell({ type: 'IDENTITY_LINKED', ...caller, provider });
    return account;
  } catch (error) {
    const reason = reasonOf(error);
    if (reason !== null) parts.tell({ type: 'LINK_REFUSED', ...caller, provider, reason });
    throw error;
  }
}
