/** Opens what is stored of users and connects it, for the gateway and for the operator's commands. */
import { ACCOUNTS_COLLECTION, type Accounts, createAccounts } from '../account/accounts.ts';
import { API_KEYS_COLLECTION, type ApiKeys, createApiKeys } from '../account/api-keys.ts';
import { createPasswordHasher, type PasswordHasher } from '../account/passwords.ts';
import {
  createRegistrations,
  REGISTRATIONS_COLLECTION,
  type Registrations,
} from '../account/registrations.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { type Deadline, suspending } from '../deadline.ts';
import type { Log } from '../log.ts';
import type { CollectionDefinition, DocumentCollection, Store } from '../store/port.ts';
import { createDeletionSweep, type DeletionSweep } from './deletion-sweep.ts';
import { createDeletions, DELETIONS_COLLECTION } from './deletions.ts';
import type { AuthFunctions } from './operator-functions.ts';
import {
  createSessionRecords,
  SESSIONS_COLLECTION,
  type SessionRecords,
} from './session-records.ts';
import { deleteDocuments, deleteUser, type UserDeletionParts } from './user-deletion.ts';
import { toProfile } from './user-profile.ts';

/** What is stored of users, and what must be done in one piece with it. */
export interface UsersInStore {
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

/** The same without a limit of time, and what limits it. */
export interface StoredUsers extends UsersInStore {
  /** The same for one request. */
  readonly within: (deadline: Deadline) => UsersInStore;
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
const MILLISECONDS_PER_SECOND = 1000;

/** The collections that `openUsers` opens. */
export const USER_COLLECTIONS: readonly CollectionDefinition[] = [
  SESSIONS_COLLECTION,
  API_KEYS_COLLECTION,
  REGISTRATIONS_COLLECTION,
  ACCOUNTS_COLLECTION,
  DELETIONS_COLLECTION,
];

/** Opens the collections of users. */
export async function openUsers(parts: OpenUsersParts): Promise<StoredUsers> {
  const { functionTimeoutSeconds = 0, log, now, store } = parts;
  // At once, since a first start builds their indexes.
  const [sessions, apiKeys, registrations, accounts, deletions] = await Promise.all([
    store.collection(SESSIONS_COLLECTION),
    store.collection(API_KEYS_COLLECTION),
    store.collection(REGISTRATIONS_COLLECTION),
    store.collection(ACCOUNTS_COLLECTION),
    store.collection(DELETIONS_COLLECTION),
  ]);
  const collections = { sessions, apiKeys, registrations, accounts, deletions };
  const settle = SETTLE_MILLISECONDS + functionTimeoutSeconds * MILLISECONDS_PER_SECOND;
  const hasher = createPasswordHasher();
  const unlimited = connect({ ...parts, collections, hasher, onDeletion: () => sweep.expect() });
  const sweep = createDeletionSweep({ ...unlimited.deletion, log, now, settle });
  return {
    ...unlimited.users,
    sweep,
    within(deadline) {
      const limited = {
        collections: collectionsWithin(collections, deadline),
        customData: parts.customData.within(deadline),
        ...(parts.authFunctions && { authFunctions: suspending(deadline, parts.authFunctions) }),
      };
      return connect({ ...parts, ...limited, hasher, onDeletion: sweep.expect }).users;
    },
  };
}

/** Where everything of users is. */
type UserCollections = Readonly<
  Record<'sessions' | 'apiKeys' | 'registrations' | 'accounts' | 'deletions', DocumentCollection>
>;

function collectionsWithin(collections: UserCollections, deadline: Deadline): UserCollections {
  const limited = Object.entries(collections).map(([name, each]) => [name, each.within(deadline)]);
  return Object.fromEntries(limited);
}

interface ConnectParts extends OpenUsersParts {
  readonly collections: UserCollections;
  readonly hasher: PasswordHasher;
  /** A deletion begins. */
  readonly onDeletion: () => void;
}

function connect(parts: ConnectParts): {
  readonly users: UsersInStore;
  readonly deletion: UserDeletionParts;
} {
  const { authFunctions, collections, customData, deletesDocument, hasher, now } = parts;
  const onUnusedId = (userId: string) => discardDocument(parts, userId);
  const records = createSessionRecords(collections.sessions, now);
  const apiKeys = createApiKeys(collections.apiKeys, now);
  const registrations = createRegistrations({ collection: collections.registrations, now, hasher });
  const accounts = createAccounts({
    collection: collections.accounts,
    now,
    hooks: {
      async beforeCreation(account) {
        // For an e-mail address the function ran when it was registered.
        const isRegistered = account.identities.some(
          ({ provider }) => provider === 'local-userpass',
        );
        if (!isRegistered) await authFunctions?.beforeCreate(toProfile(account));
      },
      onUnusedId,
      async completeDeletion({ _id }) {
        await deleteAll(_id);
      },
    },
  });
  const deletions = createDeletions(collections.deletions, now);
  const deletion = {
    ...{ accounts, apiKeys, registrations, records, customData, deletions, deletesDocument },
  };
  const deleteAll = (userId: string) => {
    parts.onDeletion();
    return deleteUser(deletion, userId);
  };
  const endSessions = async (userId: string) => {
    await accounts.cutSessions(userId);
    await records.endAll(userId);
  };
  const stored = { accounts, apiKeys, registrations, records };
  return { users: { ...stored, onUnusedId, deleteUser: deleteAll, endSessions }, deletion };
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
