/** The use cases of users, each bound to what it is made of: accounts, e-mail addresses, API keys. */
import type { Account } from '../account/account.ts';
import type { ApiKey, CreatedApiKey } from '../account/api-keys.ts';
import type { EmailPassword, EmailToken } from '../account/registration.ts';
import type { TokenClaims } from '../token/claims.ts';
import { confirmUser, retryConfirmation, sendConfirmation } from './confirm.ts';
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
import type { SessionRecord } from './session-records.ts';
import type { UserEvent } from './user-events.ts';
import type { UserParts } from './user-parts.ts';
import { toProfile, type UserProfile } from './user-profile.ts';

export type { ApiKey, CreatedApiKey, UserProfile };

/** Who asks: the claims of a verified access or refresh token. */
export type Caller = Pick<TokenClaims, 'userId' | 'sessionId'>;

/**
 * The use cases. Every one may fail with `SERVICE_UNAVAILABLE`, those with a caller with `UNAUTHENTICATED`
 * (`SESSION_ENDED`), those of e-mail addresses with `BAD_USER_INPUT` if that provider is not enabled.
 */
export type Users = ReturnType<typeof createUsers>;

/** Creates the use cases. */
export function createUsers(parts: UserParts) {
  /** Runs a use case for the caller, whose session must not have ended. */
  const asCaller = async <Result>(
    { userId, sessionId }: Caller,
    run: (userId: string, session: SessionRecord) => Promise<Result>,
  ) => run(userId, await parts.records.requireActive(sessionId, userId));
  const tellKey = (
    type: Extract<UserEvent, { readonly keyId: string }>['type'],
    { sessionId, userId }: Caller,
    keyId: string,
  ) => parts.tell({ type, userId, sessionId, keyId });

  return {
    registerUser: (input: EmailPassword) => registerUser(parts, input),
    confirmUser: (token: EmailToken) => confirmUser(parts, token),
    sendConfirmation: (email: string) => sendConfirmation(parts, email),
    retryConfirmation: (email: string) => retryConfirmation(parts, email),
    resetPassword: (input: Parameters<typeof resetPassword>[1]) => resetPassword(parts, input),
    sendResetPasswordEmail: (email: string) => sendResetPasswordEmail(parts, email),
    callResetPasswordFunction: (input: FunctionReset) => callResetPasswordFunction(parts, input),

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

    /** Fails with `API_KEY_EXISTS` or `BAD_USER_INPUT`. */
    createApiKey: (caller: Caller, name: string) =>
      asCaller(caller, async (userId, { purges }) => {
        assertProviderEnabled(parts.providers, 'api-key');
        const created = await parts.apiKeys.create(userId, name, purges);
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

/** Links, and tells what came of it. */
async function tellLink(
  parts: UserParts,
  session: SessionRecord,
  credentials: Credentials,
): Promise<Account | null> {
  const { provider } = credentials;
  const caller = { userId: session.userId, sessionId: session._id };
  try {
    const account = await linkCredentials(parts, session, credentials);
    if (account !== null) parts.tell({ type: 'IDENTITY_LINKED', ...caller, provider });
    return account;
  } catch (error) {
    const reason = reasonOf(error);
    if (reason !== null) parts.tell({ type: 'LINK_REFUSED', ...caller, provider, reason });
    throw error;
  }
}
