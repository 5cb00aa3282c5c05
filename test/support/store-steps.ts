/** Stops the operations of a store before they begin: to fail one, or to hold one until something has happened. */
import type { Deadline } from '../../src/deadline.ts';
import type { DocumentCollection, Store } from '../../src/store/port.ts';

/** Called before each operation with its name and its collection; what it throws the operation fails with. */
export type BeforeOperation = (operation: {
  readonly name: string;
  readonly collection: string;
}) => Promise<void> | void;

/** Puts `before` in front of every operation on the collections of a store. */
export function withSteps(before: BeforeOperation): (store: Store) => Store {
  return (store) => ({
    ...store,
    collection: async (definition) =>
      stepping(await store.collection(definition), definition.name, before),
  });
}

function stepping(
  collection: DocumentCollection,
  name: string,
  before: BeforeOperation,
): DocumentCollection {
  return new Proxy(collection, {
    get(target, property: string & keyof DocumentCollection) {
      const member: unknown = target[property];
      if (typeof member !== 'function') return member;
      if (property === 'within') {
        return (deadline: Deadline) => stepping(target.within(deadline), name, before);
      }
      return async (...args: unknown[]) => {
        await before({ name: property, collection: name });
        return member.apply(target, args);
      };
    },
  });
}

/** A hold on the first operation of a name on a collection. */
export interface Hold {
  readonly before: BeforeOperation;
  /** Resolves when the operation is there and waits. */
  readonly reached: Promise<void>;
  readonly release: () => void;
}

/** Creates a hold. */
export function createHold(name: keyof DocumentCollection, collection: string): Hold {
  let reach = (): void => undefined;
  let release = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isHeld = false;
  return {
    reached,
    release: () => release(),
    async before(operation) {
      if (isHeld || operation.name !== name || operation.collection !== collection) return;
      isHeld = true;
      reach();
      await released;
    },
  };
}
