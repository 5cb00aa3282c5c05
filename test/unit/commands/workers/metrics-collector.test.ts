import { describe, expect, test } from '@jest/globals';
import { createMetricsCollector } from '../../../../src/commands/workers/metrics-collector.ts';
import { addUp, createMetrics } from '../../../../src/http/metrics.ts';

/** A worker with metrics of its own. */
interface Worker {
  readonly isSilent?: boolean;
  readonly metrics: ReturnType<typeof createMetrics>;
}

describe('a collector of metrics', () => {
  const createWorker = (parts: Omit<Worker, 'metrics'> = {}): Worker => ({
    ...parts,
    metrics: createMetrics(),
  });

  function create(patience?: number) {
    const collector = createMetricsCollector<Worker>(
      (worker, question) => {
        if (worker.isSilent === true) return;
        void worker.metrics.registry
          .getMetricsAsJSON()
          // As it comes from another process.
          .then((values) => collector.take(worker, question, JSON.parse(JSON.stringify(values))));
      },
      (processes) => addUp(processes).getMetricsAsJSON(),
      patience,
    );
    const textOf = async (workers: readonly Worker[]) =>
      addUp(await collector.collect(workers)).metrics();
    return { collector, textOf };
  }

  test('has the sum of what the workers count', async () => {
    const [a, b] = [createWorker(), createWorker()];
    a.metrics.countErrorCode('BAD_REQUEST');
    a.metrics.observeRequests({ method: 'POST', route: '/graphql', status: 200 })(0.002);
    b.metrics.countErrorCode('BAD_REQUEST');
    b.metrics.observeRequests({ method: 'POST', route: '/graphql', status: 200 })(0.3);
    const text = await create().textOf([a, b]);
    expect(text).toContain('graphql_errors_total{code="BAD_REQUEST"} 2\n');
    const labels = 'method="POST",route="/graphql",status="200"';
    expect(text).toContain(`http_request_duration_seconds_bucket{le="0.0025",${labels}} 1\n`);
    expect(text).toContain(`http_request_duration_seconds_bucket{le="+Inf",${labels}} 2\n`);
    expect(text).toContain(`http_request_duration_seconds_count{${labels}} 2\n`);
  });

  test('keeps what a worker had counted that is gone, but not what it was', async () => {
    const [a, b] = [createWorker(), createWorker()];
    const { collector, textOf } = create();
    for (const worker of [a, b]) worker.metrics.countErrorCode('BAD_REQUEST');
    await textOf([a, b]);
    collector.leave(a);
    const values = await collector.collect([b]);
    expect(await textOf([b])).toContain('graphql_errors_total{code="BAD_REQUEST"} 2\n');
    const gone = values.at(-1) as readonly { readonly type: string }[];
    expect(gone.map(({ type }) => type)).not.toContain('gauge');
    collector.leave(b);
    expect(await textOf([])).toContain('graphql_errors_total{code="BAD_REQUEST"} 2\n');
  });

  test('does without a worker that does not answer in time', async () => {
    const [a, silent] = [createWorker(), createWorker({ isSilent: true })];
    a.metrics.countErrorCode('BAD_REQUEST');
    silent.metrics.countErrorCode('BAD_REQUEST');
    expect(await create(20).textOf([a, silent])).toContain(
      'graphql_errors_total{code="BAD_REQUEST"} 1\n',
    );
  });

  test('does not wait for a worker that goes away', async () => {
    const [a, leaving] = [createWorker(), createWorker({ isSilent: true })];
    const { collector, textOf } = create(60_000);
    const text = textOf([a, leaving]);
    collector.leave(leaving);
    expect(await text).toContain('graphql_errors_total');
  });
});
