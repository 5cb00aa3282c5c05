/** The composition root: every part of the gateway is made and connected here. */
import type { Config } from './config.ts';
import { loadOwnClaims } from './custom-data/own-claims/own-claims.ts';
import { createGraphQLServer } from './graphql/graphql-server.ts';
import { openCustomDataSchema } from './graphql/typed/schema-file.ts';
import { createHttpServer } from './http/http-server.ts';
import { type ConnectionSource, closeGracefully, leaveToOthers } from './http/lifecycle.ts';
import { type AskMetrics, createMetrics, type Metrics } from './http/metrics.ts';
import { watchCalls, watchStore } from './http/watching.ts';
import { createLog, type Log } from './log.ts';
import {
  type OpenCustomDataParts,
  openCustomData,
  openEmailHash,
  openStore,
  openUserLog,
  STORE_FORMAT,
} from './open-store.ts';
import { loadEndpoints, loadFunctions, loadRealm } from './optional-parts.ts';
import { openAudit } from './session/audit/open-audit.ts';
import { openTriggers } from './session/auth-events.ts';
import { openChanges } from './session/changes/open-changes.ts';
import { openUsers } from './session/open-users.ts';
import {
  NO_FUNCTIONS,
  type OpenFunctions,
  type OpenFunctionsParts,
  type OperatorFunctions,
} from './session/operator-functions.ts';
import type { SeenRequest } from './session/seen-request.ts';
import { createUseCases } from './session/use-cases.ts';
import { watchFormat } from './store/format-watch.ts';
import type { OperationListener, Store } from './store/port.ts';
import { openTokens } from './token/open-tokens.ts';
import { openTracing, type Tracing } from './tracing.ts';

/** A gateway. `stop` may be called at any time and more than once. */
export type App = ReturnType<typeof createApp>;

/** Parts that tests bring along, or a process that is one of several of a gateway. */
export interface AppOverrides {
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** Asks all processes of the gateway for their metrics, if it has several. */
  readonly askMetrics?: AskMetrics;
  /** Whoever takes the connections, unless it is this process. */
  readonly connections?: ConnectionSource;
  /** The clock, epoch milliseconds. */
  readonly now?: () => number;
  /** Opens the operator's functions. */
  readonly openFunctions?: OpenFunctions;
  /** How often it is looked for triggers that were left undone. */
  readonly pollMilliseconds?: number;
  /** Told of every operation sent to the store. */
  readonly onStoreOperation?: OperationListener;
  /** Stands between the gateway and its store. */
  readonly wrapStore?: (store: Store) => Store;
}

const MILLISECONDS_PER_SECOND = 1000;

/** The gateway was stopped before or while it started. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';

  constructor(cause?: unknown) {
    super('The gateway was stopped while it started', { cause });
  }
}

/** Closes what was opened. */
type Closer = () => Promise<unknown>;
/** Told how to close what has been opened. Fails with `StoppedError` if the gateway stops. */
type Opened = (close: Closer) => void;

/** Creates a gateway; nothing is opened before `start`. */
export function createApp(config: Config, overrides: AppOverrides = {}) {
  const log = overrides.log ?? createLog(config.logLevel);
  let address: string | undefined;
  let leave = () => Promise.resolve();
  const closers: Closer[] = [];
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  /** Where the gateway listens, such as `http://127.0.0.1:4000`; known once started. */
  const url = () => {
    if (address === undefined) throw new Error('The gateway is not listening');
    return address;
  };

  async function closeAll(): Promise<void> {
    for (const close of closers.splice(0).reverse()) await close();
  }

  /** Keeps what has been opened to be closed; once the gateway stops, nothing more is opened. */
  const opened: Opened = (close) => {
    closers.push(close);
    if (stopping !== undefined) throw new StoppedError();
  };

  async function stop(): Promise<void> {
    await closeAll();
    // A start that is going on meets the stop with the next thing it opens, and closes that itself.
    await starting?.catch(() => undefined);
    await closeAll();
  }

  async function start(): Promise<void> {
    for (const unknown of config.unknownVariables) {
      log.warn(unknown, 'a variable of the environment is not known');
    }
    try {
      ({ address, leave } = await startParts(config, log, overrides, opened, url));
    } catch (error) {
      await closeAll();
      // What a part says that was closed under it is not what happened.
      throw stopping === undefined ? error : new StoppedError(error);
    }
    log.info({ url: address, store: config.store.kind }, 'listening');
  }

  /** Finishes what runs, takes no more, releases everything. */
  function beginStop(): Promise<void> {
    // Said before anything is waited for: a start that is going on is to see it.
    stopping ??= Promise.resolve().then(stop);
    return stopping;
  }

  return {
    url,
    /**
     * Opens the store and listens. Fails if the store cannot be reached or the port is taken, and with
     * `StoppedError` if `stop` is called before it is done.
     */
    start() {
      starting ??= stopping === undefined ? start() : Promise.reject(new StoppedError());
      return starting;
    },
    stop: beginStop,
    /** Stops as one process of a gateway that goes on: new connections are left to the others at once. */
    async leave() {
      await leave();
      await beginStop();
    },
  };
}

