/** Prometheus metrics. Labels are bounded: routes, methods, codes, command names. */
import type { FastifyInstance } from 'fastify';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { OperationListener } from '../store/port.ts';
import { createHistogram, DURATIONS } from './histogram.ts';
import { createStoreMetrics } from './store-metrics.ts';
import { createUseCaseMetrics } from './use-case-metrics.ts';

/** What the gateway counts. */
export type Metrics = ReturnType<typeof createMetrics>;

/** What is found in the response cache: the answer, the operation, or neither. */
const FOUND = ['answer', 'operation', 'nothing'] as const;
const NO_LOOKUPS = { answer: 0, operation: 0, nothing: 0 };

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
  const operations = new Counter({
    name: 'store_operations_total',
    help: 'Operations sent to the store, by command',
    labelNames: ['operation'],
    registers: [registry],
  });
  // Summed up when asked for: it is done for every request.
  const lookups = { ...NO_LOOKUPS };
  new Counter({
    name: 'response_cache_requests_total',
    help: 'Requests looked up in the response cache, by what was found: the answer, the operation, or nothing',
    labelNames: ['found'],
    registers: [registry],
    collect() {
      for (const found of FOUND) if (lookups[found] > 0) this.inc({ found }, lookups[found]);
      Object.assign(lookups, NO_LOOKUPS);
    },
  });
  return {
    registry,
    ...createUseCaseMetrics(registry),
    observeStoreOperation: createStoreMetrics(registry),
    countStoreOperation: ({ name }: Parameters<OperationListener>[0]) =>
      operations.inc({ operation: name }),
    countCached: (found: (typeof FOUND)[number]) => {
      lookups[found] += 1;
    },
    countErrorCode: (code: string) => errors.inc({ code }),
    /** The series of requests with these labels; each is to be asked for once. */
    observeRequests: createHistogram(registry, {
      name: 'http_request_duration_seconds',
      help: 'Time to answer an HTTP request',
      bounds: DURATIONS,
    }),
  };
}

/** The metrics of one process, as they are sent to another. */
export type MetricValues = readonly object[];
/** Asks every process of the gateway, this one too. */
export type AskMetrics = () => Promise<readonly MetricValues[]>;

/** Adds `GET /metrics`: those of all processes together if `askAll` finds any, otherwise those of this one. */
export function useMetrics(
  server: FastifyInstance,
  { registry }: Metrics,
  askAll: AskMetrics = async () => [],
): void {
  server.get('/metrics', async (_request, reply) => {
    void reply.type(registry.contentType);
    const all = await askAll();
    return (all.length === 0 ? registry : addUp(all)).metrics();
  });
}

/** The metrics of several processes as those of one. */
export function addUp(processes: readonly MetricValues[]): Registry {
  // Of each metric the values are added, or their mean is taken: the metric says which.
  return AggregatorRegistry.aggregate([...processes]);
}
