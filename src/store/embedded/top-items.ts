/** The first so many items of a long list, in an order, without keeping the list. */

/** Keeps the first `size` items of those that are added: a heap whose root is the last of them. */
export function createTop<T>(size: number, compare: (left: T, right: T) => number) {
  const heap: T[] = [];
  const at = (index: number) => heap[index] as T;
  const isAfter = (left: number, right: number) => compare(at(left), at(right)) > 0;

  function swap(left: number, right: number): void {
    [heap[left], heap[right]] = [at(right), at(left)];
  }

  function rise(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!isAfter(child, parent)) return;
      swap(child, parent);
      child = parent;
    }
  }

  function sink(): void {
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      let last = parent;
      if (left < heap.length && isAfter(left, last)) last = left;
      if (right < heap.length && isAfter(right, last)) last = right;
      if (last === parent) return;
      swap(parent, last);
      parent = last;
    }
  }

  return {
    /** The items, in no particular order. */
    items: heap as readonly T[],
    /** Adds an item; the one that no longer is among the first is returned. */
    add(item: T) {
      if (heap.length < size) {
        heap.push(item);
        rise(heap.length - 1);
        return undefined;
      }
      const [last] = heap;
      if (last === undefined || compare(item, last) >= 0) return item;
      heap[0] = item;
      sink();
      return last;
    },
  };
}
