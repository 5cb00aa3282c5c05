/**
 * Turns, one queue a key, so that writers of one document in one process do not race each other.
 *
 * Fourteen lines instead of a mutex library, because waiting has to be bounded: a queue behind a
 * store that does not answer must not add up everyone's time-out. Whoever has waited long enough
 * goes ahead out of turn, so the queue saves retries but is nothing to rely on for exclusion.
 */

/** Runs a task when those before it with the same key are done. */
export type KeyedQueue = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/** Creates a queue in which nobody waits for longer than `patience` milliseconds. */
export function createKeyedQueue(patience: number): KeyedQueue {
  const tails = new Map<string, Promise<void>>();
  return async (key, task) => {
    const previous = tails.get(key);
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const tail = previous === undefined ? left : previous.then(() => left);
    tails.set(key, tail);
    try {
      if (previous !== undefined) await waitFor(previous, patience);
      return await task();
    } finally {
      leave();
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}

function waitFor(previous: Promise<void>, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patience);
    void previous.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
