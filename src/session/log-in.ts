/** Who the credentials belong to: one branch per provider. */
import {
  type Account,
  assertEnabled,
  emailIdentity,
  identityKeyOf,
  type ProvenIdentity,
} from '../account/account.ts';
import type { Accounts, Prepare } from '../account/accounts.ts';
import type { ApiKeys } from '../account/api-keys.ts';
import { type EmailPassword, identityOf, type Registration } from '../account/registration.ts';
import type { Registrations } from '../account/registrations.ts';
import type { Provider } from '../config.ts';
import { parseExtendedJson } from '../custom-data/extended-json-parse.ts';
import { badInput, GatewayError } from '../errors.ts';
import type { ExternalTokens } from '../token/external-token.ts';
import type { Meant } from './log-in-events.ts';
import type { AuthFunctions } from './operator-functions.ts';
import type { SessionRecords } from './session-records.ts';

/** Exactly one way to prove who the user is. */
export type Credentials =
  | { readonly provider: 'anonymous' }
  | { readonly provider: 'email-password'; readonly email: string; readonly password: string }
  | { readonly provider: 'custom-jwt'; readonly token: string }
  | { readonly provider: 'api-key'; readonly key: string }
  /** `payload` is what the client sent: JSON that may hold Extended JSON. */
  | { readonly provider: 'custom-function'; readonly payload: unknown }
  | { readonly provider: 'google'; readonly idToken: string }
  | { readonly provider: 'apple'; readonly idToken: string };

/** Credentials that prove an identity, so that it can be linked to an account. */
export type IdentityCredentials = Exclude<Credentials, { provider: 'anonymous' | 'api-key' }>;

/** What checking credentials needs. */
export interface CredentialCheck {
  readonly providers: readonly Provider[];
  readonly accounts: Accounts;
  readonly registrations: Registrations;
  readonly apiKeys: ApiKeys;
  readonly authFunctions: AuthFunctions;
  readonly externalIssuers: ExternalTokens;
  /** `null` if the provider is not configured. */
  readonly google: ExternalTokens | null;
  readonly apple: ExternalTokens | null;
}

/** A log-in that runs. */
interface Attempt {
  /** Makes what a new account has from its first moment on. */
  readonly prepare: Prepare;
  /** Where it is noted whom the credentials are for, good or not. */
  readonly meant: Meant;
}

/** Fails with `BAD_USER_INPUT` if the operator has not switched the provider on. */
export function assertProviderEnabled(providers: readonly Provider[], provider: Provider): void {
  if (!providers.includes(provider)) throw notEnabled(provider);
}

/**
 * Finds or creates the account that the credentials prove.
 *
 * Fails with `INVALID_CREDENTIALS`, or with `BAD_USER_INPUT` if the provider is not enabled; a first
 * log-in also as the user creation function does.
 */
export async function authenticate(
  check: CredentialCheck,
  credentials: Credentials,
  { meant, prepare }: Attempt,
): Promise<Account> {
  const { accounts, providers } = check;
  assertProviderEnabled(providers, credentials.provider);
  switch (credentials.provider) {
    case 'anonymous':
      return accounts.createAnonymous(prepare);
    case 'api-key':
      return findByApiKey(check, credentials.key, meant);
    case 'email-password':
      return findByEmail(check, credentials, { meant, prepare });
    default: {
      const onFound = ({ _id }: Account) => {
        meant.userId = _id;
      };
      return accounts.findOrCreate(await proveIdentity(check, credentials), prepare, onFound);
    }
  }
}

/**
 * The identity that the credentials prove, whether an account has it or not.
 *
 * Fails with `INVALID_CREDENTIALS`, or with `BAD_USER_INPUT` if the provider is not enabled.
 */
