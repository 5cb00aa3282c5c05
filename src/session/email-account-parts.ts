/** What the use cases of e-mail addresses are made of, and what they have in common. */
import type { Accounts } from '../account/accounts.ts';
import type { Registration, Registrations } from '../account/registrations.ts';
import type { EmailConfig, Provider } from '../config.ts';
import { mailboxOf } from '../email-address.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { UserMails } from '../mail/user-mails.ts';
import type { AuthFunctions } from './operator-functions.ts';
import { describeRemoval, foresee, type RemovalParts } from './removal.ts';

/** What the use cases are made of. */
export interface EmailAccountParts extends RemovalParts {
  readonly authFunctions: AuthFunctions;
  readonly providers: readonly Provider[];
  readonly email: Pick<EmailConfig, 'confirmation' | 'reset'>;
  /** `null` without a mail server. */
  readonly mails: UserMails | null;
  /** Ends every session of the user, those of log-ins that run now included. */
  readonly endSessions: (userId: string) => Promise<void>;
  /** The id was promised to somebody who will not use it. */
  readonly onUnusedId: (userId: string) => Promise<void>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The registration of the address, made for one that an account owns by import. Fails with `USER_NOT_FOUND`. */
export async function requireRegistration(
  parts: Pick<EmailAccountParts, 'accounts' | 'registrations'>,
  email: string,
): Promise<Registration> {
  const registration = await findRegistration(parts, email);
  if (registration === null) throw new GatewayError('USER_NOT_FOUND', {});
  return registration;
}

/** The same, or `null`. */
export async function findRegistration(
  { accounts, registrations }: Pick<EmailAccountParts, 'accounts' | 'registrations'>,
  email: string,
): Promise<Registration | null> {
  const registration = await registrations.find(email);
  return registration ?? adoptOwned({ accounts, registrations }, email);
}

async function adoptOwned(
  {
    accounts,
    registrations,
  }: { readonly accounts: Accounts; readonly registrations: Registrations },
  email: string,
): Promise<Registration | null> {
  const account = await accounts.findByEmail(email);
  if (account === null) return null;
  const emails = account.identities.filter(({ provider }) => provider === 'local-userpass');
  const identity =
    emails.find(({ externalId }) => externalId === email) ??
    emails.find(({ externalId }) => mailboxOf(externalId) === mailboxOf(email));
  return identity === undefined ? null : registrations.adopt(account._id, identity);
}

/** Mails a link that sets a password, to the address as it was registered. */
export async function mailReset(
  parts: EmailAccountParts,
  registration: Registration,
): Promise<void> {
  const removal = describeRemoval(await foresee(parts, registration), 'will');
  const token = await parts.registrations.issueToken(registration, 'reset');
  await requireMails(parts.mails).sendReset(registration.email, token, removal);
}

/** For what the configuration allows only with a mail server. */
export function requireMails(mails: UserMails | null): UserMails {
  if (mails === null) throw new Error('No mail server is configured');
  return mails;
}

/** The text is the one that App Services clients know. It names the address that the caller sent. */
export function refused(what: string, email: string): GatewayError<'BAD_USER_INPUT'> {
  return badInput(`failed to ${what} user "${email}"`);
}

/** What the caller sent is no use. */
export function badInput(message: string): GatewayError<'BAD_USER_INPUT'> {
  return new GatewayError('BAD_USER_INPUT', {}, { message });
}
