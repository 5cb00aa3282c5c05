/** What an account is, and the identities by which it is logged in to. */
import { ObjectId } from '../bson.ts';
import { mailboxOf } from '../email-address.ts';
import { GatewayError } from '../errors.ts';
import type { DocumentCollection } from '../store/port.ts';
import type { Document } from '../values/documents.ts';

/** A user of the gateway. */
export interface Account {
  /** The user id: 24 hex digits, never changed. */
  readonly _id: string;
  readonly createdAt: Date;
  /** A disabled account cannot be logged in to. */
  readonly disabled: boolean;
  readonly identities: readonly Identity[];
  /** What identities are found by (`identityKeysOf`), unique among all accounts. */
  readonly identityKeys: readonly string[];
  /** How often all sessions were ended at once; absent: never. A log-in that ran meanwhile is void. */
  readonly sessionCuts?: number;
  /**
   * How often a reset has removed every other way in; absent: never. API keys that were made before are
   * disabled, and sessions that began before make and link nothing.
   */
  readonly purges?: number;
  /** When the deletion of the account began; to everyone it is gone from then on. */
  readonly deletedAt?: Date;
}

/** An account as the store types it. */
export type AccountDocument = Account & Document;

/** Filter of accounts that nobody has begun to delete. */
export const NOT_DELETED = { deletedAt: { $exists: false } } as const;
/** Makes log-ins void that run now. Only ever compared with itself, so it does no harm if the driver counts twice. */
export const CUT = { $inc: { sessionCuts: 1 } } as const;
/** The same, and voids the API keys and what sessions of now might still add. */
export const PURGE = { $inc: { sessionCuts: 1, purges: 1 } } as const;

/** Fails with `INVALID_CREDENTIALS` if the account is disabled. */
export function assertEnabled(account: Account): void {
  if (!account.disabled) return;
  throw new GatewayError('INVALID_CREDENTIALS', { reason: 'ACCOUNT_DISABLED' });
}

/** The account, or `null`. By `_id` alone, which every database looks up in its primary index. */
export async function findAccount(
  collection: DocumentCollection,
  userId: string,
): Promise<Account | null> {
  const account = await collection.findOne<AccountDocument>({ _id: userId });
  return account?.deletedAt === undefined ? account : null;
}

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

/** An e-mail address as an identity. */
export function emailIdentity(email: string): Pick<Identity, 'provider' | 'externalId'> {
  return { provider: 'local-userpass', externalId: email };
}

/**
 * Whether the identity is the e-mail address, or its provider says that the user owns the mailbox. Apple
 * writes `email_verified` as text, too. Of a function of the operator's nobody can tell where it has an
 * address from.
 */
export function belongsToMailbox(identity: Identity, email: string): boolean {
  const { data, externalId, provider } = identity;
  if (provider === 'local-userpass' && externalId === email) return true;
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
