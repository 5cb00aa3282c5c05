/** Runs operations in bounded time, repeats the ones that lost a race, and waits for the last. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Deadline } from '../../deadline.ts';
import { isGatewayError, serviceUnavailable } from '../../errors.ts';
import { isDuplicateKey, isWriteConflict, toStoreError } from './driver-errors.ts';

/** How an operation is run. */
export interface RunOptions {
  /** Milliseconds after which the caller gets `SERVICE_UNAVAILABLE`; the store's limit by default. */
  readonly timeoutMs?: number;
  /** Whether a duplicate key may be the loss of a race between upserts, and worth another try. */
  readonly retryDuplicateKey?: boolean;
  /** Whether the operation may be applied once more after a lost race; true by default. */
  readonly isRepeatable?: boolean;
  /** Whether it writes what is the gateway's to write, and tells thereby whether the database does. */
  readonly isWrite?: boolean;
  /** What the driver's errors become; those of the port by default. */
  readonly translate?: (error: unknown) => unknown;
}

/** Runs operations of one store. */
export interface Runner {
  /**
   * Runs `operation`; its errors leave as those of the port. `end` is aborted once nobody waits for the
   * result any more.
   */
  run<T>(operation: (end: AbortSignal) => Promise<T>, options?: RunOptions): Promise<T>;
  /** Runs them until a deadline at most; none is begun after it. */
  within(deadline: Deadline): Runner;
  /** Takes no more operations and waits for those that run. */
  drain(): Promise<void>;
}

/** Tries after the first. Races between upserts end with the second as a rule. */
const RETRIES = 4;
/** Upper bound of the first pause, in milliseconds; it doubles with each. */
const FIRST_PAUSE_MS = 8;

/**
 * Creates a runner whose operations take at most `timeoutMs` milliseconds. `onWrite` is told of each write whether
 * it was answered.
 */
export function createRunner(
  timeoutMs: number,
  onWrite: (isAnswered: boolean) => void = () => undefined,
): Runner {
  const running = new Set<Promise<unknown>>();
  let isClosed = false;
  const runner: Runner = {
    async run(operation, options = {}) {
      if (isClosed) throw serviceUnavailable(new Error('The store is closed'));
      if (options.timeoutMs === 0) throw serviceUnavailable(new Error('The deadline is over'));
      const result = withinTime(operation, options, options.timeoutMs ?? timeoutMs);
      running.add(result);
      try {
        const value = await result;
        if (options.isWrite === true) onWrite(true);
        return value;
      } catch (error) {
        if (options.isWrite === true && isGatewayError(error, 'SERVICE_UNAVAILABLE'))
          onWrite(false);
        throw error;
      } finally {
        running.delete(result);
      }
    },
    within: (deadline) => ({
      ...runner,
      run(operation, options = {}) {
        const limit = Math.min(options.timeoutMs ?? timeoutMs, deadline.remaining());
        return runner.run(operation, { ...options, timeoutMs: limit });
      },
    }),
    async drain() {
      isClosed = true;
      await Promise.allSettled(running);
    },
  };
  return runner;
}

/**
 * The driver has no limit for an operation as a whole (its `timeoutMS` has no effect since 7.9),
 * only for parts, and repeats the operation once. An operation given up here may still be applied,
 * like one whose answer was lost.
 */
async function withinTime<T>(
  operation: (end: AbortSignal) => Promise<T>,
  options: RunOptions,
  timeoutMs: number,
): Promise<T> {
  const timer = new AbortController();
  const expiry = delay(timeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw serviceUnavailable(new Error(`No answer within ${timeoutMs} ms`));
  });
  try {
    return await Promise.race([repeat(operation, options, timer.signal), expiry]);
  } finally {
    timer.abort();
    // The timer that is no longer needed reports its own end as an error.
    expiry.catch(() => undefined);
  }
}

async function repeat<T>(
  operation: (end: AbortSignal) => Promise<T>,
  options: RunOptions,
  end: AbortSignal,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MS, left = RETRIES; ; pause *= 2, left -= 1) {
    try {
      return await operation(end);
    } catch (error) {
      if (!isLostRace(error, options) || left === 0 || end.aborted) {
        throw (options.translate ?? toStoreError)(error);
      }
    }
    await delay(Math.random() * pause);
  }
}

function isLostRace(error: unknown, { retryDuplicateKey, isRepeatable }: RunOptions): boolean {
  if (isRepeatable === false) return false;
  return isWriteConflict(error) || (retryDuplicateKey === true && isDuplicateKey(error));
}
