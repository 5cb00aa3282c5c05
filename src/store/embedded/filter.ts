/**
 * Filters: equality and `$in` are ours (by the same keys as the indexes), the rest is mingo's.
 *
 * mingo compares binary values by their text and takes 1 and a Long 1 for different, so equality
 * is not left to it.
 */
import { Context } from 'mingo/core';
import {
  $all,
  $and,
  $elemMatch,
  $eq,
  $exists,
  $gt,
  $gte,
  $in,
  $lt,
  $lte,
  $mod,
  $ne,
  $nin,
  $nor,
  $not,
  $or,
  $regex,
  $size,
  $type,
} from 'mingo/operators/query';
import { Query } from 'mingo/query';
import { deserialize } from '../../bson.ts';
import { encodeDocument } from '../document-bytes.ts';
import type { Document, Filter } from '../port.ts';
import { toTyped } from '../stored-document.ts';
import { isPlainObject, valueKey, valuesAt } from './value-key.ts';

/** The operators of filters. All of mingo would double the time it takes to load. */
const context = Context.init({
  query: {
    ...{ $and, $nor, $not, $or },
    ...{ $eq, $gt, $gte, $in, $lt, $lte, $ne, $nin },
    ...{ $all, $elemMatch, $size },
    ...{ $exists, $mod, $regex, $type },
  },
});

/** A condition that a field equals one of some values. */
export interface Equality {
  readonly path: string;
  readonly keys: ReadonlySet<string>;
  /** Whether an index on `path` finds every match. It lists items of arrays, not arrays. */
  readonly indexable: boolean;
}

/** A filter ready for use. */
export interface CompiledFilter {
  /** Conditions that all have to hold and that an index may answer. */
  readonly equalities: readonly Equality[];
  /** Whether a document decoded to plain values matches. */
  readonly matches: (document: Document) => boolean;
}

/** Compiles a MongoDB filter. Fails with a plain `Error` if an operator is not supported. */
export function compileFilter(filter: Filter): CompiledFilter {
  // Through BSON and back, so that the values are of the types that stored ones decode to.
  const conditions = deserialize(encodeDocument(filter));
  const equalities: Equality[] = [];
  const others: Document = {};
  for (const [path, condition] of Object.entries(conditions)) {
    const values = equalValues(path, condition);
    if (values === undefined) others[path] = condition;
    else equalities.push(toEquality(path, values));
  }
  const query =
    Object.keys(others).length === 0
      ? undefined
      : new Query(others, { scriptEnabled: false, context });
  return {
    equalities,
    matches: (document) =>
      equalities.every((equality) => holds(equality, document)) &&
      (query === undefined || query.test(document)),
  };
}

/**
 * The fields that an upsert takes over from its filter: path and value, BSON types kept.
 */
export function upsertFields(filter: Filter): [path: string, value: unknown][] {
  const fields: [string, unknown][] = [];
  for (const [path, condition] of Object.entries(toTyped(filter))) {
    if (path.startsWith('$')) continue;
    if (!hasOperators(condition)) fields.push([path, condition]);
    else if (Object.hasOwn(condition, '$eq')) fields.push([path, condition.$eq]);
  }
  return fields;
}

/** Whether `value` is a document of operators such as `{ $in: […] }`. */
export function hasOperators(value: unknown): value is Document {
  return isPlainObject(value) && Object.keys(value)[0]?.startsWith('$') === true;
}

function equalValues(path: string, condition: unknown): readonly unknown[] | undefined {
  // A number in a path may be an index or a field name: mingo knows the rules.
  if (path.startsWith('$') || /(^|\.)\d+(\.|$)/.test(path)) return undefined;
  if (condition instanceof RegExp) return undefined;
  if (!hasOperators(condition)) return [condition];
  if (Object.keys(condition).length !== 1) return undefined;
  if (Object.hasOwn(condition, '$eq')) return [condition.$eq];
  const values = condition.$in;
  if (!Array.isArray(values) || values.some((value) => value instanceof RegExp)) return undefined;
  return values;
}

function toEquality(path: string, values: readonly unknown[]): Equality {
  return { path, keys: new Set(values.map(valueKey)), indexable: !values.some(Array.isArray) };
}

function holds({ path, keys }: Equality, document: Document): boolean {
  return valuesAt(document, path).some(
    (value) =>
      keys.has(valueKey(value)) ||
      (Array.isArray(value) && value.some((item) => keys.has(valueKey(item)))),
  );
}
