/**
 * What is kept with an object that somebody else has made, such as a request of Node.js: as a property that nobody else
 * can name.
 *
 * Not in a `WeakMap`: there the younger generation's garbage collection of V8 takes the value for alive, and with it
 * the object that it leads back to. Every request stayed until the next great collection, with all that was made for it.
 */

/** What is kept of one kind. */
export interface Attached<Value> {
  /** `undefined`: nothing is kept with the object. */
  get(owner: object): Value | undefined;
  set(owner: object, value: Value): void;
}

/** Creates a kind of what may be kept. `description` is for debuggers. */
export function createAttached<Value>(description: string): Attached<Value> {
  const name = Symbol(description);
  type Owner = { [name]?: Value };
  return {
    get: (owner) => (owner as Owner)[name],
    set(owner, value) {
      (owner as Owner)[name] = value;
    },
  };
}
