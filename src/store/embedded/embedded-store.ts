/** The store that needs no server: LMDB in a directory that several processes may share. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { isMade } from '../format.ts';
import type { DataService, OperationListener, Store } from '../port.ts';
import { sweepRegularly } from '../sweeper.ts';
import { createTurns, type Turns } from '../turns.ts';
import { type Access, openAccess } from './collection-access.ts';
import { gatewayContext, type StoreParts } from './collection-context.ts';
import { createCollection } from './embedded-collection.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { removeExpired as removeExpiredIn } from './expiry.ts';
import { collectionKey, ensureIndexes } from './index-catalogue.ts';
import { inspectCollection } from './inspect-collection.ts';
import { assertDirectory } from './open-root.ts';
import type { Source } from './query-scan.ts';
import { watchWrites } from './write-watch.ts';

/** What the embedded store needs. */
export interface EmbeddedStoreOptions {
  /** Directory of the data; created if absent, for its owner only. */
  readonly dataDir: string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Told of every operation. */
  readonly onOperation?: OperationListener;
  /** Told of every piece of a scan. */
  readonly onPiece?: Source['onPiece'];
  /** How scans share the process with everything else; by the time they take by default. */
  readonly turns?: Turns;
  /** Where it is said what went wrong in the background, and that the disk is full. */
  readonly log?: Pick<Log, 'info' | 'warn'>;
  /** Whether to refuse a directory without a store instead of making one. */
  readonly mustExist?: boolean;
  /** Bytes that are free in the file system of `dataDir`; asks the operating system by default. */
  readonly freeBytes?: () => number;
}

/** The embedded store. */
export interface EmbeddedStore extends Store {
  /** Removes every expired document now; returns how many. A timer does it every minute. */
  removeExpired(): Promise<number>;
}

/**
 * Opens the embedded store in `dataDir`.
 *
 * @throws Error if the directory cannot be used.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dataDir, log, now, onOperation = () => undefined, onPiece = () => undefined } = options;
  const { turns = createTurns() } = options;
  if (options.mustExist === true && !hasDataFile(dataDir)) throw noStore(dataDir);
  const environment = watchWrites(await openEnvironment(dataDir, options));
  const collections: SweptCollection[] = [];
  const parts = { environment, now, onOperation, onPiece, turns };

  async function sweepAll(before: Promise<number> | undefined): Promise<number> {
    let removed = (await before) ?? 0;
    for (const collection of collections) removed += await sweep(collection, now(), log);
    return removed;
  }

  let running: Promise<number> | undefined;

  /** One sweep after the other; what the one before removes is counted, too. */
  async function removeExpired(): Promise<number> {
    const own = sweepAll(running);
    running = own;
    const removed = await own;
    if (running === own) running = undefined;
    return removed;
  }

  let data: Promise<DataService> | undefined;

  const stopSweeping = sweepRegularly(removeExpired, (error) => {
    log?.warn({ err: error }, 'expired documents could not be removed');
  });
  const store: EmbeddedStore = {
    kind: 'embedded',
    inspect: (definition) => inspectCollection(parts, definition),
    collection: async (definition) => {
      const duplicateKeys = await ensureIndexes(environment, definition);
      const access = await openAccess(environment, collectionKey(definition));
      collections.push({ access, name: definition.name });
      return createCollection(gatewayContext(parts, definition, () => access, duplicateKeys));
    },
    dataService: () => {
      data ??= loadDataService(parts);
      return data;
    },
    changeMark: environment.changeMark,
    backup: (label) => backUpBeside(environment, label, now),
    async ping() {
      environment.read(() => undefined);
      await environment.assertWritable();
    },
    removeExpired,
    close: async () => {
      stopSweeping();
      await environment.close();
    },
  };
  if (options.mustExist === true) await assertMade(store, dataDir);
  return store;
}

/**
 * Whether there is a file that can be opened without making one.
 *
 * @throws Error if one could not be made either.
 */
export function canOpen(dataDir: string): boolean {
  if (hasDataFile(dataDir)) return true;
  assertDirectory(dataDir);
  return false;
}

function hasDataFile(dataDir: string): boolean {
  return existsSync(join(dataDir, 'data.mdb'));
}

async function assertMade(store: EmbeddedStore, dataDir: string): Promise<void> {
  try {
    if (!(await isMade(store))) throw noStore(dataDir);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function noStore(dataDir: string): Error {
  return new Error(
    `There is no store in DATA_DIR "${dataDir}"; the first start of a gateway makes it`,
  );
}

/** Before a migration, which most starts have none of. */
async function backUpBeside(
  environment: Environment,
  label: string,
  now: () => number,
): Promise<string> {
  const { copyStore } = await import('./upkeep/copy-store.ts');
  return environment.copy(async (root, path) => {
    const target = await mkdtemp(join(path, `${label}-`));
    await copyStore(root, target, { now });
    return target;
  });
}

/** Most gateways have no functions: they need not load what only functions use. */
async function loadDataService(parts: StoreParts): Promise<DataService> {
  const { createEmbeddedDataService } = await import('./data-service/data-service.ts');
  return createEmbeddedDataService(parts);
}

interface SweptCollection {
  readonly access: Access;
  readonly name: string;
}

/** Removes what has expired in a collection. Whatever fails is logged: the next sweep tries again. */
async function sweep(
  { access, name }: SweptCollection,
  time: number,
  log: EmbeddedStoreOptions['log'],
): Promise<number> {
  try {
    const { damaged, removed } = await removeExpiredIn(access, time);
    if (damaged > 0) {
      log?.warn(
        { collection: name, documents: damaged },
        'removed expired documents that are damaged',
      );
    }
    return removed;
  } catch (error) {
    log?.warn({ err: error, collection: name }, 'expired documents could not be removed');
    return 0;
  }
}
