/** One entry of a storage that may be slow, full, forbidden or broken. Nothing here throws or rejects. */
import {
  type Awaitable,
  isPromise,
  type Platform,
  type SessionStorage,
  then,
  within,
} from './platform.ts';

/** Milliseconds after which a storage counts as broken. */
const STORAGE_TIMEOUT = 5_000;

/** The entry. Reads and writes take effect in the order of their calls. */
export interface Vault {
  readonly read: () => Awaitable<string | null>;
  readonly write: (text: string | null) => Awaitable<unknown>;
}

/** Opens the entry `key`. A storage that fails once is given up for memory. */
export function createVault(
  platform: Platform,
  key: string,
  storage: SessionStorage | null | undefined,
): Vault {
  let known: string | null = null;
  let isWorking = Boolean(storage);
  let tail: Promise<unknown> | undefined;

  /** At once if nothing is under way, so that a storage that answers at once makes no one wait. */
  function inTurn<T>(run: () => Awaitable<T>, fail: () => T): Awaitable<T> {
    const attempt = (): Awaitable<T> => {
      try {
        const result = run();
        return isPromise(result)
          ? within(platform, STORAGE_TIMEOUT, () => result).catch(fail)
          : result;
      } catch {
        return fail();
      }
    };
    const result = tail === undefined ? attempt() : tail.then(attempt);
    if (!isPromise(result)) return result;
    const mine: Promise<unknown> = Promise.resolve(result).then(() => {
      if (tail === mine) tail = undefined;
    });
    tail = mine;
    return result;
  }

  return {
    read: () =>
      inTurn<string | null>(
        () => {
          if (!isWorking) return known;
          return then(storage?.getItem(key), (text) => {
            known = text ?? null;
            return known;
          });
        },
        () => {
          isWorking = false;
          return known;
        },
      ),
    write: (text) =>
      inTurn<unknown>(
        () => {
          known = text;
          // Even where it failed once: what is there must not outlive a log-out.
          if (text === null) return storage?.removeItem(key);
          return isWorking ? storage?.setItem(key, text) : undefined;
        },
        () => {
          isWorking = false;
          // The refresh token that is still there was traded: to use it again would end the session.
          void inTurn<unknown>(
            () => storage?.removeItem(key),
            () => undefined,
          );
        },
      ),
  };
}
