/**
 * What the calls of a process share: the classes and functions of Node.js, its modules and `process`.
 *
 * A call can change them, and a getter that it leaves on `URL.prototype` would see what the next caller does. So they are
 * compared after each call with what they were, and a process in which they have changed is not used again.
 */
import { createRequire, isBuiltin } from 'node:module';
import { isDeepStrictEqual } from 'node:util';

/** An object, its prototype and its own members at one moment. */
interface Snapshot {
  readonly prototype: object | null;
  readonly keys: readonly PropertyKey[];
  /** By the position of their key; `undefined`: it may become anything. */
  readonly members: readonly (PropertyDescriptor | undefined)[];
}

/** Members that Node.js itself changes: the listeners of `process`, which are compared one by one. */
const CHANGING: ReadonlySet<PropertyKey> = new Set(['_events', '_eventsCount']);

/** Begins to watch over a process, these objects, and what every program has. */
export function watchSharedState(own: NodeJS.Process, roots: readonly unknown[]) {
  const objects = new Map<object, Snapshot>();
  const loaded = createRequire(import.meta.url).cache;
  let situation = describeSituation(own);
  let wasTouched = false;

  function watch(value: unknown): void {
    for (const object of withPrototypes(value)) {
      if (!objects.has(object)) objects.set(object, takeSnapshot(object));
    }
  }

  /** A module of Node.js: its classes, and the objects in it. */
  function watchModule(exported: unknown): void {
    if (!isObject(exported) || objects.has(exported)) return;
    watch(exported);
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(exported))) watch(value);
    for (const name of ['promises', 'posix', 'win32']) watch(Reflect.get(exported, name));
  }

  function hasChanged(): boolean {
    for (const [object, snapshot] of objects) {
      if (!isUnchanged(object, snapshot)) return true;
    }
    return false;
  }

  /** Whether a call has changed what is shared since it was taken for what it is to be. */
  function isTouched(): boolean {
    wasTouched ||=
      situation !== describeSituation(own) ||
      hasChanged() ||
      !isDeepStrictEqual(listListeners(own), listeners);
    return wasTouched;
  }

  /** Takes what is shared for what it is to be. */
  function renew(): void {
    for (const object of objects.keys()) objects.set(object, takeSnapshot(object));
    situation = describeSituation(own);
    listeners = listListeners(own);
  }

  for (const root of [...roots, ...globalValues(), globalThis, own]) watch(root);
  let listeners = listListeners(own);

  return {
    renew,
    isTouched,
    /**
     * A `require` for functions. What a package changes while it is loaded is the program's doing and stays; it is
     * loaded once a process.
     */
    guard: (packages: NodeJS.Require) =>
      new Proxy(packages, {
        apply(target, _this, [name]: [string]) {
          if (isBuiltin(name)) {
            const exported: unknown = target(name);
            watchModule(exported);
            return exported;
          }
          if (Object.hasOwn(loaded, target.resolve(name))) return target(name) as unknown;
          isTouched();
          try {
            return target(name) as unknown;
          } finally {
            renew();
          }
        },
      }),
  };
}

/** The value itself, what it inherits from, and the same of its instances if it is a class. */
function* withPrototypes(value: unknown): Generator<object> {
  for (let object = value; isObject(object); object = Object.getPrototypeOf(object)) yield object;
  if (typeof value !== 'function') return;
  const prototype = Object.getOwnPropertyDescriptor(value, 'prototype')?.value as unknown;
  for (let object = prototype; isObject(object); object = Object.getPrototypeOf(object))
    yield object;
}

/** The classes and functions of the language, in the context that Node.js itself runs in. */
function globalValues(): unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(globalThis)).map(
    ({ value }) => value as unknown,
  );
}

function takeSnapshot(object: object): Snapshot {
  const keys = Reflect.ownKeys(object);
  const members = keys.map((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    // A global that Node.js loads when it is first used becomes a value then.
    const isLazy = object === globalThis && descriptor?.get !== undefined;
    return isLazy || CHANGING.has(key) ? undefined : descriptor;
  });
  return { prototype: Object.getPrototypeOf(object) as object | null, keys, members };
}

/** In a loop, as it looks at more than a thousand members after each call. */
function isUnchanged(object: object, { keys, members, prototype }: Snapshot): boolean {
  if (Object.getPrototypeOf(object) !== prototype) return false;
  const now = Reflect.ownKeys(object);
  if (now.length !== keys.length) return false;
  for (let index = 0; index < now.length; index += 1) {
    const key = now[index] as PropertyKey;
    if (key !== keys[index] || !isSame(object, key, members[index])) return false;
  }
  return true;
}

function isSame(object: object, key: PropertyKey, before: PropertyDescriptor | undefined): boolean {
  if (before === undefined) return true;
  const now = Object.getOwnPropertyDescriptor(object, key);
  if (now === undefined) return false;
  return Object.is(now.value, before.value) && now.get === before.get && now.set === before.set;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Environment and working directory, which are no members of an object. */
function describeSituation({ cwd, env }: NodeJS.Process): string {
  return JSON.stringify([cwd(), env]);
}

function listListeners(own: NodeJS.Process): ReadonlyMap<string | symbol, readonly unknown[]> {
  return new Map(own.eventNames().map((name) => [name, own.rawListeners(name as 'exit')]));
}
