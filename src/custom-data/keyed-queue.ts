/**
 * Turns, one line a key, so that writers of one document in one process do not race each other.
 *
 * Whoever knows what the document becomes hands over before that is durable: the next one begins from there, and
 * the store makes all of them durable at once. Nothing relies on it. What was expected is compared by the store,
 * and who finds something else comes again.
 *
 * A few lines instead of a mutex library, because waiting has to be bounded: a queue behind a store
 * that does not answer must not add up everyone's time-out. Whoever takes too long loses the turn, so the
 * queue saves retries but is nothing to rely on for exclusion.
 */
import type { Deadline } from '../deadline.ts';
import { serviceUnavailable } from '../errors.ts';

/** The turn of a task. */
export interface Turn<State> {
  /** What the task before is about to leave, or has left; `undefined`: that is not known. */
  readonly expected: State | undefined;
  /** Lets the next task begin, which is to expect `state`. */
  handOver(state: State): void;
}

/**
 * Runs a task when those before it with the same key are done, or have handed over. A task comes to `null` if it
 * did not find what it expected: then nobody expects any more what came of that. Fails with
 * `SERVICE_UNAVAILABLE` if its deadline comes first; the task is not run then.
 */
export type KeyedQueue<State> = <T>(
  key: string,
  deadline: Deadline,
  task: (turn: Turn<State>) => Promise<T | null>,
) => Promise<T | null>;

/** Those who wait with one key, and what the next of them is to expect. */
interface Line<State> {
  /** Settles when everyone is done or has handed over. */
  tail: Promise<void> | undefined;
  expected: State | undefined;
  /** Tasks that wait or run. */
  tasks: number;
  /** Counts the disappointments: what was handed over before one is not to be expected after it. */
  epoch: number;
}

/** Creates a queue in which a task holds up the next one for at most `patience` milliseconds. */
export function createKeyedQueue<State>(patience: number): KeyedQueue<State> {
  const lines = new Map<string, Line<State>>();
  return async (key, deadline, task) => {
    const line = lines.get(key) ?? { tail: undefined, expected: undefined, tasks: 0, epoch: 0 };
    lines.set(key, line);
    line.tasks += 1;
    const previous = line.tail;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    line.tail = previous === undefined ? left : previous.then(() => left);
    let timer: NodeJS.Timeout | undefined;
    try {
      if (previous !== undefined) await waitFor(previous, deadline);
      timer = setTimeout(leave, patience);
      return await take(line, task, leave);
    } finally {
      clearTimeout(timer);
      leave();
      line.tasks -= 1;
      if (line.tasks === 0) lines.delete(key);
    }
  };
}

async function take<State, T>(
  line: Line<State>,
  task: (turn: Turn<State>) => Promise<T | null>,
  leave: () => void,
): Promise<T | null> {
  const { epoch, expected } = line;
  // Whatever this task makes of it, the next one is told anew.
  line.expected = undefined;
  const handOver = (state: State) => {
    if (line.epoch === epoch) line.expected = state;
    leave();
  };
  let done: T | null = null;
  try {
    done = await task({ expected, handOver });
    return done;
  } finally {
    if (done === null && line.epoch === epoch) {
      line.epoch += 1;
      line.expected = undefined;
    }
  }
}

function waitFor(previous: Promise<void>, deadline: Deadline): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    // A deadline that was suspended meanwhile is asked again.
    const look = () => {
      const remaining = deadline.remaining();
      if (remaining > 0) timer = setTimeout(look, remaining);
      else
        reject(
          serviceUnavailable(new Error('Too many writes of one document wait for their turn')),
        );
    };
    look();
    void previous.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
