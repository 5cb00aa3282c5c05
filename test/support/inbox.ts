/** What arrives in its own time, for tests that wait for it. */

/** The items so far, and a way to wait for more. */
export interface Inbox<Item> {
  readonly put: (item: Item) => void;
  /** Takes so many out, as soon as there are so many. */
  readonly take: (count: number) => Promise<Item[]>;
  /** How many were not taken. */
  readonly size: () => number;
}

/** Creates an empty one. */
export function createInbox<Item>(): Inbox<Item> {
  const items: Item[] = [];
  let arrived: () => void = () => undefined;
  return {
    put(item) {
      items.push(item);
      arrived();
    },
    async take(count) {
      while (items.length < count) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      return items.splice(0, count);
    },
    size: () => items.length,
  };
}
