/** What the use cases of users are made of, and what they have in common. */
import type { Accounts } from '../account/accounts.ts';
import type { ApiKeys } from '../account/api-keys.ts';
import type { Registration } from '../account/registration.ts';
import type { Registrations } from '../account/registrations.ts';
import type { EmailConfig } from '../config.ts';
import { mailboxOf } from '../email-address.ts';
import { badInput, GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { LinkToken, Recipient, UserMails } from '../mail/user-mails.ts';
import type { RequestLimits } from './limits/limits.ts';
import type { CredentialCheck } from './log-in.ts';
import type { SessionRecords } from './session-records.ts';
import type { EndReason, TellEvent } from './user-events.ts';

/** What is stored of users, and what must be done in one piece with it. */
export interface StoredUsers {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly registrations: Registrations;
  readonly records: SessionRecords;
  /**
   * Deletes a user with everything that belongs to them; may be repeated. With `identityKeys` a user with exactly those.
   * `false`: there was none.
   */
  readonly deleteUser: (userId: string, identityKeys?: readonly string[]) => Promise<boolean>;
  /** Ends every session that the user has. */
  readonly endStored: (userId: string, reason: EndReason) => Promise<void>;
  /** Ends every session of the user, those of log-ins that run now included. */
  readonly endSessions: (userId: string, reason: EndReason) => Promise<void>;
  /** Tells what happens. */
  readonly tell: TellEvent;
  /** The id was shown to the user creation function, or promised, but no user will have it. */
  readonly onUnusedId: (userId: string) => Promise<void>;
}

/** What the use cases are made of, for one request. */
export interface UserParts extends CredentialCheck, StoredUsers {
  readonly requestLimits: RequestLimits;
  readonly email: Pick<EmailConfig, 'confirmation' | 'reset'>;
  /** `null` without a mail server. */
  readonly mails: UserMails | null;
  /** What the user reads, for the mails: `findLanguages`. */
  readonly languagesOf: (userId: string) => Promise<readonly (string | undefined)[]>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The registration of the address, made for one that an account owns by import; or `null`. */
export async function findRegistration(
  { accounts, registrations }: Pick<UserParts, 'accounts' | 'registrations'>,
  email: string,
): Promise<Registration | null> {
  const registration = await registrations.find(email);
  if (registration !== null) return registration;
  const account = await accounts.findByEmail(email);
  if (account === null) return null;
  const emails = account.identities.filter(({ provider }) => provider === 'local-userpass');
  const identity =
    emails.find(({ externalId }) => externalId === email) ??
    emails.find(({ externalId }) => mailboxOf(externalId) === mailboxOf(email));
  return identity === undefined ? null : registrations.adopt(account._id, identity);
}

/** The same. Fails with `USER_NOT_FOUND`. */
export async function requireRegistration(parts: UserParts, email: string): Promise<Registration> {
  const registration = await findRegistration(parts, email);
  if (registration === null) throw new GatewayError('USER_NOT_FOUND', {});
  return registration;
}

/** The mails, and who gets this one. For what the configuration allows only with a mail server. */
export async function mailsTo(
  { languagesOf, mails }: UserParts,
  { email, userId }: Registration,
  token: LinkToken,
): Promise<{ readonly mails: UserMails; readonly to: Recipient }> {
  if (mails === null) throw new Error('No mail server is configured');
  return { mails, to: { email, token, languages: await languagesOf(userId) } };
}

/** The text is the one that App Services clients know. It names the address that the caller sent. */
export function refused(what: string, email: string): GatewayError<'BAD_USER_INPUT'> {
  return badInput(`failed to ${what} user "${email}"`);
}
