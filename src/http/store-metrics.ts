/** How long operations of the store take, and which fail. */
import { Counter, type Registry } from 'prom-client';
import { codeOf } from '../errors.ts';
import type { ObserveOperation } from '../store/observed-store.ts';
import { DuplicateKeyError } from '../store/port.ts';
import { byLabel, createHistogram } from './histogram.ts';

/** In seconds: the embedded store answers in microseconds, and no request waits longer than the last. */
const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 4];
const MILLISECONDS_PER_SECOND = 1000;

/** Creates what measures them. */
export function createStoreMetrics(registry: Registry): ObserveOperation {
  const errors = new Counter({
    name: 'store_errors_total',
    help: 'Operations of the store that failed, by operation and code; a unique value that is taken is no failure',
    labelNames: ['operation', 'code'],
    registers: [registry],
  });
  const durations = byLabel(
    'operation',
    createHistogram(registry, {
      name: 'store_operation_duration_seconds',
      help: 'Time that operations of the store take, by operation, waits and repeats included',
      bounds: BOUNDS,
    }),
  );
  return async ({ operation }, run) => {
    const started = performance.now();
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) errors.inc({ operation, code: codeOf(error) });
      throw error;
    } finally {
      durations(operation)((performance.now() - started) / MILLISECONDS_PER_SECOND);
    }
  };
}
