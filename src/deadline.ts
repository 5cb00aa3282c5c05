/**
 * How long a request may take the store's time: one deadline for everything that it waits for there, so
 * that the client hears in time whatever is slow.
 */

/** How long a request may wait for the store, in milliseconds: a client should hear within five seconds. */
export const REQUEST_MILLISECONDS = 4000;

/** The deadline of one request. */
export type Deadline = ReturnType<typeof createDeadline>;

/** Creates a deadline `milliseconds` from now; `clock` is in milliseconds, monotonic by default. */
export function createDeadline(
  clock: () => number = () => performance.now(),
  milliseconds: number = REQUEST_MILLISECONDS,
) {
  let end = clock() + milliseconds;
  let running = 0;
  let stoppedAt = 0;
  return {
    /** Milliseconds that are left; 0: it is over, and nothing more is begun. */
    remaining: () => Math.max(0, end - (running > 0 ? stoppedAt : clock())),
    /** Runs what has a limit of its own, such as a function or a mail: its time is not counted. */
    async suspend<Result>(run: () => Promise<Result>): Promise<Result> {
      if (running === 0) stoppedAt = clock();
      running += 1;
      try {
        return await run();
      } finally {
        running -= 1;
        if (running === 0) end += clock() - stoppedAt;
      }
    },
  };
}

/** Methods of something that has limits of its own. */
type Methods<Name extends string> = Readonly<Record<Name, (...args: never[]) => Promise<unknown>>>;

/** The same methods, whose time does not count. */
export function suspending<Name extends string, Parts extends Methods<Name>>(
  deadline: Deadline,
  methods: Parts & Methods<Name>,
): Parts {
  const wrapped = Object.entries<(...args: never[]) => Promise<unknown>>(methods).map(
    ([name, method]) => [name, (...args: never[]) => deadline.suspend(() => method(...args))],
  );
  return Object.fromEntries(wrapped) as Parts;
}
