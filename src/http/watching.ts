/** What watches parts of the gateway: metrics and, if an SDK is loaded, traces. */
import type { ObserveCall } from '../session/operator-functions.ts';
import { observeBoth, observeStore, traceOperations } from '../store/observed-store.ts';
import type { Store } from '../store/port.ts';
import type { Tracing } from '../tracing.ts';
import type { Metrics } from './metrics.ts';

/** The same store, each operation of which is measured and, if anything is, traced. */
export function watchStore(
  store: Store,
  { observeStoreOperation: measure }: Metrics,
  tracing: Tracing | null,
): Store {
  if (tracing === null) return observeStore(store, measure);
  return observeStore(store, observeBoth(measure, traceOperations(tracing, store.kind)));
}

/** The same for calls of functions. */
export function watchCalls(
  { observeCall: measure }: Metrics,
  tracing: Tracing | null,
): ObserveCall {
  if (tracing === null) return measure;
  return (name, run) =>
    measure(name, () => tracing.inSpan(`function ${name}`, { 'code.function.name': name }, run));
}
