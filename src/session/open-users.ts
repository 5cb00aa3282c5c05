/** Opens what is stored of users and connects it; makes everything else about users from the configuration. */
import { ACCOUNTS_COLLECTION, createAccounts } from '../account/accounts.ts';
import { API_KEYS_COLLECTION, createApiKeys } from '../account/api-keys.ts';
import { createDeletions, DELETIONS_COLLECTION } from '../account/deletions.ts';
import { LINK_MINUTES } from '../account/email-tokens.ts';
import { createNewPasswordCheck } from '../account/new-passwords.ts';
import { createPasswordHasher } from '../account/passwords.ts';
import { createRegistrations, REGISTRATIONS_COLLECTION } from '../account/registrations.ts';
import { createUnusedProgress, SWEEPS_COLLECTION } from '../account/unused-progress.ts';
import type { Config, OpenIdConfig } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { type Deadline, suspending } from '../deadline.ts';
import { readJsonFile } from '../json-file.ts';
import { lazily, type Makers } from '../lazily.ts';
import type { Log } from '../log.ts';
import { type ObserveMail, openUserMails } from '../mail/user-mails.ts';
import type { CollectionDefinition, DocumentCollection, Store } from '../store/port.ts';
import { createExternalIssuers } from '../token/external-issuers.ts';
import { parseExternalIssuers } from '../token/issuers-config.ts';
import { createIdTokens } from '../token/openid.ts';
import { deleteUser, discardDocument, type UserDeletionParts } from './delete-user.ts';
import { createDeletionSweep } from './deletion-sweep.ts';
import { createRequestLimits } from './limits/limits.ts';
import { openLimits } from './limits/open-limits.ts';
import type { CredentialCheck } from './log-in.ts';
import type { LogInEventParts } from './log-in-events.ts';
import { findLanguages } from './mail-languages.ts';
import {
  type AuthEvents,
  type AuthFunctions,
  NO_FUNCTIONS,
  NO_TRIGGERS,
  type OperatorFunctions,
} from './operator-functions.ts';
import type { SeenRequest } from './seen-request.ts';
import { createSessionRecords, SESSIONS_COLLECTION } from './session-records.ts';
import { createUnusedSweep } from './unused-sweep.ts';
import { type Actor, createTellEvent, type OnUserEvent, type TellParts } from './user-events.ts';
import type { StoredUsers, UserParts } from './user-parts.ts';
import { toProfile } from './user-profile.ts';

const COLLECTIONS = {
  sessions: SESSIONS_COLLECTION,
  apiKeys: API_KEYS_COLLECTION,
  registrations: REGISTRATIONS_COLLECTION,
  accounts: ACCOUNTS_COLLECTION,
  deletions: DELETIONS_COLLECTION,
  sweeps: SWEEPS_COLLECTION,
};

/** The collections that hold users. */
export const USER_COLLECTIONS: readonly CollectionDefinition[] = Object.values(COLLECTIONS);

