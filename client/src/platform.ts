/**
 * What the core uses of where it runs, spelled out: neither the DOM nor Node is assumed, and a test hands in a
 * platform of its own, with its own clock, locks and events. `globalThis` is one.
 */

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Where a session is kept: `localStorage`, `AsyncStorage` of React Native, or your own. */
export interface SessionStorage {
  getItem(key: string): Awaitable<string | null | undefined>;
  setItem(key: string, value: string): Awaitable<unknown>;
  removeItem(key: string): Awaitable<unknown>;
}

/** What is used of an answer to `fetch`. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** What is used of `fetch`. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: string;
    // biome-ignore lint/suspicious/noExplicitAny: every platform has its own AbortSignal
    readonly signal: any;
  },
) => Promise<FetchAnswer>;

interface Channel {
  onmessage: ((event: { readonly data: string | undefined }) => unknown) | null;
  postMessage(message: unknown): void;
  close(): void;
  /** Node's: a channel alone keeps no process running. */
  unref?(): unknown;
}

/** What happened elsewhere, as `addEventListener` of a page tells it. */
export interface PlatformEvent {
  readonly type: string;
  /** Of `storage`: what changed; `null`: everything. */
  readonly key?: string | null;
}

/** What is used of `globalThis`. All that is optional is done without where there is none. */
export interface Platform {
  readonly Date: { now(): number };
  readonly AbortController: new () => { readonly signal: unknown; abort(): void };
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  atob(text: string): string;
  readonly fetch: Fetch;
  /** `null` in a web view that has switched it off. */
  readonly localStorage?: SessionStorage | null;
  readonly navigator?: {
    readonly locks?: {
      request<T>(
        name: string,
        options: { readonly signal: unknown },
        run: () => Promise<T>,
      ): Promise<T>;
    };
  };
  readonly BroadcastChannel?: new (name: string) => Channel;
  addEventListener?(type: string, listener: (event: PlatformEvent) => void): void;
  removeEventListener?(type: string, listener: (event: PlatformEvent) => void): void;
  /** Where what a listener throws is reported. */
  reportError?(error: unknown): void;
  readonly console?: { error(error: unknown): void };
}

/** Resolves with what `run` does, or rejects after `ms` milliseconds; then `signal` is aborted. */
export function within<T>(
  platform: Platform,
  ms: number,
  run: (signal: unknown) => PromiseLike<T>,
): Promise<T> {
  const controller = new platform.AbortController();
  return new Promise<T>((resolve, reject) => {
    const timer = platform.setTimeout(() => {
      reject(new Error('No answer in time'));
      controller.abort();
    }, ms);
    run(controller.signal)
      .then(resolve, reject)
      .then(() => platform.clearTimeout(timer));
  });
}

/** Goes on with a value at once if it is there, else when it is. */
export function then<T, R>(value: Awaitable<T>, next: (value: T) => R): Awaitable<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Whether a value is still to come. */
export function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === 'function';
}

/** What `run` returns; `undefined` if it throws, as what a platform forbids does, and what is not the JSON it should be. */
export function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
