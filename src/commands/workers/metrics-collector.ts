/** The metrics of all workers, those of workers that are gone included: what is counted never falls. */
import type { MetricValues } from '../../http/metrics.ts';

/** Of a worker that has not answered after so long, what it answered before is taken. */
const PATIENCE_MILLISECONDS = 1000;
const KEPT_TYPES: readonly unknown[] = ['counter', 'histogram'];

/** Sums the values of several processes up. */
type AddUp = (processes: readonly MetricValues[]) => Promise<MetricValues>;

/** Creates what collects; `ask` asks a worker, which answers by `take`. */
export function createMetricsCollector<Worker>(
  ask: (worker: Worker, question: number) => void,
  addUp: AddUp = addUpMetrics,
  patience = PATIENCE_MILLISECONDS,
) {
  /** What each worker that is there answered last. */
  const last = new Map<Worker, MetricValues>();
  /** What the workers counted that are gone, as far as anybody has seen it. */
  let gone: MetricValues | undefined;
  let adding: Promise<void> = Promise.resolve();
  const open = new Map<number, { readonly missing: Set<Worker>; readonly finish: () => void }>();
  let questions = 0;

  async function add(values: MetricValues): Promise<void> {
    const kept = values.filter((metric) =>
      KEPT_TYPES.includes((metric as { type?: unknown }).type),
    );
    gone = await addUp(gone === undefined ? [kept] : [gone, kept]);
  }

  /** Nothing more is expected of the worker in this question. */
  function settle(question: number, worker: Worker): void {
    const { missing, finish } = open.get(question) ?? {};
    if (missing?.delete(worker) === true && missing.size === 0) finish?.();
  }

  return {
    /** Asks the workers; resolves with what they have answered in time or before, and that of those that are gone. */
    async collect(workers: readonly Worker[]): Promise<readonly MetricValues[]> {
      questions += 1;
      const question = questions;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        const finish = () => {
          clearTimeout(timer);
          resolve();
        };
        open.set(question, { missing: new Set(workers), finish });
        for (const worker of workers) ask(worker, question);
      });
      open.delete(question);
      await adding;
      const values = workers.flatMap((worker) => {
        const answer = last.get(worker);
        return answer === undefined ? [] : [answer];
      });
      return gone === undefined ? values : [...values, gone];
    },

    /** The answer of a worker. */
    take(worker: Worker, question: number, values: MetricValues): void {
      last.set(worker, values);
      settle(question, worker);
    },

    /** The worker is gone. */
    leave(worker: Worker): void {
      for (const question of open.keys()) settle(question, worker);
      const values = last.get(worker);
      last.delete(worker);
      if (values !== undefined) adding = adding.then(() => add(values));
    },
  };
}

async function addUpMetrics(processes: readonly MetricValues[]): Promise<MetricValues> {
  const { addUp } = await import('../../http/metrics.ts');
  return addUp(processes).getMetricsAsJSON();
}
