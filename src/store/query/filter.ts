/** Filters, and what they say to an index: equality and `$in` name the keys to look up. */
import { deserialize, ObjectId } from '../../bson.ts';
import type { Document } from '../../values/documents.ts';
import { equalityKey, valueKey } from '../../values/equality.ts';
import { encodeDocument } from '../document-bytes.ts';
import type { Filter } from '../port.ts';
import { toTyped } from '../stored-document.ts';
import { all, compileCondition, hasOperators, type QueryOperators } from './conditions.ts';
import { anyValue, QUERY_OPERATORS } from './query-operators.ts';

/** A condition that a field equals one of some values. */
export interface Equality {
  readonly path: string;
  readonly keys: ReadonlySet<string>;
  /** Whether an index on `path` finds every match. It lists items of arrays, not arrays. */
  readonly indexable: boolean;
}

/** Values between which the `_id` of every match is, as far as the filter says. */
export interface IdBounds {
  readonly from?: unknown;
  readonly to?: unknown;
}

/** A filter ready for use. */
export interface CompiledFilter {
  /** Whether it lets every document through. */
  readonly isEmpty: boolean;
  readonly idBounds: IdBounds;
  /** Conditions that all have to hold and that an index may answer. */
  readonly equalities: readonly Equality[];
  /** Whether a document matches, decoded to plain values or with every BSON type kept. */
  readonly matches: (document: Document) => boolean;
}

/** Compiles a MongoDB filter. Fails with a plain `Error` if an operator is not among these. */
export function compileFilter(
  filter: Filter,
  operators: QueryOperators = QUERY_OPERATORS,
): CompiledFilter {
  const ids = readIds(filter);
  if (ids !== null) return filterOfIds(ids);
  // Through BSON and back, so that the values are of the types that stored ones decode to.
  const conditions = deserialize(encodeDocument(filter));
  return {
    isEmpty: Object.keys(conditions).length === 0,
    idBounds: idBounds(conditions._id),
    equalities: Object.entries(conditions).flatMap(([path, condition]) => {
      const values = equalValues(path, condition);
      return values === undefined ? [] : [toEquality(path, values)];
    }),
    matches: compileCondition(conditions, operators),
  };
}

/** Half of a character has no UTF-8. */
const CHANGED_BY_BSON = /\p{Surrogate}/u;

/**
 * What a filter asks for if it names nothing but ids, texts and lists of them, as most do: `null` if there is more. BSON
 * leaves all of it as it is.
 */
function readIds(filter: Filter): Equality[] | null {
  const equalities: Equality[] = [];
  for (const path of Object.keys(filter)) {
    const values = equalValues(path, filter[path]);
    if (values === undefined || !values.every(isId) || path.includes('\0')) return null;
    equalities.push(toEquality(path, values));
  }
  return equalities;
}

/** The filter that `compileCondition` would make of them, with the keys that the indexes look up. */
function filterOfIds(equalities: readonly Equality[]): CompiledFilter {
  return {
    isEmpty: equalities.length === 0,
    idBounds: {},
    equalities,
    matches: all(
      equalities.map(({ keys, path }) => anyValue(path, (value) => keys.has(equalityKey(value)))),
    ),
  };
}

function isId(value: unknown): boolean {
  return typeof value === 'string' ? !CHANGED_BY_BSON.test(value) : value instanceof ObjectId;
}

function idBounds(condition: unknown): IdBounds {
  if (!hasOperators(condition)) return {};
  return { from: condition.$gte ?? condition.$gt, to: condition.$lte ?? condition.$lt };
}

/** The fields that an upsert takes over from its filter: path and value, BSON types kept. */
export function upsertFields(filter: Filter): [path: string, value: unknown][] {
  const fields: [string, unknown][] = [];
  for (const [path, condition] of Object.entries(toTyped(filter))) {
    if (path === '$and' && Array.isArray(condition)) {
      fields.push(...condition.flatMap((part) => upsertFields(part as Filter)));
    }
    if (path.startsWith('$')) continue;
    if (!hasOperators(condition)) fields.push([path, condition]);
    else if (Object.hasOwn(condition, '$eq')) fields.push([path, condition.$eq]);
  }
  return fields;
}

function equalValues(path: string, condition: unknown): readonly unknown[] | undefined {
  if (path.startsWith('$')) return undefined;
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
