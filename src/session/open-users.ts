/** Opens what is stored of users and connects it; makes everything else about users from the configuration. */
import { ACCOUNTS_COLLECTION, createAccounts } from '../account/accounts.ts';
import { API_KEYS_COLLECTION, createApiKeys } from '../account/api-keys.ts';
import { createDeletions, DELETIONS_COLLECTION } from '../account/deletions.ts';
import { LINK_MINUTES } from '../account/email-tokens.ts';
import { createPasswordHasher, type PasswordHasher } from '../account/passwords.ts';
import { createRegistrations, REGISTRATIONS_COLLECTION } from '../account/registrations.ts';
import type { Config, OpenIdConfig } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { type Deadline, suspending } from '../deadline.ts';
import { readJsonFile } from '../json-file.ts';
import type { Log } from '../log.ts';
import { openUserMails } from '../mail/user-mails.ts';
import type { CollectionDefinition, DocumentCollection, Store } from '../store/port.ts';
import { createExternalIssuers } from '../token/external-issuers.ts';
import { parseExternalIssuers } from '../token/issuers-config.ts';
import { createIdTokens } from '../token/openid.ts';
import { deleteDocuments, deleteUser, type UserDeletionParts } from './delete-user.ts';
import { createDeletionSweep, type DeletionSweep } from './deletion-sweep.ts';
import type { AuthFunctions, OperatorFunctions } from './operator-functions.ts';
import { createSessionRecords, SESSIONS_COLLECTION } from './session-records.ts';
import type { StoredUsers, UserParts } from './user-parts.ts';
import { toProfile } from './user-profile.ts';

const COLLECTIONS = {
  sessions: SESSIONS_COLLECTION,
  apiKeys: API_KEYS_COLLECTION,
  registrations: REGISTRATIONS_COLLECTION,
  accounts: ACCOUNTS_COLLECTION,
  deletions: DELETIONS_COLLECTION,
};

/** The collections that hold users. */
export const USER_COLLECTIONS: readonly CollectionDefinition[] = Object.values(COLLECTIONS);

/** What opening the stored part takes. */
export interface OpenStoredUsersParts {
  readonly config: Pick<Config, 'customData' | 'functions'>;
  readonly customData: CustomData;
  /** Absent for commands, which make no accounts. */
  readonly authFunctions?: AuthFunctions;
  readonly store: Store;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What opening everything takes. */
export interface OpenUsersParts extends OpenStoredUsersParts {
  readonly config: Config;
  readonly functions: OperatorFunctions;
  /** URL that clients reach the gateway under, known once listening. */
  readonly publicUrl: () => string;
}

/** Everything about users. */
export interface OpenedUsers {
  /** What the use cases of one request are made of. */
  readonly within: (deadline: Deadline) => UserParts;
  /** Begins with what goes on by itself; to be called when the gateway listens. */
  readonly start: () => void;
  /** Ends that, and the connections to the mail server. */
  readonly close: () => Promise<void>;
}

/** Many times as long as a request has for the store. */
const SETTLE_MILLISECONDS = 60_000;
const MILLISECONDS_PER_SECOND = 1000;

/**
 * Opens users for a gateway.
 *
 * @throws Error if a file, a template or a function that the configuration names is not usable.
 */
export async function openUsers(parts: OpenUsersParts): Promise<OpenedUsers> {
  const { config, functions, log, now } = parts;
  const { auth: authFunctions, canLogIn } = functions;
  const providers = config.providers.filter((name) => canLogIn || name !== 'custom-function');
  const issuersFile = await readJsonFile('CUSTOM_JWT_ISSUERS_FILE', config.customJwtIssuersFile);
  const { mails, close: closeMails } = await openUserMails(config, parts.publicUrl, LINK_MINUTES);
  const stored = await openStoredUsers({ ...parts, authFunctions });
  const externalIssuers = createExternalIssuers(parseExternalIssuers(issuersFile ?? []), { now });
  const idTokens = (provider: OpenIdConfig | undefined, allowBareIssuer: boolean) =>
    provider === undefined ? null : createIdTokens({ ...provider, allowBareIssuer }, { now });
  const google = idTokens(config.google, true);
  const apple = idTokens(config.apple, false);
  return {
    within: (deadline) => ({
      ...stored.within(deadline),
      providers,
      authFunctions: suspending(deadline, authFunctions),
      externalIssuers: suspending(deadline, externalIssuers),
      google: google && suspending(deadline, google),
      apple: apple && suspending(deadline, apple),
      email: config.email,
      mails: mails && suspending(deadline, mails),
      log,
      now,
    }),
    start: stored.sweep.start,
    async close() {
      await stored.sweep.stop();
      closeMails();
    },
  };
}

/** Opens what is stored of users, for the gateway and for the operator's commands. */
export async function openStoredUsers(parts: OpenStoredUsersParts): Promise<{
  /** Without a limit of time. */
  readonly users: StoredUsers;
  /** The same for one request. */
  readonly within: (deadline: Deadline) => StoredUsers;
  /** Completes deletions; not started. */
  readonly sweep: DeletionSweep;
}> {
  const { authFunctions, config, customData, log, now, store } = parts;
  // At once, since a first start builds their indexes.
  const opened = Object.entries(COLLECTIONS).map(async ([name, definition]) => [
    name,
    await store.collection(definition),
  ]);
  const collections: UserCollections = Object.fromEntries(await Promise.all(opened));
  const hasher = createPasswordHasher();
  const settle = SETTLE_MILLISECONDS + config.functions.timeoutSeconds * MILLISECONDS_PER_SECOND;
  const { users, deletion } = connect(parts, collections, hasher, () => sweep.expect());
  const sweep = createDeletionSweep({ ...deletion, log, now, settle });
  return {
    users,
    sweep,
    within(deadline) {
      const limited = Object.entries(collections).map(([name, each]) => [
        name,
        each.within(deadline),
      ]);
      const own = {
        ...parts,
        customData: customData.within(deadline),
        ...(authFunctions && { authFunctions: suspending(deadline, authFunctions) }),
      };
      return connect(own, Object.fromEntries(limited), hasher, sweep.expect).users;
    },
  };
}

type UserCollections = Readonly<Record<keyof typeof COLLECTIONS, DocumentCollection>>;

function connect(
  parts: OpenStoredUsersParts,
  collections: UserCollections,
  hasher: PasswordHasher,
  onDeletion: () => void,
): { readonly users: StoredUsers; readonly deletion: UserDeletionParts } {
  const { authFunctions, config, customData, now } = parts;
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
  const stored = { accounts, apiKeys, registrations, records };
  const deletion = {
    ...stored,
    customData,
    deletions: createDeletions(collections.deletions, now),
    deletesDocument: config.customData.deleteWithUser,
  };
  const deleteAll = (userId: string) => {
    onDeletion();
    return deleteUser(deletion, userId);
  };
  const endSessions = async (userId: string) => {
    await accounts.cutSessions(userId);
    await records.endAll(userId);
  };
  return { users: { ...stored, onUnusedId, deleteUser: deleteAll, endSessions }, deletion };
}

/** What the creation function wrote for a user who will not exist. A failure leaves a stray document, no more. */
async function discardDocument(
  { config, customData, log }: OpenStoredUsersParts,
  userId: string,
): Promise<void> {
  if (config.functions.onUserCreation === undefined) return;
  try {
    await deleteDocuments(customData, userId);
  } catch (error) {
    log.warn({ err: error, userId }, 'the document of a user who was not made stays');
  }
}
