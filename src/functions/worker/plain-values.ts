/**
 * Values that need nothing of the BSON library's classes, copied out of a function's context and into it: what JSON has,
 * dates, and ids that nothing was asked of.
 */
import { types } from 'node:util';
import { Script } from 'node:vm';
import type { ObjectId } from '../../bson.ts';
import { processBson } from './guest-bson.ts';
import type { GuestIds } from './guest-ids.ts';

/** What a context had before a function ran. */
export interface Originals {
  readonly parse: (text: string) => unknown;
  readonly Date: DateConstructor;
  readonly objectPrototype: object;
  readonly datePrototype: object;
  /** Prototypes of what is copied without a look at its members: strings, numbers, booleans and dates. */
  readonly leafPrototypes: readonly object[];
}

/** What becomes of a value that is not plain. */
export const NOT_PLAIN = Symbol('not plain');

/** Members that are copied at most: for more, to load the library is little. */
const MAX_MEMBERS = 500;
/** Well below the depth that values may have, so that no value is copied that is too deep. */
const MAX_DEPTH = 50;

/** The context that is crossed into and out of. */
export interface PlainContext {
  readonly originals: Originals;
  readonly ids: Pick<GuestIds, 'adopt' | 'originalOf'>;
}

/**
 * Copies a value of strings, numbers, booleans, `null`, dates, ids, arrays and objects made of fields alone out of a
 * context. Anything that the library would treat otherwise, or that is large, is `NOT_PLAIN`.
 */
export function copyPlain(value: unknown, { ids, originals }: PlainContext): unknown {
  const { datePrototype, leafPrototypes, objectPrototype } = originals;
  let left = MAX_MEMBERS;

  function copyObject(source: object, depth: number): unknown {
    if (depth > MAX_DEPTH || types.isProxy(source)) return NOT_PLAIN;
    return ids.originalOf(source) ?? copyMembers(source, depth);
  }

  function copyMembers(source: object, depth: number): unknown {
    if (hasOwnForm(source)) return NOT_PLAIN;
    if (Array.isArray(source)) {
      return source.length > left ? NOT_PLAIN : copyList(source, depth);
    }
    const prototype: unknown = Object.getPrototypeOf(source);
    if (prototype === datePrototype) return copyDate(source);
    const isPlain =
      prototype === objectPrototype || prototype === null || prototype === Object.prototype;
    return isPlain ? copyFields(source, depth) : NOT_PLAIN;
  }

  function copyList(source: readonly unknown[], depth: number): unknown {
    const copied: unknown[] = [];
    for (let index = 0; index < source.length; index += 1) {
      const member = copy(source[index], depth + 1);
      if (member === NOT_PLAIN) return NOT_PLAIN;
      copied.push(member);
    }
    return copied;
  }

  function copyFields(source: object, depth: number): unknown {
    const copied = Object.create(null) as Record<string, unknown>;
    for (const key of Object.keys(source)) {
      const member = copy((source as Record<string, unknown>)[key], depth + 1);
      if (member === NOT_PLAIN) return NOT_PLAIN;
      copied[key] = member;
    }
    return copied;
  }

  function copy(member: unknown, depth: number): unknown {
    left -= 1;
    if (left < 0) return NOT_PLAIN;
    switch (typeof member) {
      case 'object':
        return member === null ? null : copyObject(member, depth);
      case 'string':
      case 'number':
      case 'boolean':
      case 'undefined':
        return member;
      default:
        return NOT_PLAIN;
    }
  }

  return leafPrototypes.some(hasOwnForm) ? NOT_PLAIN : copy(value, 0);
}

/** By the time in it, whatever a function has done to its methods. */
function copyDate(source: object): unknown {
  if (!types.isDate(source) || Reflect.ownKeys(source).length > 0) return NOT_PLAIN;
  const time = Date.prototype.getTime.call(source);
  return Number.isNaN(time) ? NOT_PLAIN : new Date(time);
}

/** Whether the library would ask a value for its form, or take it for one of its own. */
function hasOwnForm(value: object): boolean {
  return 'toBSON' in value || '_bsontype' in value;
}

/** What JSON has no form for, and where it was. */
interface Taken {
  readonly path: readonly string[];
  readonly value: Date | ObjectId;
}

type Members = Record<string, unknown>;

/** Of the objects that the library makes in the process. */
const processPrototype: unknown = new Script('Object.prototype').runInThisContext();

/**
 * Makes a decoded value one of the context; the value itself is used up. One with anything else than JSON, dates and
 * ids in it, or with many of those, is `NOT_PLAIN`.
 */
export function adoptPlain(value: object, { ids, originals }: PlainContext): unknown {
  const taken: Taken[] = [];
  if (!takeOut(value as Members, [], taken)) return NOT_PLAIN;
  const adopted = originals.parse(JSON.stringify(value));
  for (const { path, value: original } of taken) {
    const isDate = types.isDate(original);
    putBack(adopted, path, isDate ? new originals.Date(original.getTime()) : ids.adopt(original));
  }
  return adopted;
}

/** Leaves `null` in the place of dates and ids; `false`: there is something else that JSON would change, or many of them. */
function takeOut(members: Members, path: readonly string[], taken: Taken[]): boolean {
  for (const key of Object.keys(members)) {
    const member = members[key];
    if (isTaken(member)) {
      if (taken.length === MAX_MEMBERS) return false;
      taken.push({ path: [...path, key], value: member });
      members[key] = null;
    } else if (isNested(member)) {
      if (!takeOut(member, [...path, key], taken)) return false;
    } else if (!isScalar(member)) return false;
  }
  return true;
}

function isTaken(member: unknown): member is Taken['value'] {
  if (types.isDate(member)) return !Number.isNaN(member.getTime());
  return member instanceof processBson.ObjectId;
}

function isNested(member: unknown): member is Members {
  if (typeof member !== 'object' || member === null) return false;
  return Array.isArray(member) || Object.getPrototypeOf(member) === processPrototype;
}

/** Whether a way through JSON leaves it as it is. */
function isScalar(member: unknown): boolean {
  if (typeof member === 'number') return Number.isFinite(member) && !Object.is(member, -0);
  return member === null || typeof member === 'string' || typeof member === 'boolean';
}

function putBack(adopted: unknown, path: readonly string[], member: unknown): void {
  let members = adopted as Members;
  for (const key of path.slice(0, -1)) members = members[key] as Members;
  members[path.at(-1) as string] = member;
}
