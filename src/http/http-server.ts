/** Fastify with every route and limit of the gateway. */
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { useAllowedMethods } from '../bad-requests.ts';
import type { Config } from '../config.ts';
import { serviceUnavailable } from '../errors.ts';
import { type ContextParts, createContext, type GraphQLContext } from '../graphql/context.ts';
import type { Log } from '../log.ts';
import { shareOut } from '../memory-shares.ts';
import type { UseCases } from '../session/use-cases.ts';
import type { Store } from '../store/port.ts';
import type { Tokens } from '../token/token-service.ts';
import type { Tracing } from '../tracing.ts';
import { createClientAddress } from './client-address.ts';
import { useCors } from './cors.ts';
import { useEmailPages } from './email-pages.ts';
import { answerClientError, answerUnreadable, useErrorHandler } from './error-handler.ts';
import { useExplorer } from './explorer.ts';
import { useGraphQL } from './graphql-route.ts';
import { useHeaderLimits } from './header-limits.ts';
import { useHealth } from './health.ts';
import { useJsonBody } from './json-body.ts';
import { answerEarly, type Memory, useKeptAnswers } from './kept-answers/early-answers.ts';
import { createKeptAnswers } from './kept-answers/kept-answers.ts';
import { createKnownOperations } from './kept-answers/known-operations.ts';
import { useLifecycle } from './lifecycle.ts';
import { type AskMetrics, type Metrics, useMetrics } from './metrics.ts';
import { REALM_PREFIX, useRealmGraphQL } from './realm-graphql.ts';
import { useRequestChecks } from './request-checks.ts';
import { createRequestNotes, openRequestLog, useRequestLog } from './request-log.ts';
import { traceRequests, useRequestTraces } from './request-traces.ts';

/** Largest request body, in bytes: ample for a document that must fit into a header. */
export const BODY_LIMIT = 512 * 1024;
/** Largest request header block, in bytes. Node's own 16 KiB would refuse tokens we may issue. */
export const MAX_HEADER_SIZE = 80 * 1024;
/** A request has this long to arrive. */
const REQUEST_TIMEOUT_MILLISECONDS = 15_000;
const TIMEOUT_CHECK_MILLISECONDS = 2000;
const JWKS_CACHE_SECONDS = 300;
const MILLISECONDS_PER_SECOND = 1000;

/** What the HTTP server serves. */
export interface HttpServerParts extends Omit<ContextParts, 'useCases'> {
  readonly tokens: Tokens;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly realm: RealmPart;
  /** The use cases for a request, which begins now. */
  readonly openUseCases: ContextParts['useCases'];
  readonly config: Config;
  readonly graphql: ApolloServer<GraphQLContext>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Asks all processes of the gateway, if it has several. */
  readonly askMetrics?: AskMetrics | undefined;
  readonly store: Store;
  readonly tracing: Tracing | null;
}

/** What `src/realm` gives: the routes of the App Services client protocol, but GraphQL. */
export interface RealmPart {
  readonly useRealmApi: (
    server: FastifyInstance,
    parts: Pick<HttpServerParts, 'tokens' | 'now'> &
      Pick<ContextParts, 'useCases'> &
      Pick<Config, 'appId' | 'publicUrl'> & {
        readonly bodyLimit: number;
        readonly prefix: string;
      },
  ) => Promise<void>;
}

/** Creates the HTTP server with every route; it does not listen yet. */
export async function createHttpServer(parts: HttpServerParts): Promise<FastifyInstance> {
  const { config, graphql, log, metrics, openUseCases, store, tokens } = parts;
  const useCases = oncePerRequest(openUseCases);
  const server = await createBareServer(config, log, metrics, {
    memory: createMemory(parts),
    tracing: parts.tracing,
  });
  useExplorer(server);
  useHealth(server, store);
  useMetrics(server, metrics, parts.askMetrics);
  await useEmailPages(server, { useCases, email: config.email, log });
  server.get('/.well-known/jwks.json', async (_request, reply) => {
    void reply.header('cache-control', `public, max-age=${JWKS_CACHE_SECONDS}`);
    return tokens.jwks();
  });
  const contextParts = { ...parts, useCases };
  useGraphQL(server, graphql, (request) => {
    const context = createContext(contextParts, request);
    request.graphQLContext = context;
    return context;
  });
  const { appId, publicUrl } = config;
  await useRealmGraphQL(server, graphql, { ...contextParts, appId });
  const realm = { appId, publicUrl, useCases, bodyLimit: BODY_LIMIT, prefix: REALM_PREFIX };
  await parts.realm.useRealmApi(server, { ...parts, ...realm });
  return server;
}

