/** The store that needs no server: LMDB in a directory that several processes may share. */
import { isGatewayError } from '../../errors.ts';
import type { DataService, OperationListener, Store } from '../port.ts';
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
}

/** The embedded store. */
export interface EmbeddedStore extends Store {
  /** Removes every expired document now; returns how many. A timer does it every minute. */
  removeExpired(): Promise<number>;
}

const FIRST_SWEEP_DELAY = 1_000;
const SWEEP_INTERVAL = 60_000;

/**
 * Opens the embedded store in `dataDir`.
 *
 * @throws Error if the directory cannot be used.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dataDir, now, onOperation = () => undefined } = options;
  const environment = await openEnvironment(dataDir);
  const collections: EmbeddedCollection[] = [];

  async function removeExpired(): Promise<number> {
    let removed = 0;
    for (const collection of collections) removed += await collection.removeExpired(now());
    return removed;
  }

  let data: Promise<DataService> | undefined;

  const stopSweeping = repeat(removeExpired);
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

/** Sweeps soon and then every minute, without keeping the process alive. */
function repeat(sweep: () => Promise<unknown>): () => void {
  const run = async () => {
    try {
      await sweep();
    } catch (error) {
      // The next sweep removes what this one could not; requests report the outage.
      if (!isGatewayError(error, 'SERVICE_UNAVAILABLE')) throw error;
    }
  };
  const first = setTimeout(() => void run(), FIRST_SWEEP_DELAY).unref();
  const next = setInterval(() => void run(), SWEEP_INTERVAL).unref();
  return () => {
    clearTimeout(first);
    clearInterval(next);
  };
}
