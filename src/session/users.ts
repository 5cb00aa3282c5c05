/** The use cases about accounts: make, confirm, link, delete them, and keep their API keys. */
import type { Account } from '../account/accounts.ts';
import type { ApiKey, CreatedApiKey } from '../account/api-keys.ts';
import type { IdentityProvider } from '../account/identities.ts';
import { type EmailPassword, identityOf } from '../account/registrations.ts';
import { GatewayError, unauthenticated } from '../errors.ts';
import type { Document } from '../store/port.ts';
import type { TokenClaims } from '../token/claims.ts';
import { badInput } from './email-account-parts.ts';
import {
  createEmailAccounts,
  type EmailAccountParts,
  type EmailAccounts,
} from './email-accounts.ts';
import { mergedData, shownIdOf } from './function-user.ts';
import {
  assertProviderEnabled,
  type CredentialCheck,
  type Credentials,
  proveIdentity,
} from './log-in.ts';
import type { SessionRecord, SessionRecords } from './session-records.ts';

export type { ApiKey, CreatedApiKey };

/** Who asks: the claims of a verified access or refresh token. */
export type Caller = Pick<TokenClaims, 'userId' | 'sessionId'>;

/** An account as its user may see it. */
export interface UserProfile {
  readonly userId: string;
  readonly identities: readonly {
    /** 24 hex digits. */
    readonly id: string;
    /** The id that App Services shows in its place. */
    readonly shownId: string;
    readonly provider: IdentityProvider;
    /** What this provider says about the user. */
    readonly data: Document;
  }[];
  /** What all providers say about the user, merged. Kept apart from custom data. */
  readonly data: Document;
}

/**
 * The use cases about accounts. Every one may fail with `SERVICE_UNAVAILABLE`, those with a caller
 * with `UNAUTHENTICATED` (`SESSION_ENDED`).
 */
export interface Users extends EmailAccounts {
  /** The caller's account. */
  profile(caller: Caller): Promise<UserProfile>;
  /**
   * Adds one more way to log in to the caller's account, and answers with the account. Fails with
   * `IDENTITY_IN_USE`, with `BAD_USER_INPUT` for credentials that prove no identity (anonymous, API
   * key), and as `logIn` does for credentials that are refused.
   */
  linkCredentials(caller: Caller, credentials: Credentials): Promise<UserProfile>;
  /**
   * Deletes the caller's account: sessions end, API keys die. The document stays unless
   * `DELETE_CUSTOM_DATA_WITH_USER` says otherwise.
   */
  deleteUser(caller: Caller): Promise<void>;

  /** Fails with `API_KEY_EXISTS` or `BAD_USER_INPUT`. */
  createApiKey(caller: Caller, name: string): Promise<CreatedApiKey>;
  /** The oldest first. */
  listApiKeys(caller: Caller): Promise<readonly ApiKey[]>;
  /** Fails with `API_KEY_NOT_FOUND`, as all that take an id. */
  findApiKey(caller: Caller, id: string): Promise<ApiKey>;
  deleteApiKey(caller: Caller, id: string): Promise<void>;
  enableApiKey(caller: Caller, id: string): Promise<void>;
  disableApiKey(caller: Caller, id: string): Promise<void>;
}

/** What the use cases are made of. */
export interface UserParts extends CredentialCheck, EmailAccountParts {
  readonly records: SessionRecords;
  /** Deletes a user with everything that belongs to them. */
  readonly deleteUser: (userId: string) => Promise<boolean>;
}

/** Creates the use cases about accounts. */
export function createUsers(parts: UserParts): Users {
  const { accounts, apiKeys, providers, records } = parts;
  /** Runs a use case for the caller, whose session must not have ended. */
  const asCaller = async <Result>(
    { userId, sessionId }: Caller,
    run: (userId: string, session: SessionRecord) => Promise<Result>,
  ) => run(userId, await records.requireActive(sessionId, userId));

  return {
    ...createEmailAccounts(parts),

    profile: (caller) => asCaller(caller, async (userId) => toProfile(await accounts.find(userId))),

    linkCredentials: (caller, credentials) =>
      asCaller(caller, (_userId, session) => link(parts, session, credentials)),

    async deleteUser(caller) {
      await asCaller(caller, (userId) => parts.deleteUser(userId));
    },

    createApiKey: (caller, name) =>
      asCaller(caller, (userId, { purges }) => {
        if (!providers.includes('api-key')) throw badInput('The provider "api-key" is not enabled');
        return apiKeys.create(userId, name, purges);
      }),

    listApiKeys: (caller) => asCaller(caller, (userId, { purges }) => apiKeys.list(userId, purges)),
    findApiKey: (caller, id) =>
      asCaller(caller, (userId, { purges }) => apiKeys.find(userId, id, purges)),
    deleteApiKey: (caller, id) => asCaller(caller, (userId) => apiKeys.delete(userId, id)),
    enableApiKey: (caller, id) =>
      asCaller(caller, (userId, { purges }) => apiKeys.setDisabled(userId, id, false, purges)),
    disableApiKey: (caller, id) =>
      asCaller(caller, (userId) => apiKeys.setDisabled(userId, id, true)),
  };
}

async function link(
  parts: UserParts,
  session: SessionRecord,
  credentials: Credentials,
): Promise<UserProfile> {
  if (credentials.provider === 'anonymous' || credentials.provider === 'api-key') {
    throw badInput(`Credentials of the provider "${credentials.provider}" cannot be linked`);
  }
  if (credentials.provider === 'email-password') {
    return linkEmail(parts, session, credentials);
  }
  const proven = await proveIdentity(parts, credentials);
  return toProfile(await parts.accounts.link(session.userId, proven, session.purges));
}

async function linkEmail(
  parts: UserParts,
  { userId, purges }: SessionRecord,
  credentials: EmailPassword,
): Promise<UserProfile> {
  const { accounts, registrations } = parts;
  assertProviderEnabled(parts.providers, 'email-password');
  const registration = await registrations.verify(credentials);
  const proven = identityOf(registration);
  const owner = await accounts.findByIdentity(proven);
  const account = await accounts.link(userId, proven, purges);
  // A reset that came in between has ended no session of this account, since the address was not its own.
  if (owner === null && !(await registrations.isCurrent(registration))) {
    await accounts.unlink(userId, proven);
    throw new GatewayError('INVALID_CREDENTIALS', {});
  }
  const profile = toProfile(account);
  // The account that the registration promised will never be.
  if (registration.userId !== userId) await parts.onUnusedId(registration.userId);
  return profile;
}

/** An account that is gone or disabled has no session either; this one is about to end. */
function toProfile(account: Account | null): UserProfile {
  if (account === null) throw unauthenticated('SESSION_ENDED');
  return {
    userId: account._id,
    identities: account.identities.map((identity) => {
      const { id, provider, data } = identity;
      return { id, shownId: shownIdOf(identity), provider, data };
    }),
    data: mergedData(account.identities),
  };
}
