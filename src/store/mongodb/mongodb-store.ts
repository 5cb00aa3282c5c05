/** The store on MongoDB, or on what speaks its protocol. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Db, MongoClient } from 'mongodb';
import type { Log } from '../../log.ts';
import { isMade } from '../format.ts';
import { UNLIMITED } from '../operation-limits.ts';
import type { CollectionDefinition, DataService, OperationListener, Store } from '../port.ts';
import { decodePlain } from '../stored-document.ts';
import { createTurns } from '../turns.ts';
import { ensureIndexes } from './build-indexes.ts';
import { createClient, logReachability, reportOperations } from './client.ts';
import { createComparison } from './compare-and-set.ts';
import type { MongoDataParts } from './data-service/data-service.ts';
import { warnOfEngine } from './engine.ts';
import { createExpiry } from './expiry.ts';
import { inspectCollection } from './inspect-collection.ts';
import { type CollectionContext, createCollection } from './mongodb-collection.ts';
import { createRunner, type Runner } from './runner.ts';
import { createWriteWatch } from './write-watch.ts';

/** Where the store is and how long it may take. */
export interface MongoStoreOptions {
  /** `mongodb://` or `mongodb+srv://` URI. A database in its path is the state database. */
  readonly uri: string;
  /** Database of collections that name none, if the URI has none in its path. */
  readonly stateDatabase?: string;
  /** The clock, epoch milliseconds, for databases without TTL indexes; the system's by default. */
  readonly now?: () => number;
  /** Milliseconds after which an operation has failed; 4000 by default. */
  readonly timeoutMs?: number;
  /** Whether to refuse a database without a store instead of making one. */
  readonly mustExist?: boolean;
  readonly onOperation?: OperationListener;
  readonly log: Log;
}

const DEFAULT_STATE_DATABASE = 'custom-user-data-gateway';
const DEFAULT_TIMEOUT_MS = 4000;
/** Collection of the write that finds out whether writes are taken again. */
const PROBES = 'write-probes';
/** How long that write may take, in milliseconds: whoever asks for readiness waits. */
const PROBE_TIMEOUT_MS = 2000;
/** Time given to the farewell of a database that may be gone, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * Connects to the database.
 *
 * @throws GatewayError `SERVICE_UNAVAILABLE` if it does not answer in time, Error if the URI is
 * malformed or the database refuses the credentials.
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<Store> {
  const { uri, log, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { now = Date.now, stateDatabase = DEFAULT_STATE_DATABASE } = options;
  const client = createClient(uri, timeoutMs, options.onOperation !== undefined);
  if (options.onOperation !== undefined) reportOperations(client, options.onOperation);
  logReachability(client, log);
  const watch = createWriteWatch(() => writeProbe(client.db(state), runner, now()));
  const runner = createRunner(timeoutMs, watch.note);
  const expiry = createExpiry({ runner, log, now });
  const comparison = createComparison(log);
  const shared = { comparison, runner, maxTimeMS: timeoutMs, turns: createTurns() };
  const state = namesDatabase(uri) ? undefined : stateDatabase;
  const own = new Set<string>([PROBES]);
  const isReserved: MongoDataParts['isReserved'] = ({ database, collection }) =>
    database === client.db(state).databaseName && own.has(collection);
  const contextOf = ({ database = state, name }: CollectionDefinition): CollectionContext => {
    const collection = client.db(database).collection(name);
    return { ...shared, collection, decode: decodePlain, limits: UNLIMITED };
  };
  let data: Promise<DataService> | undefined;
  const store: Store = {
    kind: 'mongodb',
    collection: async (definition) => {
      if (definition.database === undefined) own.add(definition.name);
      const context = contextOf(definition);
      const indexing = { collection: context.collection, runner, log, expiry };
      return createCollection(context, await ensureIndexes(indexing, definition));
    },
    inspect: (definition) => inspectCollection(contextOf(definition), definition),
    dataService: () => {
      data ??= loadDataService({ ...shared, client, isReserved });
      return data;
    },
    changeMark: () => null,
    backup: async () => null,
    async ping() {
      await runner.run(() => client.db('admin').command({ ping: 1 }));
      await watch.assertWritable();
    },
    close: () => {
      expiry.stop();
      return close(client, runner, timeoutMs);
    },
  };
  try {
    await runner.run(() => client.connect());
    await store.ping();
    if (options.mustExist === true && !(await isMade(store))) throw noStore(client.db(state));
    await runner.run(() => warnOfEngine(client, log));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Whether the URI has a path. To the driver, none is the database "test". */
function namesDatabase(uri: string): boolean {
  return /^mongodb(\+srv)?:\/\/[^/?]+\/[^?]+/.test(uri);
}

function noStore({ databaseName: name }: Db): Error {
  return new Error(
    `There is no store in the database "${name}"; the first start of a gateway makes it`,
  );
}

/** One document, the same for all gateways. */
async function writeProbe(database: Db, runner: Runner, now: number): Promise<void> {
  const probes = database.collection<{ readonly _id: string }>(PROBES);
  await runner.run(
    () => probes.updateOne({ _id: 'write' }, { $set: { at: new Date(now) } }, { upsert: true }),
    { retryDuplicateKey: true, timeoutMs: PROBE_TIMEOUT_MS },
  );
}

async function loadDataService(parts: MongoDataParts): Promise<DataService> {
  const { createMongoDataService } = await import('./data-service/data-service.ts');
  return createMongoDataService(parts);
}

/** Every operation ends within its time, except for index builds, which go on in the database. */
async function close(client: MongoClient, runner: Runner, timeoutMs: number): Promise<void> {
  await Promise.race([runner.drain(), delay(timeoutMs, undefined, { ref: false })]);
  await Promise.race([client.close(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
}
