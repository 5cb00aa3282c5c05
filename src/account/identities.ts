/** The ways one account can be logged in to. */
import { ObjectId } from '../bson.ts';
import { mailboxOf } from '../email-address.ts';
import type { Document } from '../values/documents.ts';

/** Who vouches for an identity, in the spelling of App Services. */
export const IDENTITY_PROVIDERS = [
  'anon-user',
  'local-userpass',
  'custom-token',
  'custom-function',
  'oauth2-google',
  'oauth2-apple',
] as const;

/** One of `IDENTITY_PROVIDERS`. */
export type IdentityProvider = (typeof IDENTITY_PROVIDERS)[number];

/** One way to log in to an account. */
export interface Identity {
  /** 24 hex digits. */
  readonly id: string;
  readonly provider: IdentityProvider;
  /** The user's id at the provider: an e-mail address as written, an external id. */
  readonly externalId: string;
  /** What the provider says about the user; kept apart from custom data. */
  readonly data: Document;
  readonly createdAt: Date;
}

/** What a provider vouches for at a log-in. */
export interface ProvenIdentity extends Pick<Identity, 'provider' | 'externalId' | 'data'> {
  /** Id of the identity, decided when an e-mail address was registered. */
  readonly id?: string;
  /** User id that was promised to the user, should the log-in make an account. */
  readonly userId?: string;
}

/** Creates an identity, with a fresh id unless it has one. `now` is epoch milliseconds. */
export function createIdentity(proven: ProvenIdentity, now: number): Identity {
  const { id = new ObjectId().toHexString(), provider, externalId, data } = proven;
  return { id, provider, externalId, data, createdAt: new Date(now) };
}

/** Creates the identity of an anonymous user, known by its own id only. */
export function createAnonymousIdentity(now: number): Identity {
  const id = new ObjectId().toHexString();
  return createIdentity({ id, provider: 'anon-user', externalId: id, data: {} }, now);
}

/** An e-mail address as an identity. */
export function emailIdentity(email: string): Pick<Identity, 'provider' | 'externalId'> {
  return { provider: 'local-userpass', externalId: email };
}

/**
 * Whether the provider says that the user owns the mailbox. Apple writes `email_verified` as text, too. Of a
 * function of the operator's nobody can tell where it has an address from.
 */
export function vouchesFor({ data, provider }: Identity, email: string): boolean {
  if (!VOUCHING_PROVIDERS.includes(provider)) return false;
  const { email: vouched, email_verified: isVerified } = data;
  if (isVerified !== true && isVerified !== 'true') return false;
  return typeof vouched === 'string' && mailboxOf(vouched) === mailboxOf(email);
}

const VOUCHING_PROVIDERS: readonly IdentityProvider[] = [
  'custom-token',
  'oauth2-google',
  'oauth2-apple',
];

/**
 * Every value under which an identity is found. For an e-mail address that is its mailbox, too, unless
 * another account has it; accounts of the version before lack it where the address is in small letters.
 */
export function identityKeysOf(identity: Pick<Identity, 'provider' | 'externalId'>): string[] {
  const { provider, externalId } = identity;
  const own = identityKeyOf(identity);
  return provider === 'local-userpass' ? [own, mailboxKeyOf(externalId)] : [own];
}

/** The value that all spellings of an e-mail address have in common. No identity has it as its own. */
export function mailboxKeyOf(email: string): string {
  return `local-userpass-mailbox:${mailboxOf(email)}`;
}

/** The value under which an identity is unique among all accounts. */
export function identityKeyOf({
  provider,
  externalId,
}: Pick<Identity, 'provider' | 'externalId'>): string {
  return `${provider}:${externalId}`;
}