/** The use cases of each request, opened when it first asks for them: its deadline begins then. */
function oncePerRequest(open: ContextParts['useCases']): ContextParts['useCases'] {
  const opened = new WeakMap<object, UseCases>();
  return (request) => {
    const useCases = opened.get(request) ?? open(request);
    opened.set(request, useCases);
    return useCases;
  };
}

/** What a server may have. */
export interface BareServerOptions {
  readonly memory?: Memory | undefined;
  readonly requestTimeoutMilliseconds?: number;
  /** `null`: there is none. */
  readonly tracing?: Tracing | null;
}

/** Creates the HTTP server without routes: limits, body parsing, errors, CORS and the request log. */
export async function createBareServer(
  config: Pick<Config, 'appId' | 'trustProxy' | 'corsOrigins' | 'host' | 'keepAliveSeconds'>,
  log: Log,
  metrics: Metrics,
  {
    memory,
    requestTimeoutMilliseconds = REQUEST_TIMEOUT_MILLISECONDS,
    tracing = null,
  }: BareServerOptions = {},
): Promise<FastifyInstance> {
  const keepAliveMilliseconds = config.keepAliveSeconds * MILLISECONDS_PER_SECOND;
  const notes = createRequestNotes(log, metrics);
  const early = (handle: RequestListener) =>
    memory === undefined
      ? handle
      : answerEarly(handle, {
          ...memory,
          notes,
          addressOf: createClientAddress(config.trustProxy),
          onFound: metrics.countCached,
          isStopping: () => server.lifecycle.endsConnections,
        });
  const traced = (handle: RequestListener) =>
    tracing === null ? handle : traceRequests(handle, tracing);
  const server: FastifyInstance = fastify({
    serverFactory: (handle) =>
      createHttp(
        traced(early(handle as RequestListener)),
        requestTimeoutMilliseconds,
        keepAliveMilliseconds,
      ),
    loggerInstance: log as FastifyBaseLogger,
    childLoggerFactory: openRequestLog,
    logController: new LogController({ disableRequestLogging: true }),
    // In the log and in answers: one request has one id among all processes.
    genReqId: () => randomUUID(),
    trustProxy: config.trustProxy,
    bodyLimit: BODY_LIMIT,
    // App Services clients whose base URL ends with a slash ask for `//api/…`.
    routerOptions: { ignoreDuplicateSlashes: true },
    // A request that arrived is answered: the store closes only after the last connection has.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Fastify would load compilers of schemas, and no route has one.
    schemaController: {
      compilersFactory: { buildSerializer: refuseSchema, buildValidator: refuseSchema },
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: answerUnreadable,
  });
  useAllowedMethods(server);
  useHeaderLimits(server);
  useRequestChecks(server, config.trustProxy);
  useRequestLog(server, notes);
  if (tracing !== null) useRequestTraces(server);
  if (memory !== undefined) useKeptAnswers(server, memory);
  useLifecycle(server);
  useErrorHandler(server, { appId: config.appId, bodyLimit: BODY_LIMIT, log });
  useJsonBody(server);
  await useCors(server, config.corsOrigins, config.host);
  return server;
}

function refuseSchema(): never {
  throw new Error('Routes have no schemas');
}

/** What is remembered of requests before; `undefined` if nothing is to be. */
function createMemory(parts: HttpServerParts): Memory | undefined {
  const { config, now } = parts;
  const bytes = shareOut(config.responseCacheBytes);
  if (bytes.operations === 0) return undefined;
  const claimsOnly = { ...parts, useCases: refuseMore };
  return {
    answers: createKeptAnswers({ bytes: bytes.answers, now }),
    operations: createKnownOperations({
      bytes: bytes.operations,
      openContext: (authorization) =>
        createContext(claimsOnly, { ...NO_REQUEST, facts: {} }, authorization),
    }),
  };
}

/** For operations that call no function, which alone would see it. */
const NO_REQUEST = { headers: {}, id: '', ip: '', method: '' };

/** Fails where an operation asks for more than claims: it is then answered the long way. */
function refuseMore(): never {
  throw serviceUnavailable(new Error('The operation reads more than claims'));
}

/** The server of Node.js. A request has so long to arrive, an idle connection so long to be used again. */
function createHttp(listener: RequestListener, requestTimeout: number, keepAlive: number): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_SIZE,
      // Node's own answer has no body; see request-checks.ts.
      requireHostHeader: false,
      // Node takes the smaller of the two for the headers and the larger, a minute by default, for all.
      headersTimeout: requestTimeout,
      requestTimeout,
      connectionsCheckingInterval: TIMEOUT_CHECK_MILLISECONDS,
    },
    listener,
  );
  server.keepAliveTimeout = keepAlive;
  return server;
}
