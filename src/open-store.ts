/**
 * Opening what is stored: the store and the users' documents, for the gateway and for the operator's
 * commands alike.
 */
import { mailboxMigration } from './account/mailbox-migration.ts';
import type { Config } from './config.ts';
import type { CustomData } from './custom-data/custom-data.ts';
import { createCustomData } from './custom-data/custom-data.ts';
import { HISTORY_COLLECTION } from './custom-data/history/entries.ts';
import { createHistory, createNoHistory } from './custom-data/history/history.ts';
import type { OwnClaims } from './custom-data/own-claims/own-claims.ts';
import type { CustomDataSchema } from './custom-data/schema/custom-data-schema.ts';
import { createKeyedHash, type KeyedHash } from './keyed-hash.ts';
import { type Log, showingUserIds } from './log.ts';
import { keyMigration } from './session/key-migration.ts';
import type { Backup } from './store/embedded/upkeep/backup.ts';
import type { CopyParts } from './store/embedded/upkeep/copy-store.ts';
import type { Manifest } from './store/embedded/upkeep/manifest.ts';
import type { Verification } from './store/embedded/upkeep/verify-store.ts';
import { assertFormat, ensureFormat, type Format } from './store/format.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  MAX_DUPLICATES,
  type OperationListener,
  type Store,
} from './store/port.ts';
import { KEYS_COLLECTION, loadRevisionKey } from './token/keys.ts';
import { openKeySealer } from './token/open-sealer.ts';

/** The form of what this code stores. */
export const STORE_FORMAT: Format = {
  version: 3,
  migrations: [mailboxMigration, keyMigration],
};

/** What opening takes beside the configuration. */
export interface OpenStoreParts {
  readonly log: Log;
  /** The clock, epoch milliseconds. */
  readonly now: () => number;
  /** Told of every operation sent to the store. */
  readonly onOperation?: OperationListener;
  /** Whether the store must be there already: commands make none. */
  readonly mustExist?: boolean;
}

/**
 * Opens the configured store. The other backend is never loaded: it costs start-up time and memory.
 *
 * Fails if the store cannot be reached, the directory cannot be used, the store is of a newer format, or
 * is not there although it must be.
 */
