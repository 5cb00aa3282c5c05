/** Timers that end with the call that started them. */

/** The timers of one call. */
export interface Timers {
  readonly functions: Readonly<Record<string, unknown>>;
  /** Stops all of them. */
  clear(): void;
}

/** Creates the timer functions of one call. */
export function createTimers(): Timers {
  const timeouts = new Set<NodeJS.Timeout>();
  const waiting = new Set<NodeJS.Immediate>();
  let hasEnded = false;
  type Callback = (...args: unknown[]) => unknown;

  function remember<T extends NodeJS.Timeout | NodeJS.Immediate>(timers: Set<T>, timer: T): T {
    // What runs on after its call may start timers still, but they never fire.
    if (hasEnded) clear(timer);
    else timers.add(timer);
    return timer;
  }

  return {
    functions: {
      setTimeout: (callback: Callback, delay?: number, ...args: unknown[]) => {
        const timer = setTimeout(() => {
          timeouts.delete(timer);
          callback(...args);
        }, delay);
        return remember(timeouts, timer);
      },
      setInterval: (callback: Callback, delay?: number, ...args: unknown[]) =>
        remember(timeouts, setInterval(callback, delay, ...args)),
      setImmediate: (callback: Callback, ...args: unknown[]) =>
        remember(waiting, setImmediate(callback, ...args)),
      clearTimeout,
      clearInterval,
      clearImmediate,
    },
    clear() {
      hasEnded = true;
      for (const timer of timeouts) clear(timer);
      for (const immediate of waiting) clear(immediate);
    },
  };
}

function clear(timer: NodeJS.Timeout | NodeJS.Immediate): void {
  if ('hasRef' in timer && 'refresh' in timer) clearTimeout(timer);
  else clearImmediate(timer as NodeJS.Immediate);
}
