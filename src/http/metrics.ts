/** Prometheus metrics. Labels are bounded: routes, methods, codes, command names. */
import type { FastifyInstance } from 'fastify';
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Histogram,
  Registry,
} from 'prom-client';
import type { OperationListener } from '../store/port.ts';

/** What the gateway counts. */
export type Metrics = ReturnType<typeof createMetrics>;

const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Creates the metrics of one gateway. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
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
  const cached = new Counter({
    name: 'response_cache_requests_total',
    help: 'Requests looked up in the response cache, by what was found: the answer, the operation, or nothing',
    labelNames: ['found'],
    registers: [registry],
  });
  return {
    registry,
    countStoreOperation: ({ name }: Parameters<OperationListener>[0]) =>
      operations.inc({ operation: name }),
    /** What was found in the response cache: the answer, the operation, or neither. */
    countCached: (found: 'answer' | 'operation' | 'nothing') => cached.inc({ found }),
    countErrorCode: (code: string) => errors.inc({ code }),
    observeRequest: (labels: { method: string; route: string; status: number }, seconds: number) =>
      requests.observe(labels, seconds),
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
