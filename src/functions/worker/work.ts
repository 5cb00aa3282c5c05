/** What a call has started and what is not done yet: requests, calls of functions, short timers. */
import type { Timers } from './api/timers.ts';

/** The work of one call. */
export type Work = ReturnType<typeof createWork>;

/** Creates the work of a call. */
export function createWork() {
  const underWay = new Map<string, number>();
  let waiting: (() => void)[] = [];

  /** Says that something is under way until the result is called. `what` names it in the log. */
  function begin(what: string): () => void {
    underWay.set(what, (underWay.get(what) ?? 0) + 1);
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      const left = (underWay.get(what) ?? 1) - 1;
      if (left > 0) underWay.set(what, left);
      else underWay.delete(what);
      if (underWay.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    };
  }

  return {
    begin,
    /** Headers that each HTTP request gets, unless it has them. */
    headers: new Map<string, string>(),
    /** The same of a promise. */
    track<T>(what: string, promise: Promise<T>) {
      const done = begin(what);
      // A new promise, so that a rejection that nobody handles stays one that nobody handles.
      return promise.finally(done);
    },
    /** What is under way, with how often, as it is to be logged. */
    describe: () =>
      [...underWay].map(([what, count]) => (count === 1 ? what : `${what} (${count})`)),
    /** Resolves once nothing is; at once if that is so. */
    settled: () =>
      new Promise<void>((resolve) => {
        if (underWay.size === 0) resolve();
        else waiting.push(resolve);
      }),
  };
}

/**
 * How long timers are waited for once nothing else is under way, in milliseconds. Long enough for a pause between two
 * attempts; what is set for later is most often a time limit, which nobody is to wait for.
 */
const TIMER_MILLISECONDS = 1000;

/**
 * Waits until nothing is under way, and nothing that was under way has begun anything else. Intervals, and timers
 * that are due later than in a second, are not waited for.
 *
 * @param onLeft - told once of what is under way, unless that is nothing.
 */
export async function drain(
  { timers, work }: { readonly timers: Timers; readonly work: Work },
  onLeft: (underWay: readonly string[]) => void,
): Promise<void> {
  let isTold = false;
  let end = performance.now() + TIMER_MILLISECONDS;
  const look = () => {
    const underWay = work.describe();
    const left = underWay.length === 0 && timers.isDue(end) ? ['a timer'] : underWay;
    if (left.length > 0 && !isTold) {
      isTold = true;
      onLeft(left);
    }
    return left.length > 0;
  };
  look();
  // The function sees what was waited for in the turn in between, and may begin something.
  for (await turn(); look(); await turn()) {
    if (work.describe().length === 0) await timers.changed(end);
    else {
      await work.settled();
      end = performance.now() + TIMER_MILLISECONDS;
    }
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
