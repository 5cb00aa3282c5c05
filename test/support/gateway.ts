/** Starts the real gateway in this process and speaks GraphQL to it over real HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll } from '@jest/globals';
import { SWEEPS_COLLECTION } from '../../src/account/unused-progress.ts';
import { type App, createApp } from '../../src/app.ts';
import { tryToRead } from '../../src/commands/command-line.ts';
import { createLog } from '../../src/log.ts';
import type { OpenFunctions } from '../../src/session/operator-functions.ts';
import { FORMAT_COLLECTION } from '../../src/store/format.ts';
import type { Store } from '../../src/store/port.ts';
import { KEYS_COLLECTION } from '../../src/token/keys.ts';

/** A started gateway and what a test wants to know of it. */
export interface TestGateway {
  readonly app: App;
  readonly url: string;
  /** Everything the gateway logged so far. */
  readonly logText: () => string;
  /** Store operations since the last call, by name, but for those on the keys. */
  readonly takeStoreOperations: () => string[];
  readonly stop: () => Promise<void>;
}

/** Environment variables of a gateway under test. */
export type TestEnv = Readonly<Record<string, string | undefined>>;

/** What a test may replace or listen to. */
export interface TestGatewayOptions {
  /** The clock, epoch milliseconds. */
  readonly now?: () => number;
  /** Opens the operator's functions. */
  readonly openFunctions?: OpenFunctions;
  /** How often it is looked for triggers that were left undone. */
  readonly pollMilliseconds?: number;
  /** Called with the name of each store operation as it starts, but for those on the keys. */
  readonly onStoreOperation?: (name: string) => void;
  /** Stands between the gateway and its store. */
  readonly wrapStore?: (store: Store) => Store;
}

/** Starts a gateway on a free port, without limits on how often tests log in. */
export async function startGateway(
  env: TestEnv,
  options: TestGatewayOptions = {},
): Promise<TestGateway> {
  const parsed = tryToRead({ PORT: '0', RATE_LIMITS: 'off', ...env });
  if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
  const chunks: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  const operations: string[] = [];
  const app = createApp(parsed.config, {
    log: createLog('trace', destination),
    onStoreOperation: ({ collection, name }) => {
      // Read now and then, whatever the requests are.
      if (collection === FORMAT_COLLECTION.name && name === 'find') return;
      // A gateway follows its keys, and looks for unused accounts, whatever the requests are.
      if (collection === KEYS_COLLECTION.name || collection === SWEEPS_COLLECTION.name) return;
      operations.push(name);
      options.onStoreOperation?.(name);
    },
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.pollMilliseconds === undefined
      ? {}
      : { pollMilliseconds: options.pollMilliseconds }),
    ...(options.openFunctions === undefined ? {} : { openFunctions: options.openFunctions }),
    ...(options.wrapStore === undefined ? {} : { wrapStore: options.wrapStore }),
  });
  await app.start();
  return {
    app,
    url: app.url(),
    logText: () => chunks.join(''),
    takeStoreOperations: () => operations.splice(0),
    stop: () => app.stop(),
  };
}

/** A fresh directory that `remove` takes away again. */
export async function createTemporaryDirectory(): Promise<{
  readonly path: string;
  readonly remove: () => Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'custom-user-data-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Runs a gateway on an embedded store of its own for one suite; ask for it in hooks and tests. */
export function useEmbeddedGateway(env: TestEnv = {}): () => TestGateway {
  let gateway: TestGateway | undefined;
  let removeData: () => Promise<void>;
  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    removeData = directory.remove;
    gateway = await startGateway({ DATA_DIR: directory.path, ...env });
  });
  afterAll(async () => {
    await gateway?.stop();
    await removeData();
  });
  return () => {
    if (gateway === undefined) throw new Error('The gateway is there in hooks and tests only');
    return gateway;
  };
}
