/** Globals that most functions do not use, each made when a function first asks for it. */

/** Defines globals in the context that it was evaluated in, `global` among them. */
export type DefineLazily = (makers: Readonly<Record<string, () => unknown>>) => void;

/**
 * The text that makes a `DefineLazily`, to be evaluated in a context: what a function finds of a global before it is
 * made must be of the context too.
 */
export const LAZY_GLOBALS_SOURCE = `(${defineLazily.toString()})`;

function defineLazily(makers: Readonly<Record<string, () => unknown>>): void {
  const form = { configurable: true, enumerable: true };
  const settle = (name: string, value: unknown) => {
    Object.defineProperty(globalThis, name, { ...form, value, writable: true });
    return value;
  };
  settle('global', globalThis);
  for (const name of Object.keys(makers)) {
    Object.defineProperty(globalThis, name, {
      ...form,
      get: () => settle(name, makers[name]?.()),
      set: (value: unknown) => {
        settle(name, value);
      },
    });
  }
}
