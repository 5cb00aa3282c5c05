/** What a reset of an unproven password removes from an account, in numbers and in words. */
import {
  type Account,
  belongsToMailbox,
  emailIdentity,
  type Identity,
  type IdentityProvider,
} from '../account/account.ts';
import type { Registration } from '../account/registration.ts';
import type { UserParts } from './user-parts.ts';

/** What is purged, or will be. */
export interface Purge {
  /** How many API keys that were good. */
  readonly apiKeys: number;
  /** The providers of the ways to log in. */
  readonly providers: readonly IdentityProvider[];
}

/** Nothing is purged. */
export const NO_PURGE: Purge = { apiKeys: 0, providers: [] };

/** What a reset of the password of this registration would purge now. */
export async function foreseePurge(
  parts: UserParts,
  { email, isProven }: Registration,
): Promise<Purge> {
  if (isProven === true) return NO_PURGE;
  const account = await parts.accounts.findByIdentity(emailIdentity(email));
  if (account === null) return NO_PURGE;
  const removed = account.identities.filter((identity) => !belongsToMailbox(identity, email));
  return { apiKeys: await countKeys(parts, account), providers: providersOf(removed) };
}

/** Removes from the account whatever does not belong to the owner of the mailbox; one operation does it. */
export async function purge(parts: UserParts, account: Account, email: string): Promise<Purge> {
  const apiKeys = await countKeys(parts, account);
  const removed = await parts.accounts.purge(account._id, email);
  // Without its account such a registration would make a new one under an id that is taken.
  const emails = removed.filter(({ provider }) => provider === 'local-userpass');
  await parts.registrations.deleteAll(emails.map(({ id }) => id));
  return { apiKeys, providers: providersOf(removed) };
}

/** One sentence, or nothing if nothing is purged. `will`: it is yet to happen. */
export function describePurge({ apiKeys, providers }: Purge, tense: 'will' | 'was'): string {
  const names = [...new Set(providers)].map((provider) => PROVIDER_NAMES[provider]).join(', ');
  const effectOn = (count: number, what: string, verb: string) => {
    if (count === 0) return [];
    if (tense === 'will') return [`${verb}s ${count} ${what}`];
    return [`${count} ${what} ${count === 1 ? 'was' : 'were'} ${verb}d`];
  };
  const ways = providers.length === 1 ? 'other way' : 'other ways';
  const effects = [
    ...effectOn(apiKeys, apiKeys === 1 ? 'API key' : 'API keys', 'disable'),
    ...effectOn(providers.length, `${ways} to log in (${names})`, 'remove'),
  ].join(' and ');
  if (effects === '') return '';
  const why = 'it was chosen when the address was registered';
  return tense === 'will'
    ? `Nobody has shown yet that the password of now is yours: ${why}. So a new one also ${effects}.`
    : `Nobody had shown that the password of before was yours: ${why}. So ${effects}.`;
}

const PROVIDER_NAMES: Readonly<Record<IdentityProvider, string>> = {
  'anon-user': 'anonymous',
  'local-userpass': 'another e-mail address',
  'custom-token': 'a token of another service',
  'custom-function': 'a function of the app',
  'oauth2-google': 'Google',
  'oauth2-apple': 'Apple',
};

/** Nobody can log in as an anonymous user again, so that is no way in. */
function providersOf(identities: readonly Identity[]): IdentityProvider[] {
  return identities.map(({ provider }) => provider).filter((provider) => provider !== 'anon-user');
}

async function countKeys({ apiKeys }: UserParts, { _id, purges }: Account): Promise<number> {
  return (await apiKeys.list(_id, purges)).filter(({ isDisabled }) => !isDisabled).length;
}
