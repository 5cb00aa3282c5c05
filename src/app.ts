/** The composition root: every part of the gateway is made and connected here. */
import { ACCOUNTS_COLLECTION, createAccounts } from './account/accounts.ts';
import type { Config } from './config.ts';
import { createCustomData } from './custom-data/custom-data.ts';
import type { CustomDataSchema } from './custom-data/schema/custom-data-schema.ts';
import { openSchemaVersions, type SchemaVersions } from './graphql/schema-versions.ts';
import { closeGracefully, createHttpServer } from './http/http-server.ts';
import { createMetrics } from './http/metrics.ts';
import { readJsonFile } from './json-file.ts';
import { createLog, type Log } from './log.ts';
import { createSessionRecords, SESSIONS_COLLECTION } from './session/session-records.ts';
import { createSessions, type Sessions } from './session/sessions.ts';
import type { OperationListener, Store } from './store/port.ts';
import { createExternalIssuers } from './token/external-issuers.ts';
import { parseExternalIssuers } from './token/issuers-config.ts';
import { KEYS_COLLECTION, loadRevisionKey, loadSigningKeys } from './token/keys.ts';
import { createTokens, type Tokens } from './token/token-service.ts';

/** A gateway. `stop` may be called at any time and more than once. */
export interface App {
  /** Opens the store and listens. Fails if the store cannot be reached or the port is taken. */
  start(): Promise<void>;
  /** Finishes what runs, takes no more, releases everything. */
  stop(): Promise<void>;
  /**
   * Reads the schema file again and puts it in force for requests that start from then on. Fails with
   * every problem if it cannot be used: then the schema before stays in force. Both are logged. Waits
   * for a start that is going on; does nothing while the gateway stops or does not run.
   */
  reload(): Promise<void>;
  /** Where the gateway listens, such as `http://127.0.0.1:4000`; known once started. */
  url(): string;
}

/** Parts that tests bring along. */
export interface AppOverrides {
  readonly log?: Log;
  /** The clock, epoch milliseconds. */
  readonly now?: () => number;
  /** Told of every operation sent to the store. */
  readonly onStoreOperation?: OperationListener;
}

/** Creates a gateway; nothing is opened before `start`. */
export function createApp(config: Config, overrides: AppOverrides = {}): App {
  const log = overrides.log ?? createLog(config.logLevel);
  let address: string | undefined;
  let schemas: SchemaVersions | undefined;
  const closers: (() => Promise<unknown>)[] = [];
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  const url = () => {
    if (address === undefined) throw new Error('The gateway is not listening');
    return address;
  };

  async function closeAll(): Promise<void> {
    for (const close of closers.splice(0).reverse()) await close();
  }

  async function start(): Promise<void> {
    try {
      ({ address, schemas } = await startParts(config, log, overrides, closers, url));
    } catch (error) {
      await closeAll();
      throw error;
    }
    log.info({ url: address, store: config.store.kind }, 'listening');
  }

  return {
    url,
    start() {
      starting ??= start();
      return starting;
    },
    stop() {
      stopping ??= closeAll();
      return stopping;
    },
    async reload() {
      // The start reads the file too, and a change may have come right after that.
      await starting?.catch(() => undefined);
      if (stopping === undefined) await schemas?.reload();
    },
  };
}

async function startParts(
  config: Config,
  log: Log,
  overrides: AppOverrides,
  closers: (() => Promise<unknown>)[],
  url: () => string,
): Promise<{ address: string; schemas: SchemaVersions }> {
  const now = overrides.now ?? Date.now;
  const metrics = createMetrics();
  const schemas = await openSchemaVersions({
    appId: config.appId,
    customData: config.customData,
    introspection: config.introspection,
    log,
    onErrorCode: metrics.countErrorCode,
  });
  closers.push(schemas.stop);
  const store = await openStore(config, log, now, (operation) => {
    metrics.countStoreOperation(operation);
    overrides.onStoreOperation?.(operation);
  });
  closers.push(() => store.close());
  const issuer = () => config.publicUrl ?? url();
  const { tokens, sessions } = await createUseCases({
    ...{ config, log, now, store, issuer },
    schema: schemas.schema,
  });
  const { budgetBytes } = config.token;
  const { graphql, run } = schemas;
  const parts = { budgetBytes, config, graphql, log, metrics, run, sessions, store, tokens };
  const http = await createHttpServer(parts);
  closers.push(() => closeGracefully(http));
  return { address: await http.listen({ host: config.host, port: config.port }), schemas };
}

/** Opens the configured store. The other backend is never loaded: it costs start-up time and memory. */
async function openStore(
  { store }: Config,
  log: Log,
  now: () => number,
  onOperation: OperationListener,
): Promise<Store> {
  if (store.kind === 'embedded') {
    const { openEmbeddedStore } = await import('./store/embedded/embedded-store.ts');
    return openEmbeddedStore({ dataDir: store.dataDir, now, onOperation });
  }
  const { openMongoStore } = await import('./store/mongodb/mongodb-store.ts');
  return openMongoStore({ uri: store.uri, log, onOperation });
}

interface UseCaseParts {
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
  readonly store: Store;
  /** The `iss` claim, known once listening. */
  readonly issuer: () => string;
  /** The schema in force. */
  readonly schema: () => CustomDataSchema | null;
}

async function createUseCases(
  parts: UseCaseParts,
): Promise<{ tokens: Tokens; sessions: Sessions }> {
  const { config, log, now, store } = parts;
  const keys = await store.collection(KEYS_COLLECTION);
  const tokens = createTokens({
    keys: await loadSigningKeys({
      collection: keys,
      alg: config.token.signingAlg,
      file: await readJsonFile('SIGNING_KEYS_FILE', config.token.signingKeysFile),
      now,
    }),
    issuer: parts.issuer,
    audience: config.appId,
    accessTtlSeconds: config.token.accessTtlSeconds,
    refreshTtlSeconds: config.token.refreshTtlSeconds,
    now,
  });
  const issuersFile = await readJsonFile('CUSTOM_JWT_ISSUERS_FILE', config.customJwtIssuersFile);
  const sessions = createSessions({
    accounts: createAccounts({ collection: await store.collection(ACCOUNTS_COLLECTION), now }),
    customData: createCustomData({
      collection: await openDocuments(config, log, store),
      userIdField: config.customData.userIdField,
      claimEncoding: config.customData.claimEncoding,
      schema: parts.schema,
      revisionKey: await loadRevisionKey(keys),
      now,
    }),
    externalIssuers: createExternalIssuers(parseExternalIssuers(issuersFile ?? []), { now }),
    providers: config.providers,
    records: createSessionRecords(await store.collection(SESSIONS_COLLECTION), now),
    tokens,
    budgetBytes: config.token.budgetBytes,
    now,
    log,
  });
  return { tokens, sessions };
}

async function openDocuments({ customData }: Config, log: Log, store: Store) {
  const documents = await store.collection({
    database: customData.database,
    name: customData.collection,
    unique: [customData.userIdField],
    onDuplicates: 'report',
  });
  if (documents.duplicateKeys.length > 0) {
    log.warn(
      { field: customData.userIdField, userIds: documents.duplicateKeys },
      'several documents for one user, the one with the smallest _id counts; no unique index',
    );
  }
  return documents;
}
