/** How a user is deleted: an order in which a crash leaves nothing that can be used, and what completes it. */
import type { Deletion, Deletions } from '../account/deletions.ts';
import type { Config } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import type { Log } from '../log.ts';
import { deletionEvent } from './auth-events.ts';
import type { AuthEvents } from './operator-functions.ts';
import type { StoredUsers } from './user-parts.ts';

/** Where there is something of a user. */
export interface UserDeletionParts
  extends Pick<StoredUsers, 'accounts' | 'apiKeys' | 'registrations' | 'endStored' | 'tell'> {
  readonly authEvents: AuthEvents;
  readonly customData: CustomData;
  readonly deletions: Deletions;
  /** Whether the document goes too. */
  readonly deletesDocument: boolean;
}

/**
 * Deletes a user. May be repeated after a crash, and completes what was begun; a log-in with an
 * identity of a half-deleted account does so, too, and the sweep in the end. With `identityKeys` a user who
 * has exactly those identities.
 *
 * @returns `false` if there was no such user.
 */
export async function deleteUser(
  parts: UserDeletionParts,
  userId: string,
  identityKeys?: readonly string[],
): Promise<boolean> {
  const { accounts, deletions } = parts;
  // Asked before it is noted: the document of an id that is nobody's is not ours to delete.
  if ((await accounts.findWithDeleted(userId)) === null) return false;
  await deletions.begin(userId, parts.deletesDocument);
  return runDeletion(parts, userId, parts.deletesDocument, identityKeys);
}

/** Does what was noted, from wherever it was cut off. `false`: another gateway has completed it. */
async function runDeletion(
  parts: UserDeletionParts,
  userId: string,
  deletesDocument: boolean,
  identityKeys?: readonly string[],
): Promise<boolean> {
  const { accounts, deletions, registrations } = parts;
  // First, so that from here on no log-in, refresh or link succeeds.
  const account = await accounts.beginDeletion(userId, identityKeys);
  if (account === null) return false;
  // While there is still all that the triggers are told. Noted anew after a crash, it is the same note.
  const noted = await parts.authEvents.note([deletionEvent(account)]);
  await deleteBelongings(parts, userId, deletesDocument);
  await registrations.deleteAll(account.identities.map(({ id }) => id));
  // With the account its identities are free.
  await accounts.completeDeletion(userId);
  await deletions.markCleared(userId);
  parts.tell({ type: 'USER_DELETED', userId });
  noted.happened();
  return true;
}

/** Sessions first: a write that begins after that is refused. */
async function deleteBelongings(
  parts: UserDeletionParts,
  userId: string,
  deletesDocument: boolean,
): Promise<void> {
  await parts.endStored(userId, 'USER_DELETED');
  await parts.apiKeys.deleteAll(userId);
  if (deletesDocument) await deleteDocuments(parts.customData, userId);
}

/** The history goes too. Old data may hold several documents of one user; each deletion brings the next to light. */
async function deleteDocuments(customData: CustomData, userId: string): Promise<void> {
  for (;;) {
    const { result } = await customData.delete(userId);
    if (result.deletedCount === 0) break;
  }
  await customData.deleteHistory(userId);
}

/**
 * Takes a noted deletion one step further at `now` (epoch milliseconds): completes it, or deletes once more
 * what requests that were under way may have made since, when none of them can be any more, `settle`
 * milliseconds after.
 *
 * @returns whether the deletion is over.
 */
export async function settleDeletion(
  parts: UserDeletionParts,
  deletion: Deletion,
  { now, settle }: { readonly now: number; readonly settle: number },
): Promise<boolean> {
  const { accounts, deletions } = parts;
  const { _id: userId, begunAt, clearedAt, deletesDocument } = deletion;
  const isSettled = now - (clearedAt ?? begunAt).getTime() >= settle;
  const account = await accounts.findWithDeleted(userId);
  if (account?.deletedAt !== undefined) {
    await runDeletion(parts, userId, deletesDocument);
    return false;
  }
  if (account === null && clearedAt === undefined) {
    await deletions.markCleared(userId);
    return false;
  }
  if (!isSettled) return false;
  // With an account, it was noted and never begun, as the caller was told; or the id is in use again.
  if (account === null) await deleteBelongings(parts, userId, deletesDocument);
  await deletions.remove(deletion);
  return true;
}

/** What discarding takes. */
interface DiscardParts {
  readonly config: Pick<Config, 'functions'>;
  readonly customData: CustomData;
  readonly log: Log;
}

/** What the creation function wrote for a user who will not exist. A failure leaves a stray document, no more. */
export async function discardDocument(
  { config, customData, log }: DiscardParts,
  userId: string,
): Promise<void> {
  if (config.functions.onUserCreation === undefined) return;
  try {
    await deleteDocuments(customData, userId);
  } catch (error) {
    log.warn({ err: error, userId }, 'the document of a user who was not made stays');
  }
}
