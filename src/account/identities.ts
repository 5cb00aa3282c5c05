/** The ways one account can be logged in to. */
import { ObjectId } from '../bson.ts';
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

/** The value under which an identity is unique among all accounts. */
export function identityKeyOf({
  provider,
  externalId,
}: Pick<Identity, 'provider' | 'externalId'>): string {
  return `${provider}:${externalId}`;
}
