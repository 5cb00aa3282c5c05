/** The ways one account can be logged in to. */
import { ObjectId } from '../bson.ts';
import type { Document } from '../store/port.ts';

/** Who vouches for an identity, in the spelling of App Services. */
export type IdentityProvider = 'anon-user' | 'local-userpass' | 'custom-token';

/** One way to log in to an account. */
export interface Identity {
  /** 24 hex digits. */
  readonly id: string;
  readonly provider: IdentityProvider;
  /** The user's id at the provider: an e-mail address as written, an external id. */
  readonly externalId: string;
  /** What the provider says about the user; kept apart from custom data. */
  readonly data: Document;
  /** PHC string; `local-userpass` only. */
  readonly passwordHash?: string;
  readonly createdAt: Date;
}

/** What a new identity is made of; an anonymous one is known by its own id only. */
export type IdentityInput = Pick<Identity, 'provider' | 'data' | 'passwordHash'> & {
  readonly externalId?: string;
};

/** Creates an identity with a fresh id. `now` is epoch milliseconds. */
export function createIdentity(input: IdentityInput, now: number): Identity {
  const id = new ObjectId().toHexString();
  const { provider, externalId = id, data, passwordHash } = input;
  return {
    id,
    provider,
    externalId,
    data,
    ...(passwordHash === undefined ? {} : { passwordHash }),
    createdAt: new Date(now),
  };
}

/** The value under which an identity is unique among all accounts. */
export function identityKeyOf({
  provider,
  externalId,
}: Pick<Identity, 'provider' | 'externalId'>): string {
  return `${provider}:${externalId}`;
}
