/**
 * The version of what the store holds. A gateway refuses a store of a newer version, which it could only
 * harm, and brings one of an older version up to date once, at its start.
 */
import type { Log } from '../log.ts';
import type { Document } from '../values/documents.ts';
import { type CollectionDefinition, DuplicateKeyError, type Store } from './port.ts';

/** Where the version is kept. */
export const FORMAT_COLLECTION: CollectionDefinition = { name: 'format' };
/** Its `_id`. */
export const FORMAT_ID = 'format';

/** Makes a store of the version before into one of version `to`. */
export interface Migration {
  readonly to: number;
  /** Whether the store holds anything that `run` changes; absent: it does. */
  readonly isDue?: (store: Store) => Promise<boolean>;
  /** May be cut off and repeated, and may run in several gateways at once: it must bear both. */
  readonly run: (store: Store) => Promise<void>;
}

/** What some code knows of versions. A store without one is older than versions and has the form of version 1. */
export interface Format {
  /** The version that the code writes. */
  readonly version: number;
  /** In the order of their versions. */
  readonly migrations: readonly Migration[];
}

/** Documents of which every start of a gateway makes one, those of the time before versions included. */
const MARKS: readonly (readonly [definition: CollectionDefinition, ids: readonly string[]])[] = [
  [FORMAT_COLLECTION, [FORMAT_ID]],
  [{ name: 'keys' }, ['revision-key', 'signing-keys', 'token-parties']],
];

/** Whether a gateway has ever been started on the store. */
export async function isMade(store: Pick<Store, 'inspect'>): Promise<boolean> {
  for (const [definition, ids] of MARKS) {
    const { findOne } = await store.inspect(definition);
    if ((await findOne({ _id: { $in: ids } })) !== null) return true;
  }
  return false;
}

/** Reads the version without writing one. */
export async function readFormat(
  store: Pick<Store, 'inspect'>,
  { version, migrations }: Format,
): Promise<{
  /** 0: it is older than versions. */
  readonly stored: unknown;
  /** Whether this code must not touch the store. */
  readonly isNewer: boolean;
  /** Whether a start has to change the store first. */
  readonly isDue: boolean;
}> {
  const { findOne } = await store.inspect(FORMAT_COLLECTION);
  const stored = versionOf(await findOne({ _id: FORMAT_ID }));
  if (typeof stored !== 'number' || stored > version)
    return { stored, isNewer: true, isDue: false };
  return { stored, isNewer: false, isDue: migrations.some(({ to }) => to > stored) };
}

/**
 * Sees to it, without writing, that this code can work with the store as it is.
 *
 * @throws Error if the store is of a newer version, or of one that a start has to change first.
 */
export async function assertFormat(store: Pick<Store, 'inspect'>, format: Format): Promise<void> {
  const { stored, isNewer, isDue } = await readFormat(store, format);
  if (isNewer) throw newer(stored, format.version);
  if (!isDue) return;
  throw new Error(
    `The store has format version ${String(stored)}, and this version of the gateway works with version ` +
      `${format.version}: start a gateway of this version, which brings it up to date`,
  );
}

/**
 * Sees to it that the store has the version of this code, before anything else is read. Only the first
 * start on a store, and the first after an update that changes the version, write.
 *
 * @throws Error if the store is of a newer version.
 */
export async function ensureFormat(
  store: Store,
  log: Pick<Log, 'info'>,
  { version, migrations }: Format,
): Promise<void> {
  const collection = await store.collection(FORMAT_COLLECTION);
  const stored = versionOf(await collection.findOne({ _id: FORMAT_ID }));
  if (stored === version) return;
  if (typeof stored !== 'number' || stored > version) throw newer(stored, version);
  const due: Migration[] = [];
  for (const migration of migrations.filter(({ to }) => to > stored)) {
    if ((await migration.isDue?.(store)) ?? true) due.push(migration);
  }
  if (due.length > 0) {
    const backup = await store.backup(`before-format-${version}`);
    for (const { run } of due) await run(store);
    log.info(
      { from: stored, to: version, backup },
      'the store was brought to a new format version',
    );
  }
  try {
    // Not over a newer one, which another gateway may have written meanwhile.
    const older = { _id: FORMAT_ID, version: { $lt: version } };
    await collection.updateOne(older, { $set: { version } }, { upsert: true, makesRoom: true });
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
  }
  // Another gateway may have been first, with another version.
  const now = await collection.findOne<{ readonly version?: unknown }>({ _id: FORMAT_ID });
  if (now?.version !== version) throw newer(now?.version, version);
}

/** The version in what was found under `FORMAT_ID`; 0: the store is older than versions. */
export function versionOf(found: Document | null): unknown {
  return found === null ? 0 : found.version;
}

function newer(stored: unknown, known: number): Error {
  return new Error(
    `The store has format version ${String(stored)}, and this version of the gateway knows versions up to ` +
      `${known}: start the newer version again, or restore a backup from before it was started`,
  );
}
