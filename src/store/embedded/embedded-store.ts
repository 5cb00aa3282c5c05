/** The store that needs no server: LMDB in a directory that several processes may share. */
import type { Log } from '../../log.ts';
import type { DataService, OperationListener, Store } from '../port.ts';
import { sweepRegularly } from '../sweeper.ts';
import type { EmbeddedDataParts } from './data-service.ts';
import { type EmbeddedCollection, openCollection } from './embedded-collection.ts';
import { openEnvironment } from './environment.ts';

/** What the embedded store needs. */
export interface EmbeddedStoreOptions {
  /** Directory of the data; created if absent, for its owner only. */
  readonly dataDir: string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Told of every operation. */
  readonly onOperation?: OperationListener;
  /** Where it is said that the disk is full. */
  readonly log?: Pick<Log, 'info' | 'warn'>;
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
  const { dataDir, now, onOperation = () => undefined, ...roomParts } = options;
  const environment = await openEnvironment(dataDir, roomParts);
  const collections: EmbeddedCollection[] = [];

  async function removeExpired(): Promise<number> {
    let removed = 0;
    for (const collection of collections) removed += await collection.removeExpired(now());
    return removed;
  }

  let data: Promise<DataService> | undefined;

  const stopSweeping = sweepRegularly(removeExpired, (error) => {
    throw error;
  });
  return {
    kind: 'embedded',
    collection: async (definition) => {
      const collection = await openCollection(environment, definition, onOperation);
      collections.push(collection);
      return collection;
    },
    dataService: () => {
      data ??= loadDataService({ environment, now, onOperation });
      return data;
    },
    backup: (label) => environment.backup(label),
    ping: async () => environment.read(() => undefined),
    removeExpired,
    close: async () => {
      stopSweeping();
      await environment.close();
    },
  };
}

/** Most gateways have no functions: they need not load what only functions use. */
async function loadDataService(parts: EmbeddedDataParts): Promise<DataService> {
  const { createEmbeddedDataService } = await import('./data-service.ts');
  return createEmbeddedDataService(parts);
}
