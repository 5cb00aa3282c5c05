/**
 * Async iterators that hear at once when whoever iterates leaves. A generator function does not: while it waits for
 * something, `return()` waits with it, and what it holds is held until that comes.
 */

/** An iterator with every method that consumers look for. */
export interface LeavingIterator<Value> extends AsyncIterator<Value, undefined, undefined> {
  readonly next: () => Promise<IteratorResult<Value, undefined>>;
  readonly return: () => Promise<IteratorResult<Value, undefined>>;
  readonly throw: () => Promise<IteratorResult<Value, undefined>>;
  readonly [Symbol.asyncIterator]: () => LeavingIterator<Value>;
}

/** What one is made of. */
export interface LeavingIteratorParts<Value> {
  readonly next: LeavingIterator<Value>['next'];
  /** Called when whoever iterates leaves; what waits is then to end. */
  readonly leave: () => unknown;
}

/** The end of an iterator. */
export const DONE = { done: true, value: undefined } as const;

/** Creates one. */
export function createLeavingIterator<Value>({
  leave,
  next,
}: LeavingIteratorParts<Value>): LeavingIterator<Value> {
  const end = async () => {
    await leave();
    return DONE;
  };
  const iterator: LeavingIterator<Value> = {
    next,
    return: end,
    throw: end,
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