async function startParts(
  config: Config,
  bareLog: Log,
  overrides: AppOverrides,
  opened: Opened,
  url: () => string,
): Promise<{ address: string; leave: () => Promise<void> }> {
  const { connections, metrics = createMetrics(), now = Date.now, askMetrics } = overrides;
  const schema = await openCustomDataSchema(config, bareLog);
  const ownClaims = await loadOwnClaims(config, schema);
  const { appId, federation, introspection } = config;
  const { countErrorCode: onErrorCode } = metrics;
  const asked = { appId, federation, introspection, onErrorCode, schema };
  const graphql = await createGraphQLServer({ ...asked, log: bareLog });
  opened(() => graphql.stop());
  const onOperation: OperationListener = (operation) => {
    metrics.countStoreOperation(operation);
    overrides.onStoreOperation?.(operation);
  };
  const { wrapStore = (bare: Store) => bare } = overrides;
  const tracing = await openTracing();
  opened(async () => tracing?.flush());
  const bareStore = await openStore(config, { log: bareLog, now, onOperation });
  const store = watchStore(wrapStore(bareStore), metrics, tracing);
  opened(() => store.close());
  const log = await openUserLog(config, bareLog, store);
  opened(await watchFormat(store, { log, version: STORE_FORMAT.version }));
  const publicUrl = () => config.publicUrl ?? url();
  const { openFunctions = openConfiguredFunctions, pollMilliseconds } = overrides;
  const shared = { config, log, metrics, now, store, tracing, pollMilliseconds };
  const { start, ...useCases } = await openUseCases({
    ...shared,
    opened,
    publicUrl,
    openFunctions,
    ownClaims,
    schema,
  });
  const { budgetBytes } = config.token;
  const realm = await loadRealm();
  const served = { ...useCases, budgetBytes, graphql, askMetrics, realm, schema };
  const http = await createHttpServer({ ...shared, ...served });
  const drainDelay = config.drainDelaySeconds * MILLISECONDS_PER_SECOND;
  opened(() => closeGracefully(http, drainDelay, connections));
  const address = await http.listen({ host: config.host, port: config.port });
  await start(address);
  http.lifecycle.isStarted = true;
  return { address, leave: () => leaveToOthers(http) };
}

/** The operator's functions; their code is loaded only if there are any. */
async function openConfiguredFunctions(parts: OpenFunctionsParts): Promise<OperatorFunctions> {
  if (parts.config.functions.dir === undefined) return NO_FUNCTIONS;
  const part = await loadFunctions();
  return part.openFunctions(parts);
}

interface UseCaseParts extends OpenCustomDataParts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly openFunctions: OpenFunctions;
  readonly pollMilliseconds: number | undefined;
  readonly opened: Opened;
  /** URL that clients reach the gateway under, known once listening. */
  readonly publicUrl: () => string;
}

async function openUseCases(parts: UseCaseParts) {
  const { config, log, metrics, opened, store, tracing } = parts;
  const { parties, signingKeys, tokens } = await openTokens({
    ...parts,
    makeOwnClaims: parts.ownClaims?.make,
    onAccessToken: metrics.observeTokenBytes,
  });
  opened(signingKeys.close);
  const onChange = (userId: string) => changes.noteChange(userId);
  const customData = await openCustomData(config, { ...parts, onChange });
  const noteChange = (userId: string) => {
    changes.noteChanges();
    return customData.noteChange(userId, 'FUNCTION');
  };
  const functions = await parts.openFunctions({
    config,
    log,
    store,
    noteChange,
    observeCall: watchCalls(metrics, tracing),
    tracing,
  });
  opened(() => functions.close());
  const run = { customData, functions, onRun: metrics.countTriggerRun };
  const triggers = await openTriggers(loadFunctions, { ...parts, ...run });
  opened(() => triggers.close());
  const audit = await openAudit({ config, log, store, onResult: metrics.countAuditEntries });
  opened(() => audit.close());
  const { start, close, passwordsWaiting, users } = await openUsers({
    ...parts,
    authEvents: triggers,
    customData,
    functions,
    observeMail: metrics.observeMail,
    isAudited: audit.isKept,
    hashEmail: audit.isKept ? await openEmailHash(config, store) : undefined,
    onUserEvent(event) {
      metrics.countUserEvent(event);
      audit.onUserEvent(event);
    },
  });
  opened(close);
  metrics.watchPasswordQueue(passwordsWaiting);
  const { sessions } = users.collections;
  const changes = openChanges({ ...parts, customData, sessions });
  metrics.watchSubscriptions(changes.subscribed);
  opened(changes.close);
  const shared = { ...users, changes, config, functions, tokens };
  return {
    tokens,
    endpoints: await (await loadEndpoints(config)).openEndpoints(config, functions),
    /** The use cases for a request, which begins now. */
    openUseCases: (request: SeenRequest) => createUseCases(shared, request),
    /** Settles the issuer, now that the gateway listens, and begins with what goes on beside requests. */
    async start(address: string) {
      await parties.settle(address);
      signingKeys.start();
      start();
      triggers.start();
    },
  };
}
