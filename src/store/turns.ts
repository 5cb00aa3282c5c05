/**
 * Turns for work that takes long: one piece of it in each turn of the event loop, whoever's it is, so
 * that everything else the process does comes in between.
 */

/** How long one piece of work may last, in milliseconds. */
const PIECE_MILLISECONDS = 4;
/** How long the first one may: many may begin at once, and most are done by then. */
const FIRST_PIECE_MILLISECONDS = 1;

/** One operation's work. */
export interface Work {
  /** Whether the piece has lasted long enough. */
  readonly isOver: () => boolean;
  /** Waits for the turn of the next piece. Fails with the reason of the signal once it is aborted. */
  rest(): Promise<void>;
}

/** Hands out turns. */
export interface Turns {
  /** Begins some work at once. Fails as `rest` does. */
  begin(signal: AbortSignal): Work;
}

/** Creates the turns of a store. `now` is a clock in milliseconds. */
export function createTurns(now: () => number = () => performance.now()): Turns {
  const waiting: (() => void)[] = [];

  function admit(): void {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(admit);
  }

  const turn = () =>
    new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(admit);
    });

  return {
    begin(signal) {
      signal.throwIfAborted();
      let end = now() + FIRST_PIECE_MILLISECONDS;
      return {
        isOver: () => now() >= end,
        async rest() {
          await turn();
          signal.throwIfAborted();
          end = now() + PIECE_MILLISECONDS;
        },
      };
    },
  };
}

/** Does something with every item, in pieces. What is awaited between two items may change anything. */
export async function eachInTurns<T>(
  work: Work,
  items: Iterable<T>,
  visit: (item: T) => void,
): Promise<void> {
  for (const item of items) {
    visit(item);
    if (work.isOver()) await work.rest();
  }
}

/** How many items are sorted at once: well under a millisecond's work. */
const RUN_LENGTH = 128;

/** Sorts in pieces; equal items keep their order. */
export async function sortInTurns<T>(
  work: Work,
  items: readonly T[],
  compare: (left: T, right: T) => number,
): Promise<readonly T[]> {
  if (items.length <= RUN_LENGTH) return [...items].sort(compare);
  const middle = items.length >> 1;
  const left = await sortInTurns(work, items.slice(0, middle), compare);
  const right = await sortInTurns(work, items.slice(middle), compare);
  const sorted: T[] = [];
  await eachInTurns(work, merge(left, right, compare), (item) => sorted.push(item));
  return sorted;
}

function* merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (left: T, right: T) => number,
): Generator<T, void, undefined> {
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [first, second] = [left[i] as T, right[j] as T];
    const isFirst = compare(first, second) <= 0;
    yield isFirst ? first : second;
    if (isFirst) i += 1;
    else j += 1;
  }
  yield* left.slice(i);
  yield* right.slice(j);
}
