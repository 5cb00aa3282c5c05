/** Users as functions see them. */
import type { Account, Identity } from '../account/account.ts';
import type { Config } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import type { FunctionUser } from '../functions/functions.ts';
import type { Document } from '../values/documents.ts';

/** The user that functions run for when nobody is logged in. */
export const SYSTEM_USER: FunctionUser = {
  ...{ id: '', type: 'system', data: {}, custom_data: {}, identities: [] },
};

/** `context.user` of an account, with the document of this moment as `custom_data`. */
export function describeFunctionUser(
  { _id, identities }: Pick<Account, '_id' | 'identities'>,
  customData: Document,
): FunctionUser {
  return {
    id: _id,
    type: 'normal',
    data: mergedData(identities),
    custom_data: customData,
    identities: identities.map((identity) => ({
      id: shownIdOf(identity),
      provider_type: identity.provider,
      data: identity.data,
    })),
  };
}

/**
 * The id of an identity that App Services shows: the user's id at the provider, where the provider has one.
 * The gateway itself goes by `Identity.id`.
 */
export function shownIdOf({ id, provider, externalId }: Identity): string {
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

/** What all providers say about a user, merged; a later identity goes before an earlier one. */
export function mergedData(identities: readonly Pick<Identity, 'data'>[]): Document {
  return Object.assign({}, ...identities.map(({ data }) => data));
}

/**
 * Tells the history of a user's document that a function ran for the user and wrote to these
 * collections, given as `database.collection`.
 */
export type NoteFunctionWrites = (userId: string, written: ReadonlySet<string>) => Promise<void>;

/** Creates the telling; every other collection than that of the documents is of no concern. */
export function createWriteNotes(
  { collection, database }: Config['customData'],
  customData: Pick<CustomData, 'noteChange'>,
): NoteFunctionWrites {
  return async (userId, written) => {
    if (written.has(`${database}.${collection}`)) await customData.noteChange(userId, 'FUNCTION');
  };
}
