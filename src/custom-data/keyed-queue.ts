/**
 * Turns, one queue a key, so that writers of one document in one process do not race each other.
 *
 * A few lines instead of a mutex library, because waiting has to be bounded: a queue behind a store
 * that does not answer must not add up everyone's time-out. Whoever waits while nothing moves goes ahead
 * out of turn, so the queue saves retries but is nothing to rely on for exclusion.
 */
import type { Deadline } from '../deadline.ts';
import { serviceUnavailable } from '../errors.ts';

/**
 * Runs a task when those before it with the same key are done. Fails with `SERVICE_UNAVAILABLE` if its
 * deadline comes first; the task is not run then.
 */
export type KeyedQueue = <T>(key: string, deadline: Deadline, task: () => Promise<T>) => Promise<T>;

/** Calls `tick` every so many milliseconds until what it returns is called. */
export type Ticker = (milliseconds: number, tick: () => void) => () => void;

const everyInterval: Ticker = (milliseconds, tick) => {
  const timer = setInterval(tick, milliseconds);
  return () => clearInterval(timer);
};

interface Line {
  /** Settles when everyone in the line is done. */
  tail: Promise<void>;
  /** Tasks done so far. */
  done: number;
}

/**
 * Creates a queue in which nobody waits for longer than `patience` milliseconds while nothing moves. While
 * it does, everyone waits: if all went ahead at once just because there are many of them, most would lose.
 */
export function createKeyedQueue(patience: number, every = everyInterval): KeyedQueue {
  const lines = new Map<string, Line>();
  return async (key, deadline, task) => {
    const line = lines.get(key) ?? { tail: Promise.resolve(), done: 0 };
    const isFirst = !lines.has(key);
    lines.set(key, line);
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const previous = line.tail;
    const tail = previous.then(() => left);
    line.tail = tail;
    try {
      if (!isFirst)
        await waitFor(previous, line, deadline, (tick) =>
          every(Math.min(patience, deadline.remaining()), tick),
        );
      return await task();
    } finally {
      line.done += 1;
      leave();
      if (line.tail === tail) lines.delete(key);
    }
  };
}

function waitFor(
  previous: Promise<void>,
  line: Line,
  deadline: Deadline,
  start: (tick: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = line.done;
    const stop = start(() => {
      if (deadline.remaining() === 0) giveUp();
      else if (line.done === seen) goAhead();
      seen = line.done;
    });
    const goAhead = () => {
      stop();
      resolve();
    };
    const giveUp = () => {
      stop();
      reject(serviceUnavailable(new Error('Too many writes of one document wait for their turn')));
    };
    void previous.then(goAhead);
  });
}
