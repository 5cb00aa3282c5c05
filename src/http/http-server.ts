/** Fastify with every route and limit of the gateway. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { createAttached } from '../attached.ts';
import { useAllowedMethods } from '../bad-requests.ts';
import type { Config } from '../config.ts';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { type ContextParts, createContext, type GraphQLContext } from '../graphql/context.ts';
import { subscriptionsOf } from '../graphql/graphql-server.ts';
import type { Log } from '../log.ts';
import type { OperatorFunctions } from '../session/operator-functions.ts';
import type { UseCases } from '../session/use-cases.ts';
import type { Store } from '../store/port.ts';
import { JWKS_CACHE_SECONDS } from '../token/key-record.ts';
import type { Tokens } from '../token/token-service.ts';
import type { Tracing } from '../tracing.ts';
import { openBuiltPages, useAssets } from './built-pages.ts';
import { createClientAddress } from './client-address.ts';
import { useCors } from './cors.ts';
import { useEmailPages } from './email-pages.ts';
import { answerClientError, answerUnreadable, useErrorHandler } from './error-handler.ts';
import { hasExplorer, useExplorer } from './explorer.ts';
import { useGraphQL } from './graphql-route.ts';
import { useHeaderLimits } from './header-limits.ts';
import { useHealth } from './health.ts';
import { useJsonBody } from './json-body.ts';
import {
  answerEarly,
  contextOf,
  type Early,
  requestIdOf,
  useKeptAnswers,
} from './kept-answers/early-answers.ts';
import { openEarly } from './kept-answers/open-early.ts';
import { useLifecycle } from './lifecycle.ts';
import { hostsOf } from './loopback.ts';
import { type AskMetrics, type Metrics, useMetrics } from './metrics.ts';
import { REALM_PREFIX, useRealmGraphQL } from './realm-graphql.ts';
import { useRequestChecks } from './request-checks.ts';
import { createRequestNotes, openRequestLog, useRequestLog } from './request-log.ts';
import { traceRequests, useRequestTraces } from './request-traces.ts';
import { SECURITY_HEADERS, useSecurityHeaders } from './security-headers.ts';
import { useSubscriptions } from './subscriptions/use-subscriptions.ts';
import { trustIn } from './trusted-proxies.ts';

/** Largest request body, in bytes: ample for a document that must fit into a header. */
export const BODY_LIMIT = 512 * 1024;
/** Largest request header block, in bytes. Node's own 16 KiB would refuse tokens we may issue. */
export const MAX_HEADER_SIZE = 80 * 1024;
/** A request has this long to arrive. */
const REQUEST_TIMEOUT_MILLISECONDS = 15_000;
const TIMEOUT_CHECK_MILLISECONDS = 2000;
const MILLISECONDS_PER_SECOND = 1000;

/** What the HTTP server serves. */
export interface HttpServerParts extends Omit<ContextParts, 'useCases'> {
  readonly tokens: Tokens;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly realm: RealmPart;
  readonly endpoints: OpenedEndpoints;
  /** The use cases for a request, which begins now. */
  readonly openUseCases: ContextParts['useCases'];
  readonly config: Config;
  readonly graphql: ApolloServer<GraphQLContext>;
  /** The operator's schema of the documents, if there is one. */
  readonly schema: CustomDataSchema | null;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Asks all processes of the gateway, if it has several. */
  readonly askMetrics?: AskMetrics | undefined;
  readonly store: Store;
  readonly tracing: Tracing | null;
}

/** What `src/endpoints` gives. */
export interface EndpointsPart {
  /** Reads the HTTPS endpoints of an exported app. Fails if one cannot be served as it is. */
  readonly openEndpoints: (
    config: Config,
    functions: Pick<OperatorFunctions, 'describe'>,
  ) => Promise<OpenedEndpoints>;
}

/** The HTTPS endpoints of an exported app. */
export interface OpenedEndpoints {
  /** Method and route of each. */
  readonly names: readonly string[];
  /** Why others are not served: file, place and reason. */
  readonly problems: readonly string[];
  /** Adds their routes to a server. */
  readonly use: (
    server: FastifyInstance,
    parts: Pick<HttpServerParts, 'tokens' | 'openUseCases'> &
      Pick<ContextParts, 'useCases'> & {
        /** Makes a part of the server answer errors in the shape that App Services clients know. */
        readonly useErrors: (server: FastifyInstance) => void;
      },
  ) => Promise<void>;
}

/** What `src/realm` gives: the routes of the App Services client protocol, but GraphQL. */
export interface RealmPart {
  /** Makes a part of the server answer errors in the protocol's shape. */
  readonly useProtocolErrors: (
    server: FastifyInstance,
    parts: Pick<Config, 'appId' | 'publicUrl'> & { readonly bodyLimit: number },
  ) => void;
  readonly useRealmApi: (
    server: FastifyInstance,
    parts: Pick<HttpServerParts, 'tokens' | 'now'> &
      Pick<ContextParts, 'useCases'> &
      Pick<Config, 'appId' | 'publicUrl'> & {
        readonly bodyLimit: number;
        readonly passwordMinLength: number;
        readonly prefix: string;
      },
  ) => Promise<void>;
}

