/**
 * What operators make while they are applied: copies that may be changed in place, and the keys by which the
 * items of an array are equal. Both are made once, so that a hundred operators on one long array cost
 * about as much as one.
 */
import { equalityKey } from '../values/equality.ts';

/** The copies and keys of one list of operators. */
export type Workspace = ReturnType<typeof createWorkspace>;

/** Creates a workspace. */
export function createWorkspace() {
  const containers = new WeakSet<object>();
  const keys = new WeakMap<readonly unknown[], (string | undefined)[]>();

  /** A key for each item; equal values, as MongoDB compares them, have the same. */
  function keysOf(array: readonly unknown[]): string[] {
    const known = keys.get(array) ?? [];
    const complete = array.map((item, index) => known[index] ?? equalityKey(item));
    keys.set(array, complete);
    return complete;
  }

  return {
    /** Whether the container was made here, so that nobody else sees it change. */
    isOwn: (container: object) => containers.has(container),
    /** Says that the container was made here. */
    own: (container: object) => void containers.add(container),

    /** A copy that may be changed in place. */
    copy(array: readonly unknown[]) {
      const copy = [...array];
      containers.add(copy);
      const known = keys.get(array);
      if (known !== undefined) keys.set(copy, known);
      return copy;
    },

    keysOf,

    /** The item at `index` has changed, or its inside has. */
    forgetKey(array: readonly unknown[], index: number) {
      const known = keys.get(array);
      if (known !== undefined) known[index] = undefined;
    },

    /** The array without the items of that key: the same array if it has none. */
    without(array: unknown[], key: string) {
      const known = keysOf(array);
      if (!known.includes(key)) return array;
      const kept = array.filter((_item, index) => known[index] !== key);
      containers.add(kept);
      keys.set(
        kept,
        known.filter((other) => other !== key),
      );
      return kept;
    },
  };
}
