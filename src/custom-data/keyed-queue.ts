/**
 * Turns, one queue a key, so that writers of one document in one process do not race each other.
 *
 * A few lines instead of a mutex library, because waiting has to be bounded: a queue behind a store
 * that does not answer must not add up everyone's time-out. Whoever takes too long loses the turn, so the
 * queue saves retries but is nothing to rely on for exclusion.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Deadline } from '../deadline.ts';
import { serviceUnavailable } from '../errors.ts';

/**
 * Runs a task when those before it with the same key are done. Fails with `SERVICE_UNAVAILABLE` if its
 * deadline comes first; the task is not run then.
 */
export type KeyedQueue = <T>(key: string, deadline: Deadline, task: () => Promise<T>) => Promise<T>;

/** Creates a queue in which a task holds up the next one for at most `patience` milliseconds. */
export function createKeyedQueue(patience: number): KeyedQueue {
  /** What settles when everyone with the key is done. */
  const tails = new Map<string, Promise<void>>();
  return async (key, deadline, task) => {
    const previous = tails.get(key);
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const tail = previous === undefined ? left : previous.then(() => left);
    tails.set(key, tail);
    let timer: NodeJS.Timeout | undefined;
    try {
      if (previous !== undefined) await waitFor(previous, deadline);
      timer = setTimeout(leave, patience);
      return await task();
    } finally {
      clearTimeout(timer);
      leave();
      void tail.then(() => tails.get(key) === tail && tails.delete(key));
    }
  };
}

async function waitFor(previous: Promise<void>, deadline: Deadline): Promise<void> {
  const turn = new AbortController();
  void previous.then(() => turn.abort());
  while (!turn.signal.aborted) {
    const remaining = deadline.remaining();
    if (remaining === 0) {
      throw serviceUnavailable(new Error('Too many writes of one document wait for their turn'));
    }
    // Rejects when the turn comes; a deadline that was suspended meanwhile is asked again.
    await delay(remaining, undefined, { signal: turn.signal }).catch(() => undefined);
  }
}
