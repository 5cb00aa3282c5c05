/**
 * ObjectIds of a call whose context has no BSON library yet: nearly every document has one, and few functions do more
 * with it than pass it on.
 *
 * Such an id has the members of any other, and in the place of its prototype a stand-in, which loads the library as soon
 * as anything is asked of it. Then every id gets the prototype of the library's class.
 */
import { type Context, Script } from 'node:vm';
import type { ObjectId } from '../../bson.ts';
import type { GuestBson } from './guest-bson.ts';

/** The ids of one call. */
export type GuestIds = ReturnType<typeof createGuestIds>;

/** Makes an object of the context with these members and the stand-in for its prototype. */
type MakeId = (members: object) => object;

const script = new Script(`(${createMaker.toString()})`, { filename: 'guest-ids.js' });

/** Creates the ids of a context; `library` loads the library into it. */
export function createGuestIds(context: Context, library: () => GuestBson) {
  let make: MakeId | undefined;
  const originals = new Map<object, ObjectId>();

  return {
    /** The id of the context for one of the process. */
    adopt(original: ObjectId): object {
      make ??= (script.runInContext(context) as typeof createMaker)(
        () => library().ObjectId.prototype,
      );
      const id = make(original);
      originals.set(id, original);
      return id;
    },
    /** The id of the process for one of the context, unless the context has the library or the id was changed. */
    originalOf(id: object): ObjectId | undefined {
      const original = originals.get(id);
      return original !== undefined && hasSameMembers(id, original) ? original : undefined;
    },
    /** How many wait for the library. */
    count: () => originals.size,
    /** Gives all of them their prototype, once the library is there. */
    settle({ ObjectId }: GuestBson) {
      // One that was frozen keeps the stand-in, which answers as the prototype does.
      for (const id of originals.keys()) Reflect.setPrototypeOf(id, ObjectId.prototype);
      originals.clear();
    },
  };
}

/** Evaluated in the context: what a function finds of an id must be of the context too. */
function createMaker(prototype: () => object): MakeId {
  // Taken before a function can change them.
  const { get, has, set } = Reflect;
  const standIn = new Proxy(Object.create(null) as object, {
    get: (_target, key, id) => get(prototype(), key, id) as unknown,
    has: (_target, key) => has(prototype(), key),
    set: (_target, key, value, id) => set(prototype(), key, value, id),
    getPrototypeOf: prototype,
  });
  return (members) => ({ __proto__: standIn, ...members }) as object;
}

function hasSameMembers(id: object, original: object): boolean {
  const keys = Reflect.ownKeys(id);
  const expected = Reflect.ownKeys(original);
  return (
    keys.length === expected.length &&
    keys.every((key, index) => {
      const descriptor = Object.getOwnPropertyDescriptor(id, key);
      return key === expected[index] && descriptor?.value === Reflect.get(original, key);
    })
  );
}
