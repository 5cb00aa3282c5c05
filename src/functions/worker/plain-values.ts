/** Values of a function that need nothing of the BSON library's classes, copied out of its context. */
import { types } from 'node:util';

/** The prototypes of a context as they were before a function ran. */
export interface Originals {
  readonly objectPrototype: object;
  /** Of strings, numbers and booleans. */
  readonly primitives: readonly object[];
}

/** What `copyPlain` makes of a value that is not plain. */
export const NOT_PLAIN = Symbol('not plain');

/** Members that are copied at most: for more, to load the library is little. */
const MAX_MEMBERS = 500;
/** Well below the depth that values may have, so that no value is copied that is too deep. */
const MAX_DEPTH = 50;

/**
 * Copies a value of strings, numbers, booleans, `null`, arrays and objects made of fields alone. Anything that the
 * library would treat otherwise, or that is large, is `NOT_PLAIN`.
 */
export function copyPlain(value: unknown, { objectPrototype, primitives }: Originals): unknown {
  let left = MAX_MEMBERS;

  function copyMembers(source: object, depth: number): unknown {
    if (depth > MAX_DEPTH || types.isProxy(source) || hasOwnForm(source)) return NOT_PLAIN;
    if (Array.isArray(source)) {
      return source.length > left ? NOT_PLAIN : copyList(source, depth);
    }
    const prototype: unknown = Object.getPrototypeOf(source);
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
        return member === null ? null : copyMembers(member, depth);
      case 'string':
      case 'number':
      case 'boolean':
      case 'undefined':
        return member;
      default:
        return NOT_PLAIN;
    }
  }

  return primitives.some(hasOwnForm) ? NOT_PLAIN : copy(value, 0);
}

/** Whether the library would ask a value for its form, or take it for one of its own. */
function hasOwnForm(value: object): boolean {
  return 'toBSON' in value || '_bsontype' in value;
}

/** A number that JSON has: finite, and not minus zero. */
export function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}
