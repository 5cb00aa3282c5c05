/** State outside of components, which components follow. */
import { useEffect, useState } from 'preact/hooks';

/** A value that changes, and who wants to know. */
export interface Store<T> {
  readonly get: () => T;
  /** Sets another value; the same one again changes nothing. */
  readonly set: (value: T) => void;
  readonly update: (change: (value: T) => T) => void;
  /** Calls `listener` after each change; the result ends that. */
  readonly subscribe: (listener: (value: T) => void) => () => void;
}

/** Creates a store. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<(value: T) => void>();
  const set = (next: T) => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of listeners) listener(value);
  };
  return {
    get: () => value,
    set,
    update: (change) => set(change(value)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The value of a store; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(store.get);
  useEffect(() => {
    const follow = () => setValue(store.get);
    follow();
    return store.subscribe(follow);
  }, [store]);
  return value;
}
