/** The composition root: every part of the gateway is made and connected here. */
import { ACCOUNTS_COLLECTION, createAccounts } from './account/accounts.ts';
import type { Config } from './config.ts';
import type { CustomDataSchema } from './custom-data/schema/custom-data-schema.ts';
import { createGraphQLServer } from './graphql/graphql-server.ts';
import { loadCustomDataSchema } from './graphql/typed/schema-file.ts';
import { closeGracefully, createHttpServer } from './http/http-server.ts';
import { createMetrics } from './http/metrics.ts';
import { readJsonFile } from './json-file.ts';
import { createLog, type Log } from './log.ts';
import { openCustomData, openStore } from './open-store.ts';
import { createDocumentHistory, type DocumentHistory } from './session/history.ts';
import { createSessionRecords, SESSIONS_COLLECTION } from './session/session-records.ts';
import { createSessions, type Sessions } from './session/sessions.ts';
import type { OperationListener, Store } from './store/port.ts';
import { createExternalIssuers } from './token/external-issuers.ts';
import { parseExternalIssuers } from './token/issuers-config.ts';
import { KEYS_COLLECTION, loadSigningKeys } from './token/keys.ts';
import { createTokens, type Tokens } from './token/token-service.ts';

/** A gateway. `stop` may be called at any time and more than once. */
export interface App {
  /** Opens the store and listens. Fails if the store cannot be reached or the port is taken. */
  start(): Promise<void>;
  /** Finishes what runs, takes no more, releases everything. */
  stop(): Promise<void>;
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
  const closers: (() => Promise<unknown>)[] = [];
  let stopping: Promise<void> | undefined;

  const url = () => {
    if (address === undefined) throw new Error('The gateway is not listening');
    return address;
  };

  async function closeAll(): Promise<void> {
    for (const close of closers.splice(0).reverse()) await close();
  }

  return {
    url,
    async start() {
      try {
        address = await startParts(config, log, overrides, closers, url);
      } catch (error) {
        await closeAll();
        throw error;
      }
      log.info({ url: address, store: config.store.kind }, 'listening');
    },
    stop() {
      stopping ??= closeAll();
      return stopping;
    },
  };
}

async function startParts(
  config: Config,
  log: Log,
  overrides: AppOverrides,
  closers: (() => Promise<unknown>)[],
  url: () => string,
): Promise<string> {
  const now = overrides.now ?? Date.now;
  const metrics = createMetrics();
  const customDataSchema = await loadCustomDataSchema(config);
  const onOperation: OperationListener = (operation) => {
    metrics.countStoreOperation(operation);
    overrides.onStoreOperation?.(operation);
  };
  const store = await openStore(config, { log, now, onOperation });
  closers.push(() => store.close());
  const issuer = () => config.publicUrl ?? url();
  const { tokens, ...useCases } = await createUseCases({
    ...{ config, log, now, store, issuer },
    schema: () => customDataSchema,
  });
  const graphql = await createGraphQLServer({
    appId: config.appId,
    introspection: config.introspection,
    log,
    schema: customDataSchema,
    onErrorCode: metrics.countErrorCode,
  });
  closers.push(() => graphql.stop());
  const { budgetBytes } = config.token;
  const parts = { budgetBytes, config, graphql, log, metrics, store, tokens, ...useCases };
  const http = await createHttpServer(parts);
  closers.push(() => closeGracefully(http));
  return http.listen({ host: config.host, port: config.port });
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

interface UseCases {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly history: DocumentHistory;
}

async function createUseCases(parts: UseCaseParts): Promise<UseCases> {
  const { config, log, now, store } = parts;
  const tokens = createTokens({
    keys: await loadSigningKeys({
      collection: await store.collection(KEYS_COLLECTION),
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
  const customData = await openCustomData(config, parts);
  const records = createSessionRecords(await store.collection(SESSIONS_COLLECTION), now);
  const sessions = createSessions({
    accounts: createAccounts({ collection: await store.collection(ACCOUNTS_COLLECTION), now }),
    customData,
    externalIssuers: createExternalIssuers(parseExternalIssuers(issuersFile ?? []), { now }),
    providers: config.providers,
    records,
    tokens,
    budgetBytes: config.token.budgetBytes,
    now,
    log,
  });
  const keep = config.customData.history;
  return { tokens, sessions, history: createDocumentHistory({ customData, keep, records }) };
}
