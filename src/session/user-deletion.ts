/** How a user is deleted: an order in which a crash leaves nothing that can be used. */
import type { Accounts } from '../account/accounts.ts';
import type { ApiKeys } from '../account/api-keys.ts';
import type { Registrations } from '../account/registrations.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import type { SessionRecords } from './session-records.ts';

/** Where there is something of a user. */
export interface UserDeletionParts {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly registrations: Registrations;
  readonly records: SessionRecords;
  readonly customData: CustomData;
  /** Whether the document goes too. */
  readonly deletesDocument: boolean;
}

/**
 * Deletes a user. May be repeated after a crash, and completes what was begun; a log-in with an
 * identity of a half-deleted account does so, too.
 *
 * @returns `false` if there was no such user.
 */
export async function deleteUser(parts: UserDeletionParts, userId: string): Promise<boolean> {
  const { accounts, apiKeys, registrations, records } = parts;
  // First, so that from here on no log-in, refresh or link succeeds.
  const account = await accounts.beginDeletion(userId);
  if (account === null) return false;
  await records.endAll(userId);
  await apiKeys.deleteAll(userId);
  await registrations.deleteAll(account.identities.map(({ id }) => id));
  if (parts.deletesDocument) await deleteDocuments(parts.customData, userId);
  await accounts.completeDeletion(userId);
  return true;
}

/** The history goes too. Old data may hold several documents of one user; each deletion brings the next to light. */
export async function deleteDocuments(customData: CustomData, userId: string): Promise<void> {
  for (;;) {
    const { result } = await customData.delete(userId);
    if (result.deletedCount === 0) break;
  }
  await customData.deleteHistory(userId);
}
