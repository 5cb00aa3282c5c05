/** What a reset of an unproven password takes away from an account, in numbers and in words. */
import type { Account } from '../account/account.ts';
import {
  emailIdentity,
  type Identity,
  type IdentityProvider,
  identityKeyOf,
  vouchesFor,
} from '../account/account.ts';
import type { Accounts } from '../account/accounts.ts';
import type { ApiKeys } from '../account/api-keys.ts';
import type { Registration } from '../account/registration.ts';
import type { Registrations } from '../account/registrations.ts';

/** What is shut out, or will be. */
export interface Removal {
  /** How many API keys that were good. */
  readonly apiKeys: number;
  /** The providers of the ways to log in. */
  readonly providers: readonly IdentityProvider[];
}

/** Where an account and what belongs to it is. */
export interface RemovalParts {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly registrations: Registrations;
}

/** Nothing is shut out. */
export const NO_REMOVAL: Removal = { apiKeys: 0, providers: [] };

/** What a reset of the password of this registration would shut out now. */
export async function foresee(parts: RemovalParts, registration: Registration): Promise<Removal> {
  const { email, isProven } = registration;
  if (isProven === true) return NO_REMOVAL;
  const account = await parts.accounts.findByIdentity(emailIdentity(email));
  if (account === null) return NO_REMOVAL;
  const key = identityKeyOf(emailIdentity(email));
  const removed = account.identities.filter(
    (identity) => identityKeyOf(identity) !== key && !vouchesFor(identity, email),
  );
  return { apiKeys: await countKeys(parts, account), providers: providersOf(removed) };
}

/** Shuts out of the account whatever does not belong to the owner of the mailbox; one operation does it. */
export async function shutOut(
  parts: RemovalParts,
  account: Account,
  email: string,
): Promise<Removal> {
  const apiKeys = await countKeys(parts, account);
  const removed = await parts.accounts.purge(account._id, email);
  // Without its account such a registration would make a new one under an id that is taken.
  const emails = removed.filter(({ provider }) => provider === 'local-userpass');
  await parts.registrations.deleteAll(emails.map(({ id }) => id));
  return { apiKeys, providers: providersOf(removed) };
}

/** One sentence, or nothing if nothing is shut out. `will`: it is yet to happen. */
export function describeRemoval(removal: Removal, tense: 'will' | 'was'): string {
  const { apiKeys, providers } = removal;
  const keys = apiKeys === 0 ? [] : [countOf(apiKeys, 'API key')];
  const names = [...new Set(providers)].map((provider) => PROVIDER_NAMES[provider]).join(', ');
  const ways =
    providers.length === 0
      ? []
      : [`${countOf(providers.length, 'other way', 'other ways')} to log in (${names})`];
  if (keys.length + ways.length === 0) return '';
  if (tense === 'will') {
    const effects = [
      ...keys.map((text) => `disables ${text}`),
      ...ways.map((text) => `removes ${text}`),
    ];
    return (
      'Nobody has shown yet that the password of now is yours: it was chosen when the address was ' +
      `registered. So a new one also ${effects.join(' and ')}.`
    );
  }
  const effects = [
    ...keys.map((text) => `${text} ${beingOf(apiKeys)} disabled`),
    ...ways.map((text) => `${text} ${beingOf(providers.length)} removed`),
  ];
  return (
    'Nobody had shown that the password of before was yours: it was chosen when the address was ' +
    `registered. So ${effects.join(' and ')}.`
  );
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

async function countKeys({ apiKeys }: RemovalParts, { _id, purges }: Account): Promise<number> {
  return (await apiKeys.list(_id, purges)).filter(({ isDisabled }) => !isDisabled).length;
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function beingOf(count: number): 'was' | 'were' {
  return count === 1 ? 'was' : 'were';
}
