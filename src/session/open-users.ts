/** Opens what is stored of users and connects it, for the gateway and for the operator's commands. */
import { ACCOUNTS_COLLECTION, type Accounts, createAccounts } from '../account/accounts.ts';
import { API_KEYS_COLLECTION, type ApiKeys, createApiKeys } from '../account/api-keys.ts';
import {
  createRegistrations,
  REGISTRATIONS_COLLECTION,
  type Registrations,
} from '../account/registrations.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/port.ts';
import type { AuthFunctions } from './auth-functions.ts';
import { createDeletionSweep, type DeletionSweep } from './deletion-sweep.ts';
import { createDeletions, DELETIONS_COLLECTION } from './deletions.ts';
import {
  createSessionRecords,
  SESSIONS_COLLECTION,
  type SessionRecords,
} from './session-records.ts';
import { deleteDocuments, deleteUser } from './user-deletion.ts';

/** What is stored of users, and what must be done in one piece with it. */
export interface StoredUsers {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly registrations: Registrations;
  readonly records: SessionRecords;
  /** Deletes a user with everything that belongs to them; may be repeated. `false`: there was none. */
  readonly deleteUser: (userId: string) => Promise<boolean>;
  /** Ends every session of the user, those of log-ins that run now included. */
  readonly endSessions: (userId: string) => Promise<void>;
  /** The id was shown to the user creation function, but no user will have it. */
  readonly onUnusedId: (userId: string) => Promise<void>;
  /** Completes deletions; not started. */
  readonly sweep: DeletionSweep;
}

/** What opening takes. */
export interface OpenUsersParts {
  readonly store: Store;
  readonly customData: CustomData;
  /** Whether the document is deleted with its user. */
  readonly deletesDocument: boolean;
  /** Absent for commands, which make no accounts. */
  readonly authFunctions?: AuthFunctions;
  /** Whether there is a user creation function. */
  readonly hasCreationFunction?: boolean;
  /** How long a function may run that a user has called, in seconds; absent if there are none. */
  readonly functionTimeoutSeconds?: number;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Many times as long as a request has for the store. */
const SETTLE_MILLISECONDS = 60_000;

/** Opens the collections of users. */
export async function openUsers(parts: OpenUsersParts): Promise<StoredUsers> {
  const { authFunctions, customData, deletesDocument, store, now } = parts;
  const onUnusedId = (userId: string) => discardDocument(parts, userId);
  const records = createSessionRecords(await store.collection(SESSIONS_COLLECTION), now);
  const apiKeys = createApiKeys(await store.collection(API_KEYS_COLLECTION), now);
  const registrations = createRegistrations({
    collection: await store.collection(REGISTRATIONS_COLLECTION),
    now,
  });
  const accounts = createAccounts({
    collection: await store.collection(ACCOUNTS_COLLECTION),
    now,
    hooks: {
      async beforeCreation(account) {
        // For an e-mail address the function ran when it was registered.
        const isRegistered = account.identities.some(
          ({ provider }) => provider === 'local-userpass',
        );
        if (!isRegistered) await authFunctions?.beforeCreation(account);
      },
      onUnusedId,
      async completeDeletion({ _id }) {
        await deleteAll(_id);
      },
    },
  });
  const deletions = createDeletions(await store.collection(DELETIONS_COLLECTION), now);
  const deletion = {
    ...{ accounts, apiKeys, registrations, records, customData, deletions, deletesDocument },
  };
  const settle = SETTLE_MILLISECONDS + (parts.functionTimeoutSeconds ?? 0) * 1000;
  const sweep = createDeletionSweep({ ...deletion, log: parts.log, now, settle });
  const deleteAll = (userId: string) => {
    sweep.expect();
    return deleteUser(deletion, userId);
  };
  return {
    ...{ accounts, apiKeys, registrations, records, onUnusedId, sweep },
    deleteUser: deleteAll,
    async endSessions(userId) {
      await accounts.cutSessions(userId);
      await records.endAll(userId);
    },
  };
}

/** What the creation function wrote for a user who will not exist. A failure leaves a stray document, no more. */
async function discardDocument(
  { customData, hasCreationFunction = false, log }: OpenUsersParts,
  userId: string,
): Promise<void> {
  if (!hasCreationFunction) return;
  try {
    await deleteDocuments(customData, userId);
  } catch (error) {
    log.warn({ err: error, userId }, 'the document of a user who was not made stays');
  }
}
