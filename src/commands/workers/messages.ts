/** What the primary and its workers tell each other. */
import type { MetricValues } from '../../http/metrics.ts';

/** What keeps a worker from starting. */
export interface StartFailure {
  /** As the operator is told it. */
  readonly reason: string;
  /** Of a schema file, each problem. */
  readonly problems?: readonly object[] | undefined;
}

/** From a worker. */
export type FromWorker =
  | { readonly type: 'listening'; readonly url: string }
  | ({ readonly type: 'failed' } & StartFailure)
  /** Wants to be told `settled`. */
  | { readonly type: 'settle' }
  /** Takes no more connections. */
  | { readonly type: 'closed' }
  /** Wants to be told `all-metrics`. */
  | { readonly type: 'ask-metrics'; readonly question: number }
  | {
      readonly type: 'own-metrics';
      readonly question: number;
      readonly values: MetricValues;
    };

/** From the primary. */
export type FromPrimary =
  /** Leave new connections to the others, and stop. */
  | { readonly type: 'leave' }
  /** The connections that the primary had taken are handed over. */
  | { readonly type: 'settled' }
  | { readonly type: 'give-metrics'; readonly question: number }
  | {
      readonly type: 'all-metrics';
      readonly question: number;
      readonly values: readonly MetricValues[];
    };
