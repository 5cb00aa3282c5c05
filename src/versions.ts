/**
 * A value that is replaced while requests run: each request goes on with the version that it started
 * with, whoever asks on its behalf.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { isPromise } from 'node:util/types';

/** The versions of a value. */
export interface Versions<Value> {
  /** The version that the running request started with; outside of requests, the latest. */
  current(): Value;
  /** Runs a request, which holds the latest version until it returns or its promise is settled. */
  run<Result>(request: () => Result): Result;
  /**
   * Makes `next` the latest version at once. Resolves with the one before when no request holds it any
   * more, so that it may be closed.
   */
  replace(next: Value): Promise<Value>;
}

/** One version and the requests that hold it. */
interface Version<Value> {
  readonly value: Value;
  running: number;
  /** Called when nothing holds the version; there once it is replaced. */
  release?: () => void;
}

/** A request's hold on a version. */
interface Hold<Value> {
  readonly version: Version<Value>;
  isOver: boolean;
}

/** Creates the versions of a value, beginning with `first`. */
export function createVersions<Value>(first: Value): Versions<Value> {
  const holds = new AsyncLocalStorage<Hold<Value>>();
  let latest: Version<Value> = { value: first, running: 0 };

  function begin(): Hold<Value> {
    latest.running += 1;
    return { version: latest, isOver: false };
  }

  function end(hold: Hold<Value>): void {
    const { version } = hold;
    hold.isOver = true;
    version.running -= 1;
    if (version.running === 0) version.release?.();
  }

  return {
    current() {
      const hold = holds.getStore();
      // What a request left behind, such as a connection's listeners, must not keep to its version.
      return hold === undefined || hold.isOver ? latest.value : hold.version.value;
    },

    run(request) {
      const hold = begin();
      try {
        const result = holds.run(hold, request);
        if (isPromise(result))
          void result.then(
            () => end(hold),
            () => end(hold),
          );
        else end(hold);
        return result;
      } catch (error) {
        end(hold);
        throw error;
      }
    },

    replace(next) {
      const previous = latest;
      latest = { value: next, running: 0 };
      if (previous.running === 0) return Promise.resolve(previous.value);
      return new Promise((resolve) => {
        previous.release = () => resolve(previous.value);
      });
    },
  };
}