export async function proveIdentity(
  check: CredentialCheck,
  credentials: IdentityCredentials,
): Promise<ProvenIdentity> {
  assertProviderEnabled(check.providers, credentials.provider);
  switch (credentials.provider) {
    case 'email-password':
      return identityOf(await check.registrations.verify(credentials));
    case 'custom-jwt': {
      const { issuer, externalId, metadata } = await check.externalIssuers.verify(
        credentials.token,
      );
      // Two issuers may use the same id for different people.
      const issuerAndId = JSON.stringify([issuer, externalId]);
      return { provider: 'custom-token', externalId: issuerAndId, data: metadata };
    }
    case 'custom-function': {
      const payload = parseExtendedJson(credentials.payload);
      const { id, data } = await check.authFunctions.logIn(payload);
      return { provider: 'custom-function', externalId: id, data };
    }
    case 'google':
    case 'apple': {
      const idTokens = check[credentials.provider];
      if (idTokens === null) throw notEnabled(credentials.provider);
      const { externalId, metadata } = await idTokens.verify(credentials.idToken);
      return { provider: `oauth2-${credentials.provider}`, externalId, data: metadata };
    }
  }
}

/**
 * Ends the session again if what the log-in saw is no longer so: the account was disabled or deleted
 * or all its sessions were ended while the log-in ran. Fails with `INVALID_CREDENTIALS` then.
 */
export async function assertStillValid(
  { accounts, records }: { readonly accounts: Accounts; readonly records: SessionRecords },
  account: Account,
  sessionId: string,
): Promise<void> {
  const now = await accounts.find(account._id);
  if (now !== null && !now.disabled && now.sessionCuts === account.sessionCuts) return;
  await records.end(sessionId);
  if (now !== null) assertEnabled(now);
  throw new GatewayError('INVALID_CREDENTIALS', {});
}

async function findByApiKey(
  { accounts, apiKeys }: CredentialCheck,
  key: string,
  meant: Meant,
): Promise<Account> {
  const { id, isUnused, purges, userId } = await apiKeys.verify(key, (owner) => {
    meant.userId = owner;
  });
  if (isUnused) meant.unusedKeyId = id;
  const account = await accounts.find(userId);
  if (account === null || account.purges !== purges) {
    throw new GatewayError('INVALID_CREDENTIALS', {});
  }
  assertEnabled(account);
  return account;
}

async function findByEmail(
  { accounts, registrations }: CredentialCheck,
  credentials: EmailPassword,
  { meant, prepare }: Attempt,
): Promise<Account> {
  // Read before the password is: a reset that comes in between then shows, see `assertStillValid`.
  const known = await accounts.findByEmail(credentials.email);
  if (known !== null) meant.userId = known._id;
  const registration = await registrations.verify(credentials);
  const identity = emailIdentity(registration.email);
  if (known?.identityKeys.includes(identityKeyOf(identity))) {
    assertOwn(known, registration);
    assertEnabled(known);
    return known;
  }
  const proven = identityOf(registration);
  const made = known === null ? await accounts.createUnlessTaken(proven, prepare) : null;
  const account = made ?? (await accounts.findOrCreate(proven, prepare));
  assertOwn(account, registration);
  // A reset has no account to mark while there is none yet.
  if (await registrations.isCurrent(registration)) return account;
  throw new GatewayError('INVALID_CREDENTIALS', {});
}

/**
 * An account that was imported has an identity of its own for the address, and only who has shown that the
 * mailbox is theirs gets in: not whoever registered it before. Of registrations of the version before, which
 * say nothing of that, their owners log in as ever.
 */
function assertOwn({ identities }: Account, { _id, email, isProven }: Registration): void {
  if (isProven !== false) return;
  const key = identityKeyOf(emailIdentity(email));
  const owned = identities.find((identity) => identityKeyOf(identity) === key);
  if (owned !== undefined && owned.id !== _id) throw new GatewayError('INVALID_CREDENTIALS', {});
}

function notEnabled(provider: Provider): GatewayError<'BAD_USER_INPUT'> {
  return badInput(`The provider "${provider}" is not enabled`);
}