export async function openStore(
  config: Pick<Config, 'store'>,
  parts: OpenStoreParts,
): Promise<Store> {
  const store = await openBackend(config, parts);
  try {
    // Whoever makes no store writes no version into one either.
    if (parts.mustExist === true) await assertFormat(store, STORE_FORMAT);
    else await ensureFormat(store, parts.log, STORE_FORMAT);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openBackend(
  { store }: Pick<Config, 'store'>,
  { log, now, onOperation = () => undefined, mustExist = false }: OpenStoreParts,
): Promise<Store> {
  if (store.kind === 'embedded') {
    const { openEmbeddedStore } = await import('./store/embedded/embedded-store.ts');
    return openEmbeddedStore({ dataDir: store.dataDir, log, now, onOperation, mustExist });
  }
  const { openMongoStore } = await import('./store/mongodb/mongodb-store.ts');
  return openMongoStore({ uri: store.uri, log, now, onOperation, mustExist });
}

/** A store that is looked at, not worked with. */
export type InspectedStore = Pick<Store, 'inspect' | 'ping' | 'close'>;

/**
 * Opens the configured store for looking at it: makes none and writes nothing. `null` if there is none yet;
 * on MongoDB it is then still to be asked whether one is made.
 *
 * Fails if the store cannot be reached, or the directory cannot be used.
 */
export async function openForInspection(
  config: Pick<Config, 'store'>,
  parts: Pick<OpenStoreParts, 'log' | 'now'>,
): Promise<InspectedStore | null> {
  if (config.store.kind === 'embedded') {
    const { canOpen } = await import('./store/embedded/embedded-store.ts');
    if (!canOpen(config.store.dataDir)) return null;
  }
  return openBackend(config, parts);
}

/**
 * What keeps the files of a store in order: backs up, restores, verifies. `null` on MongoDB, which has its own tools.
 */
export async function loadUpkeep({ store }: Pick<Config, 'store'>): Promise<Upkeep | null> {
  if (store.kind !== 'embedded') return null;
  const [{ assertStore, backUpStore }, { restoreStore }, { verifyStore }] = await Promise.all([
    import('./store/embedded/upkeep/backup.ts'),
    import('./store/embedded/upkeep/restore.ts'),
    import('./store/embedded/upkeep/verify-store.ts'),
  ]);
  const { dataDir } = store;
  const { version } = STORE_FORMAT;
  return {
    backUp: (directory, parts) => backUpStore(dataDir, directory, { ...parts, version }),
    restore: (directory, parts) => restoreStore(directory, dataDir, { ...parts, version }),
    async verify(directory = dataDir, parts) {
      assertStore(directory);
      return verifyStore(directory, { ...parts, version });
    },
  };
}

/** What may be done with the files of the configured store, and of backups of it. */
export interface Upkeep {
  /** Backs up into a directory that is empty or not there, while gateways run. */
  readonly backUp: (directory: string, parts: CopyParts) => Promise<Backup>;
  /** Makes a backup the store of `DATA_DIR`, where there must be none. */
  readonly restore: (directory: string, parts: Pick<CopyParts, 'onProgress'>) => Promise<Manifest>;
  /** Reads all of a store or backup, the configured one by default. */
  readonly verify: (
    directory: string | undefined,
    parts: Pick<CopyParts, 'onProgress'>,
  ) => Promise<Verification>;
}

/** The collections that hold the users' documents and their history. */
export function customDataCollections({
  customData: { collection: name, database, history, userIdField },
}: Pick<Config, 'customData'>): readonly [
  documents: CollectionDefinition,
  ...history: CollectionDefinition[],
] {
  const documents = { database, name, unique: [userIdField], onDuplicates: 'report' } as const;
  return history === 0 ? [documents] : [documents, HISTORY_COLLECTION];
}

/** Opens the key under which revisions of documents are made. */
export async function openRevisionKey(
  config: Pick<Config, 'keys'>,
  store: Pick<Store, 'collection'>,
): Promise<Uint8Array> {
  const keysAt = await store.collection(KEYS_COLLECTION);
  return loadRevisionKey(keysAt, await openKeySealer(config));
}

/** Opens the log of whatever may name a user; hashes of their ids are the same in every process of a store. */
export async function openUserLog(
  config: Pick<Config, 'keys' | 'logUserIds'>,
  log: Log,
  store: Pick<Store, 'collection'>,
): Promise<Log> {
  if (config.logUserIds === 'plain') return log;
  const key = await openRevisionKey(config, store);
  return showingUserIds(log, createKeyedHash(key, 'user ids in logs'));
}

/** Opens the hash of an e-mail address that nobody has, for the audit log. */
export async function openEmailHash(
  config: Pick<Config, 'keys'>,
  store: Pick<Store, 'collection'>,
): Promise<KeyedHash> {
  const key = await openRevisionKey(config, store);
  return createKeyedHash(key, 'e-mail addresses in the audit log');
}

/** What the users' documents are made of. */
export interface OpenCustomDataParts extends Pick<OpenStoreParts, 'log' | 'now'> {
  readonly store: Store;
  /** The operator's schema of the documents, if there is one. */
  readonly schema: CustomDataSchema | null;
  /** The operator's own claims, for whoever issues tokens. */
  readonly ownClaims?: OwnClaims | null;
  /** Told whose document this process has changed, or a function that it ran may have. */
  readonly onChange?: (userId: string) => void;
}

/** Opens the users' documents in a store. */
export async function openCustomData(
  config: Pick<Config, 'customData' | 'keys'>,
  { log, now, onChange, ownClaims = null, schema, store }: OpenCustomDataParts,
): Promise<CustomData> {
  const { claimEncoding, history: keep, userIdField } = config.customData;
  const revisionKey = await openRevisionKey(config, store);
  const openEntries = () => store.collection(HISTORY_COLLECTION);
  return createCustomData({
    collection: await openDocuments(config, log, store),
    history:
      keep === 0
        ? createNoHistory(openEntries)
        : createHistory({ collection: await openEntries(), keep, log, now, revisionKey }),
    claimEncoding,
    now,
    ...(onChange === undefined ? {} : { onChange }),
    ownClaims,
    revisionKey,
    schema,
    userIdField,
  });
}

async function openDocuments(
  { customData }: Pick<Config, 'customData'>,
  log: Log,
  store: Store,
): Promise<DocumentCollection> {
  const [definition] = customDataCollections({ customData });
  const documents = await store.collection(definition);
  warnOfDuplicates(customData.userIdField, documents.duplicateKeys, log);
  return documents;
}

function warnOfDuplicates(field: string, values: readonly unknown[], log: Log): void {
  if (values.length === 0) return;
  const isCut = values.length > MAX_DUPLICATES;
  log.warn(
    { field, userIds: values.slice(0, MAX_DUPLICATES), isCut },
    'several documents for one user, the one with the smallest _id counts; the index on the user id ' +
      `is not unique${isCut ? `; more than ${MAX_DUPLICATES} users have several, the others are not listed` : ''}`,
  );
}
