/**
 * The border between the process and the context of one call.
 *
 * Objects of the process would not be `instanceof` the context's classes, and what a function does to
 * their prototypes would outlast the call. So everything that crosses is made anew inside.
 */

/** Makes a value of the process one of the context: objects, functions, promises and errors. */
export type Adopt = (value: unknown) => unknown;

/** Told of the error that was made inside for one of the process. */
export type OnError = (inside: object, outside: unknown) => void;

/**
 * The text of the membrane, to be evaluated in a context. Not to be called here: the names it uses
 * must be those of the context.
 */
export const MEMBRANE_SOURCE = `(${createMembrane.toString()})`;

function createMembrane(onError: OnError): Adopt {
  const known = new WeakMap<object, unknown>();

  function adoptError(error: unknown): unknown {
    if (!(typeof error === 'object' && error !== null) || error instanceof Error) return error;
    const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown };
    if (typeof message !== 'string') return error;
    const inside = new Error(message);
    if (typeof name === 'string') {
      Object.defineProperty(inside, 'name', { value: name, configurable: true, writable: true });
    }
    if (code !== undefined) Object.assign(inside, { code });
    onError(inside, error);
    return inside;
  }

  function adoptFunction(outside: (...args: unknown[]) => unknown): unknown {
    return (...args: unknown[]) => {
      try {
        return adopt(outside(...args));
      } catch (error) {
        throw adoptError(error);
      }
    };
  }

  function adoptPromise(outside: PromiseLike<unknown>): unknown {
    return new Promise((resolve, reject) => {
      outside.then(
        (value) => resolve(adopt(value)),
        (error) => reject(adoptError(error)),
      );
    });
  }

  function adoptMembers(outside: object): unknown {
    const keys = Reflect.ownKeys(outside);
    return Object.fromEntries(keys.map((key) => [key, adopt(Reflect.get(outside, key))]));
  }

  function adoptObject(outside: object): unknown {
    if (Array.isArray(outside)) return Array.from(outside, adopt);
    if (typeof (outside as { then?: unknown }).then === 'function') {
      return adoptPromise(outside as PromiseLike<unknown>);
    }
    const prototype: unknown = Object.getPrototypeOf(outside);
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    // Anything else is a class of Node's, such as a URL, and is taken as it is.
    return isPlain ? adoptMembers(outside) : outside;
  }

  function adopt(value: unknown): unknown {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject || value instanceof Object) return value;
    const made = known.get(value);
    if (made !== undefined) return made;
    const inside =
      typeof value === 'function'
        ? adoptFunction(value as (...args: unknown[]) => unknown)
        : adoptObject(value);
    if (typeof inside === 'object' && inside !== null) known.set(value, inside);
    if (typeof inside === 'function') known.set(value, inside);
    return inside;
  }

  return adopt;
}
