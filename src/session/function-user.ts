/** Users as functions see them. */
import type { Account } from '../account/accounts.ts';
import type { Identity } from '../account/identities.ts';
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
    identities: identities.map(({ id, provider, data }) => ({ id, provider_type: provider, data })),
  };
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