/** Creates the HTTP server with every route; it does not listen yet. */
export async function createHttpServer(parts: HttpServerParts): Promise<FastifyInstance> {
  const { budgetBytes, config, graphql, log, metrics, openUseCases, store, tokens } = parts;
  const useCases = oncePerRequest(openUseCases);
  const contextParts: ContextParts = { budgetBytes, tokens, useCases };
  const server = await createBareServer(config, log, metrics, {
    early: openEarly(parts, contextParts),
    tracing: parts.tracing,
  });
  const pages = openBuiltPages();
  useAssets(server, pages);
  useExplorer(server, config, parts.schema, pages);
  useHealth(server, store);
  useMetrics(server, metrics, { askAll: parts.askMetrics, token: config.metricsToken });
  await useEmailPages(server, { config, log, pages, useCases });
  server.get('/.well-known/jwks.json', async (_request, reply) => {
    void reply.header('cache-control', `public, max-age=${JWKS_CACHE_SECONDS}`);
    return tokens.jwks();
  });
  const openContext = (request: FastifyRequest) => {
    const context = contextOf(request.raw) ?? createContext(contextParts, request);
    request.graphQLContext = context;
    return context;
  };
  const run = subscriptionsOf(graphql);
  const acceptWebSocket = useSubscriptions(server, { ...parts, contextParts, run });
  const explorer = hasExplorer(config) ? './' : undefined;
  useGraphQL(server, graphql, openContext, { explorer, acceptWebSocket });
  await useRealmGraphQL(server, graphql, { ...contextParts, openUseCases, appId: config.appId });
  const { appId, publicUrl } = config;
  const { passwordMinLength } = config.email;
  const bounds = { bodyLimit: BODY_LIMIT, passwordMinLength };
  const realm = { appId, publicUrl, useCases, ...bounds, prefix: REALM_PREFIX };
  await parts.realm.useRealmApi(server, { ...parts, ...realm });
  await parts.endpoints.use(server, {
    ...{ tokens, openUseCases, useCases },
    useErrors: (scope) => parts.realm.useProtocolErrors(scope, realm),
  });
  return server;
}

/** The use cases of each request, opened when it first asks for them: its deadline begins then. */
function oncePerRequest(open: ContextParts['useCases']): ContextParts['useCases'] {
  const opened = createAttached<UseCases>('use cases');
  return (request) => {
    const useCases = opened.get(request) ?? open(request);
    opened.set(request, useCases);
    return useCases;
  };
}

/** What a server may have. */
export interface BareServerOptions {
  readonly early?: Early | undefined;
  readonly requestTimeoutMilliseconds?: number;
  /** `null`: there is none. */
  readonly tracing?: Tracing | null;
}

/** Creates the HTTP server without routes: limits, body parsing, errors, CORS and the request log. */
export async function createBareServer(
  config: Pick<
    Config,
    'appId' | 'trustProxy' | 'corsOrigins' | 'host' | 'keepAliveSeconds' | 'publicUrl'
  >,
  log: Log,
  metrics: Metrics,
  {
    early,
    requestTimeoutMilliseconds = REQUEST_TIMEOUT_MILLISECONDS,
    tracing = null,
  }: BareServerOptions = {},
): Promise<FastifyInstance> {
  const keepAliveMilliseconds = config.keepAliveSeconds * MILLISECONDS_PER_SECOND;
  const notes = createRequestNotes(log, metrics);
  const listen = (handle: RequestListener) =>
    early === undefined
      ? handle
      : answerEarly(handle, {
          ...early,
          notes,
          addressOf: createClientAddress(config.trustProxy),
          onFound: metrics.countCached,
          isStopping: () => server.lifecycle.endsConnections,
          // What is not parsed has no span.
          keepAliveMilliseconds: tracing === null ? keepAliveMilliseconds : null,
        });
  const traced = (handle: RequestListener) =>
    tracing === null ? handle : traceRequests(handle, tracing);
  const server: FastifyInstance = fastify({
    serverFactory: (handle) =>
      createHttp(
        traced(listen(handle as RequestListener)),
        requestTimeoutMilliseconds,
        keepAliveMilliseconds,
      ),
    loggerInstance: log as FastifyBaseLogger,
    childLoggerFactory: openRequestLog,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    trustProxy: config.trustProxy === false ? false : trustIn(config.trustProxy),
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
  // First: what is refused from here on has its id, too.
  useRequestLog(server, notes);
  useSecurityHeaders(server);
  useHeaderLimits(server);
  const answersFor = hostsOf(config.host, config.publicUrl);
  useRequestChecks(server, { trustsProxy: config.trustProxy !== false, answersFor });
  if (tracing !== null) useRequestTraces(server);
  if (early !== undefined) useKeptAnswers(server, early);
  useLifecycle(server);
  useErrorHandler(server, { appId: config.appId, bodyLimit: BODY_LIMIT, log });
  useJsonBody(server);
  await useCors(server, config.corsOrigins, config.host);
  return server;
}

function refuseSchema(): never {
  throw new Error('Routes have no schemas');
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
  // Node's own answer would be without our headers. RFC 9110 section 10.1.1.
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(417, [...SECURITY_HEADERS, 'connection', 'close']).end();
  });
  return server;
}
