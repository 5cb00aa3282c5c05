/** Accounts as their users may see them. */
import type { Account, Identity, IdentityProvider } from '../account/account.ts';
import { unauthenticated } from '../errors.ts';
import type { Document } from '../values/documents.ts';

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
  /** What all providers say about the user, merged; a later identity goes before an earlier one. Kept apart from custom data. */
  readonly data: Document;
}

/** The profile of an account. One that is gone or disabled has no session either; this one is about to end. */
export function toProfile(account: Pick<Account, '_id' | 'identities'> | null): UserProfile {
  if (account === null) throw unauthenticated('SESSION_ENDED');
  const { _id, identities } = account;
  return {
    userId: _id,
    identities: identities.map((identity) => {
      const { id, provider, data } = identity;
      return { id, shownId: shownIdOf(identity), provider, data };
    }),
    data: Object.assign({}, ...identities.map(({ data }) => data)),
  };
}

/** The user's id at the provider, where the provider has one. The gateway itself goes by `Identity.id`. */
function shownIdOf({ id, provider, externalId }: Identity): string {
  if (provider === 'anon-user' || provider === 'local-userpass') return id;
  return provider === 'custom-token' ? idAtIssuer(externalId) : externalId;
}

/** The external id is a JSON text of issuer and id: see `proveIdentity`. */
function idAtIssuer(externalId: string): string {
  try {
    const parsed: unknown = JSON.parse(externalId);
    const id: unknown = Array.isArray(parsed) ? parsed[1] : undefined;
    return typeof id === 'string' ? id : externalId;
  } catch {
    // Written by an operator who made the account.
    return externalId;
  }
}
