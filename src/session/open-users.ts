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
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Opens the collections of users. */
export async function openUsers(parts: OpenUsersParts): Promise<StoredUsers> {
  const { authFunctions, customData, deletesDocument, store, now } = parts;
  const onUnusedId = (userId: string) => discardDocument(parts, userId);
  // At once, since a first start builds their indexes.
  const [sessionsAt, apiKeysAt, registrationsAt, accountsAt] = await Promise.all([
    store.collection(SESSIONS_COLLECTION),
    store.collection(API_KEYS_COLLECTION),
    store.collection(REGISTRATIONS_COLLECTION),
    store.collection(ACCOUNTS_COLLECTION),
  ]);
  const records = createSessionRecords(sessionsAt, now);
  const apiKeys = createApiKeys(apiKeysAt, now);
  const registrations = createRegistrations({ collection: registrationsAt, now });
  const accounts = createAccounts({
    collection: accountsAt,
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
  const deletion = { accounts, apiKeys, registrations, records, customData, deletesDocument };
  const deleteAll = (userId: string) => deleteUser(deletion, userId);
  return {
    ...{ accounts, apiKeys, registrations, records, onUnusedId },
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