/** What opening the stored part takes. */
export interface OpenStoredUsersParts {
  readonly config: Pick<Config, 'customData' | 'functions' | 'email'>;
  readonly customData: CustomData;
  /** Absent for commands, which make no accounts. */
  readonly authFunctions?: AuthFunctions;
  /** Told what happens, for triggers; nobody is by default. */
  readonly authEvents?: AuthEvents;
  /** Told what happens to users. */
  readonly onUserEvent?: OnUserEvent | undefined;
  /** Who acts where no request is served; the gateway by default. */
  readonly actor?: Actor;
  /** Whether an audit log is kept of what is told; not by default. */
  readonly isAudited?: boolean;
  /** Hashes e-mail addresses, for what is told. */
  readonly hashEmail?: LogInEventParts['hashEmail'];
  readonly store: Store;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What opening everything takes. */
export interface OpenUsersParts extends OpenStoredUsersParts {
  readonly config: Config;
  readonly functions: OperatorFunctions;
  /** Sends each mail; for metrics. */
  readonly observeMail?: ObserveMail;
  /** URL that clients reach the gateway under, known once listening. */
  readonly publicUrl: () => string;
}

type StoredUsersOpened = Awaited<ReturnType<typeof openCollections>>;
type UsersOpened = Awaited<ReturnType<typeof openUsers>>['users'];

/** What is opened of users, for one request or, without a deadline, for all. */
type OfRequest<Opened, End> = Opened & { readonly deadline: End } & Pick<TellParts, 'request'>;
type StoredUsersGiven = OfRequest<StoredUsersOpened, Deadline | null>;

/** What is opened of users, with the deadline of a request. */
export type UsersGiven = OfRequest<UsersOpened, Deadline>;

/** Many times as long as a request has for the store. */
const SETTLE_MILLISECONDS = 60_000;
const MILLISECONDS_PER_SECOND = 1000;

const STORED_USERS: Makers<StoredUsersGiven, StoredUsersMade> = {
  customData: ({ deadline, unlimited: { customData } }) =>
    deadline === null ? customData : customData.within(deadline),
  authFunctions: ({ deadline, unlimited: { authFunctions } }) =>
    deadline === null ? authFunctions : suspending(deadline, authFunctions),
  authEvents: ({ deadline, unlimited: { authEvents } }) =>
    deadline === null ? authEvents : authEvents.within(deadline),
  records: (own) => createSessionRecords(collectionOf(own, 'sessions'), own.now),
  apiKeys: (own) => createApiKeys(collectionOf(own, 'apiKeys'), own.now),
  registrations: (own) => {
    const { assertNewPassword, hasher, now } = own;
    const collection = collectionOf(own, 'registrations');
    return createRegistrations({ assertNewPassword, collection, hasher, now });
  },
  deletions: (own) => createDeletions(collectionOf(own, 'deletions'), own.now),
  accounts: (own) =>
    createAccounts({
      collection: collectionOf(own, 'accounts'),
      now: own.now,
      hooks: {
        async beforeCreation(account) {
          // For an e-mail address the function ran when it was registered.
          const isRegistered = account.identities.some(
            ({ provider }) => provider === 'local-userpass',
          );
          if (!isRegistered) await own.authFunctions.beforeCreate(toProfile(account));
        },
        onUnusedId: own.onUnusedId,
        async completeDeletion({ _id }) {
          await own.deleteUser(_id);
        },
      },
    }),
  onUnusedId: (own) => (userId) => discardDocument(own, userId),
  deleteUser: (own) => (userId, identityKeys) => {
    own.onDeletion();
    return deleteUser(own, userId, identityKeys);
  },
  endStored: (own) => async (userId, reason) => {
    const sessions = await own.records.endAll(userId);
    if (sessions > 0) own.tell({ type: 'SESSIONS_ENDED', userId, reason, sessions });
  },
  endSessions: (own) => async (userId, reason) => {
    await own.accounts.cutSessions(userId);
    await own.endStored(userId, reason);
  },
  tell: createTellEvent,
};

/** For whom it is made. */
interface RequestGiven {
  readonly request: SeenRequest;
}

/** What is made of what is stored. */
interface StoredUsersMade
  extends StoredUsers,
    Pick<UserDeletionParts, 'authEvents' | 'customData' | 'deletions'>,
    Pick<CredentialCheck, 'authFunctions'> {}

/** How the parts of one request are made, each when it is asked for; whatever waits for others is not timed. */
export const USERS: Makers<UsersGiven & RequestGiven, UsersMade> = {
  ...STORED_USERS,
  requestLimits: ({ deadline, limits, request }) => createRequestLimits(limits, request, deadline),
  externalIssuers: ({ deadline, unlimited }) => suspending(deadline, unlimited.externalIssuers),
  google: ({ deadline, unlimited: { google } }) => google && suspending(deadline, google),
  apple: ({ deadline, unlimited: { apple } }) => apple && suspending(deadline, apple),
  mails: ({ deadline, unlimited: { mails } }) => mails && suspending(deadline, mails),
  languagesOf: (own) => (userId) => findLanguages(own, userId),
};

/** What is made of what is opened. */
export type UsersMade = StoredUsersMade &
  Pick<
    UserParts,
    'externalIssuers' | 'google' | 'apple' | 'languagesOf' | 'mails' | 'requestLimits'
  >;

/**
 * Opens users for a gateway.
 *
 * @throws Error if a file, a template or a function that the configuration names is not usable.
 */
export async function openUsers(parts: OpenUsersParts) {
  const { config, functions, now } = parts;
  const { auth: authFunctions, canLogIn } = functions;
  const providers = config.providers.filter((name) => canLogIn || name !== 'custom-function');
  const issuersFile = await readJsonFile('CUSTOM_JWT_ISSUERS_FILE', config.customJwtIssuersFile);
  const { mails, close: closeMails } = await openUserMails(
    config,
    parts.publicUrl,
    LINK_MINUTES,
    parts.observeMail,
  );
  const { opened, sweep, users } = await openStoredUsers({ ...parts, authFunctions });
  const progress = createUnusedProgress(opened.collections.sweeps, now);
  const unusedSweep = createUnusedSweep({ ...parts, users, progress });
  const { limits, close: closeLimits } = await openLimits(parts);
  const externalIssuers = createExternalIssuers(parseExternalIssuers(issuersFile ?? []), { now });
  const idTokens = (provider: OpenIdConfig | undefined, allowBareIssuer: boolean) =>
    provider === undefined ? null : createIdTokens({ ...provider, allowBareIssuer }, { now });
  const google = idTokens(config.google, true);
  const apple = idTokens(config.apple, false);
  return {
    /** For the use cases of each request. */
    users: {
      ...opened,
      unlimited: { ...opened.unlimited, externalIssuers, google, apple, mails },
      providers,
      email: config.email,
      limits,
    },
    /** Begins with what goes on by itself; to be called when the gateway listens. */
    start() {
      sweep.start();
      unusedSweep.start();
    },
    /** How many passwords wait for their turn. */
    passwordsWaiting: () => opened.hasher.waiting(),
    /** Ends that, and the connections to the mail server. */
    async close() {
      await Promise.all([sweep.stop(), unusedSweep.stop()]);
      await closeLimits();
      closeMails();
    },
  };
}

/** Opens what is stored of users, for the gateway and for the operator's commands. */
export async function openStoredUsers(parts: OpenStoredUsersParts) {
  const opened = await openCollections(parts, () => sweep.expect());
  const users = lazily<object, StoredUsersGiven, StoredUsersMade>(STORED_USERS)(
    {},
    { ...opened, deadline: null },
  );
  const sweep = createDeletionSweep(users);
  return {
    /** For the users of each request. */
    opened,
    /** Without a limit of time. */
    users: users as StoredUsers & Pick<UserDeletionParts, 'customData'>,
    /** Completes deletions; not started. */
    sweep,
  };
}

async function openCollections(parts: OpenStoredUsersParts, onDeletion: () => void) {
  const {
    authEvents = NO_TRIGGERS,
    authFunctions = NO_FUNCTIONS.auth,
    config,
    customData,
    hashEmail,
    log,
    now,
    store,
  } = parts;
  const { actor = 'GATEWAY', isAudited = false, onUserEvent = () => undefined } = parts;
  // At once, since a first start builds their indexes.
  const opening = Object.entries(COLLECTIONS).map(async ([name, definition]) => [
    name,
    await store.collection(definition),
  ]);
  const collections: Readonly<Record<keyof typeof COLLECTIONS, DocumentCollection>> =
    Object.fromEntries(await Promise.all(opening));
  return {
    collections,
    hasher: createPasswordHasher(),
    assertNewPassword: createNewPasswordCheck(config.email.passwordMinLength),
    /** What a request uses with its deadline only. */
    unlimited: { authEvents, authFunctions, customData },
    config,
    log,
    now,
    actor,
    hashEmail,
    isAudited,
    onUserEvent,
    deletesDocument: config.customData.deleteWithUser,
    settle: SETTLE_MILLISECONDS + config.functions.timeoutSeconds * MILLISECONDS_PER_SECOND,
    onDeletion,
  };
}

function collectionOf(
  { collections, deadline }: StoredUsersGiven,
  name: keyof typeof COLLECTIONS,
): DocumentCollection {
  return deadline === null ? collections[name] : collections[name].within(deadline);
}
