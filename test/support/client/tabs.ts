/** A browser in small: tabs with one clock, one `localStorage` and its events, and Web Locks, all of which obey the test. */
import type { Platform, PlatformEvent, SessionStorage } from '../../../client/src/platform.ts';

/** A clock that stands until it is set forward. */
export interface Clock {
  readonly now: () => number;
  /** Lets time pass, and runs what was due meanwhile, in order; between, everything that waits goes on. */
  readonly pass: (ms: number) => Promise<void>;
  readonly setTimeout: (run: () => void, ms: number) => number;
  readonly clearTimeout: (timer: unknown) => void;
  /** How many timers run. */
  readonly pending: () => number;
}

/** Creates a clock that begins at `start`, epoch milliseconds. */
export function createClock(start = Date.parse('2026-01-31T09:00:00.000Z')): Clock {
  let time = start;
  let count = 0;
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  const due = (until: number) =>
    [...timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
  return {
    now: () => time,
    async pass(ms) {
      const until = time + ms;
      await settle();
      for (let next = due(until); next !== undefined; next = due(until)) {
        timers.delete(next[0]);
        time = Math.max(time, next[1].at);
        next[1].run();
        await settle();
      }
      time = until;
    },
    setTimeout(run, ms) {
      count += 1;
      timers.set(count, { at: time + ms, run });
      return count;
    },
    clearTimeout: (timer) => timers.delete(timer as number),
    pending: () => timers.size,
  };
}

/** Until everything that waits for nothing but promises has gone on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Locks of one browser, by the rules of Web Locks as far as they are used. */
export function createLocks() {
  const queues = new Map<string, (() => void)[]>();
  let held = 0;
  const release = (name: string) => {
    const next = queues.get(name)?.shift();
    if (next === undefined) queues.delete(name);
    else next();
  };
  return {
    held: () => held,
    async request<T>(
      name: string,
      { signal }: { readonly signal: unknown },
      run: () => Promise<T>,
    ): Promise<T> {
      const { aborted } = signal as AbortSignal;
      if (aborted) throw new DOMException('Aborted', 'AbortError');
      const queue = queues.get(name);
      if (queue === undefined) queues.set(name, []);
      else {
        await new Promise<void>((resolve, reject) => {
          queue.push(resolve);
          (signal as AbortSignal).addEventListener('abort', () => {
            const place = queue.indexOf(resolve);
            if (place < 0) return;
            queue.splice(place, 1);
            reject(new DOMException('Aborted', 'AbortError'));
          });
        });
      }
      held += 1;
      try {
        return await run();
      } finally {
        held -= 1;
        release(name);
      }
    },
  };
}

/** A tab: what the client sees of it, and what the browser does to it. */
export interface Tab {
  readonly platform: Platform;
  readonly localStorage: SessionStorage & { readonly clear: () => void };
  /** What listeners threw. */
  readonly reported: unknown[];
  /** Hears of nothing until it is woken: a page in the back/forward cache. */
  sleep(): void;
  wake(): void;
  fire(event: PlatformEvent): void;
  /** How many listeners the client has here. */
  readonly listening: () => number;
}

/** What a browser is made with. */
export interface BrowserOptions {
  readonly clock?: Clock;
  readonly fetch: Platform['fetch'];
  readonly hasLocks?: boolean;
}

/** A browser whose tabs share what tabs share. */
export interface FakeBrowser {
  readonly clock: Clock;
  readonly entries: Map<string, string>;
  readonly locks: ReturnType<typeof createLocks>;
  readonly openTab: () => Tab;
}

/** Creates one. */
export function createFakeBrowser(options: BrowserOptions): FakeBrowser {
  const { clock = createClock(), hasLocks = true } = options;
  const entries = new Map<string, string>();
  const locks = createLocks();
  const tabs: Tab[] = [];

  function openTab(): Tab {
    const listeners = new Map<string, Set<(event: PlatformEvent) => void>>();
    const reported: unknown[] = [];
    let isAsleep = false;
    /** Of a change the others hear, later. */
    const tellOthers = (key: string | null) => {
      const others = tabs.filter((other) => other !== tab);
      setImmediate(() => {
        for (const other of others) other.fire({ type: 'storage', key });
      });
    };
    const localStorage = {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem(key: string, value: string) {
        entries.set(key, value);
        tellOthers(key);
      },
      removeItem(key: string) {
        if (entries.delete(key)) tellOthers(key);
      },
      clear() {
        entries.clear();
        tellOthers(null);
      },
    };
    const tab: Tab = {
      localStorage,
      reported,
      platform: {
        Date: { now: clock.now },
        AbortController,
        atob,
        setTimeout: clock.setTimeout,
        clearTimeout: clock.clearTimeout,
        localStorage,
        fetch: options.fetch,
        ...(hasLocks && { navigator: { locks } }),
        addEventListener(type, listener) {
          listeners.set(type, (listeners.get(type) ?? new Set()).add(listener));
        },
        removeEventListener: (type, listener) => {
          listeners.get(type)?.delete(listener);
        },
        reportError: (error) => {
          reported.push(error);
        },
      },
      sleep: () => {
        isAsleep = true;
      },
      wake() {
        isAsleep = false;
        tab.fire({ type: 'pageshow' });
      },
      fire(event) {
        if (isAsleep) return;
        for (const listener of listeners.get(event.type) ?? []) listener(event);
      },
      listening: () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0),
    };
    tabs.push(tab);
    return tab;
  }
  return { clock, entries, locks, openTab };
}
