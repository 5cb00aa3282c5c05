/** Prometheus metrics. Labels are bounded: routes, methods, codes, command names. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Registry } from 'prom-client';
import { unauthenticated } from '../errors.ts';
import type { OperationListener } from '../store/port.ts';
import { parseBearer } from '../token/bearer.ts';
import { createHistogram, DURATIONS } from './histogram.ts';
import { createStoreMetrics } from './store-metrics.ts';
import { createUseCaseMetrics } from './use-case-metrics.ts';

/** What the gateway counts. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics of one gateway. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const errors = new Counter({
    name: 'graphql_errors_total',
    help: 'GraphQL errors answered, by code',
    labelNames: ['code'],
    registers: [registry],
  });
  const countOperation = createSummedCounter(registry, {
    name: 'store_operations_total',
    help: 'Operations sent to the store, by command',
    label: 'operation',
  });
  const countLookup = createSummedCounter(registry, {
    name: 'response_cache_requests_total',
    help: 'Requests looked up in the response cache, by what was found: the answer, the operation, or nothing',
    label: 'found',
  });
  return {
    registry,
    ...createUseCaseMetrics(registry),
    observeStoreOperation: createStoreMetrics(registry),
    countStoreOperation: ({ name }: Parameters<OperationListener>[0]) => countOperation(name),
    countCached: (found: 'answer' | 'operation' | 'nothing') => countLookup(found),
    countErrorCode: (code: string) => errors.inc({ code }),
    /** The series of requests with these labels; each is to be asked for once. */
    observeRequests: createHistogram(registry, {
      name: 'http_request_duration_seconds',
      help: 'Time to answer an HTTP request',
      bounds: DURATIONS,
    }),
  };
}

/** A counter of one label that every request adds to, some several times: it is summed up when it is asked for. */
function createSummedCounter(
  registry: Registry,
  { help, label, name }: { readonly name: string; readonly help: string; readonly label: string },
): (value: string) => void {
  const counts = new Map<string, number>();
  new Counter({
    ...{ name, help, labelNames: [label], registers: [registry] },
    collect() {
      for (const [value, count] of counts) this.inc({ [label]: value }, count);
      counts.clear();
    },
  });
  return (value) => {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  };
}

/** The metrics of one process, as they are sent to another. */
export type MetricValues = readonly object[];
/** Asks every process of the gateway, this one too. */
export type AskMetrics = () => Promise<readonly MetricValues[]>;

/** Who may ask, and whom is asked. */
export interface MetricsRoute {
  readonly askAll?: AskMetrics | undefined;
  /** The bearer token that a request must carry; absent: anybody may ask. */
  readonly token?: string | undefined;
}

/**
 * Adds `GET /metrics`: those of all processes together if `askAll` finds any, otherwise those of this one. Without the
 * token it fails with `UNAUTHENTICATED`.
 */
export function useMetrics(
  server: FastifyInstance,
  { registry }: Metrics,
  { askAll = async () => [], token }: MetricsRoute = {},
): void {
  server.get('/metrics', async ({ headers }, reply) => {
    void reply.header('cache-control', 'no-store');
    if (token !== undefined) assertToken(headers.authorization, token);
    void reply.type(registry.contentType);
    const all = await askAll();
    return (all.length === 0 ? registry : addUp(all)).metrics();
  });
}

/** RFC 6750. The time tells nothing of how much of the token was right. */
function assertToken(authorization: string | undefined, token: string): void {
  const presented = parseBearer(authorization);
  if (presented === null) throw unauthenticated('TOKEN_MISSING');
  if (!timingSafeEqual(digest(presented), digest(token))) throw unauthenticated('TOKEN_INVALID');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The metrics of several processes as those of one. */
export function addUp(processes: readonly MetricValues[]): Registry {
  // Of each metric the values are added, or their mean is taken: the metric says which.
  return AggregatorRegistry.aggregate([...processes]);
}
