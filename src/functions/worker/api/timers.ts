/** Timers that end with the call that started them. */

/** The timers of one call. */
export type Timers = ReturnType<typeof createTimers>;

type Timer = NodeJS.Timeout | NodeJS.Immediate;
type Callback = (...args: unknown[]) => unknown;

/** Creates the timer functions of one call. */
export function createTimers() {
  /** Those that fire once, with when they do. */
  const once = new Map<Timer, number>();
  const intervals = new Set<NodeJS.Timeout>();
  let waiting: (() => void)[] = [];
  let hasEnded = false;

  function forget(timer: unknown): void {
    if (!once.delete(timer as Timer)) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  function fire(timer: Timer, callback: Callback, args: readonly unknown[]): void {
    try {
      callback(...args);
    } finally {
      forget(timer);
    }
  }

  /** What runs on after its call may start timers still, but they never fire. */
  function remember<T extends Timer>(timer: T, delay: number): T {
    if (hasEnded) stop(timer);
    else once.set(timer, performance.now() + delay);
    return timer;
  }

  const stopping = (stopTimer: (timer: never) => void) => (timer: unknown) => {
    stopTimer(timer as never);
    forget(timer);
  };

  return {
    functions: {
      setTimeout: (callback: Callback, delay?: number, ...args: unknown[]) => {
        const timer = setTimeout(() => fire(timer, callback, args), delay);
        return remember(timer, isDelay(delay) ? delay : 1);
      },
      setInterval: (callback: Callback, delay?: number, ...args: unknown[]) => {
        const timer = setInterval(callback, delay, ...args);
        if (hasEnded) stop(timer);
        else intervals.add(timer);
        return timer;
      },
      setImmediate: (callback: Callback, ...args: unknown[]) => {
        const timer = setImmediate(() => fire(timer, callback, args));
        return remember(timer, 0);
      },
      clearTimeout: stopping(clearTimeout),
      clearInterval: stopping(clearInterval),
      clearImmediate: stopping(clearImmediate),
    },
    /** Whether one that fires once is due by `end`, on the clock of `performance.now()`, and `end` is to come. */
    isDue: (end: number) => performance.now() < end && [...once].some(isWaitedFor(end)),
    /** Resolves when such a timer has fired or was stopped, and at `end`. */
    changed: (end: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - performance.now());
        waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
    /** Stops all of them. */
    clear() {
      hasEnded = true;
      for (const timer of [...once.keys(), ...intervals]) stop(timer);
      once.clear();
      intervals.clear();
    },
  };
}

/** The longest delay of Node's; one that is longer, or none, is one millisecond there. */
const MAX_DELAY = 2 ** 31 - 1;

function isDelay(delay: unknown): delay is number {
  return typeof delay === 'number' && delay >= 1 && delay <= MAX_DELAY;
}

/** One that `unref` was called on is not to keep anything waiting. */
const isWaitedFor =
  (end: number) =>
  ([timer, due]: readonly [Timer, number]) =>
    due <= end && timer.hasRef();

function isImmediate(timer: Timer): timer is NodeJS.Immediate {
  return !('refresh' in timer);
}

function stop(timer: Timer): void {
  if (isImmediate(timer)) clearImmediate(timer);
  else clearTimeout(timer);
}
