/**
 * Compare-and-set in one command, without transactions, pipeline updates or a version field in the
 * user's document: the filter compares the whole stored document with the one that was read.
 */

import type { Document } from '../../values/documents.ts';
import { differingFields } from '../document-bytes.ts';
import type { Filter, StoredDocument } from '../port.ts';
import { toEncodableForm } from '../stored-document.ts';

/** BSON type numbers that the server calls equal to other types of the same value. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  Double: 1,
  BSONSymbol: 14,
  Int32: 16,
  Long: 18,
  Decimal128: 19,
};

/** Upper bound of conditions on types, so that a huge document does not make a huge filter. */
const MAX_TYPE_CONDITIONS = 200;

/**
 * Filter that matches the document only while it is `before`, field order included.
 *
 * What remains: the server calls 1 and 1.0 equal, so the types of numbers are compared too, but
 * not inside arrays nor beyond 200 of them. 0 and -0, spellings of one decimal (1.0 and 1.00), and
 * strings that the collection's own collation calls equal are not told apart, nor are values that
 * cannot be sent again (see `EncodableForm`). A write only sets fields that the caller changed, so
 * such a change from outside to any other field is not lost.
 */
export function matchUnchanged(before: StoredDocument): Filter {
  const { value, inexact } = toEncodableForm(before);
  return {
    ...typeConditions(before.document),
    ...arrayConditions(value, inexact),
    _id: { $eq: before.document._id },
    $expr: inexact.length === 0 ? equalsWhole(value) : equalsFields(value, inexact),
  };
}

function equalsWhole(value: unknown): Document {
  return { $eq: ['$$ROOT', { $literal: value }] };
}

/** Compares the other fields as a list of names and values, in order. */
function equalsFields(
  value: Document | ReadonlyMap<string, unknown>,
  inexact: readonly string[],
): Document {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const exact = entries.filter(([name]) => !inexact.includes(name));
  return {
    $eq: [
      {
        $filter: {
          input: { $objectToArray: '$$ROOT' },
          as: 'field',
          cond: { $not: [{ $in: ['$$field.k', { $literal: inexact }] }] },
        },
      },
      { $literal: exact.map(([k, v]) => ({ k, v })) },
    ],
  };
}

/**
 * Whole fields that hold arrays, as the query language compares them. On a MongoDB server `$expr`
 * says the same; some that speak its protocol compare arrays in expressions by one element only,
 * and two appends would then overwrite each other.
 */
function arrayConditions(
  value: Document | ReadonlyMap<string, unknown>,
  inexact: readonly string[],
): Filter {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(
    entries
      .filter(([name, field]) => isPathName(name) && !inexact.includes(name) && holdsArray(field))
      .map(([name, field]) => [name, { $eq: field }]),
  );
}

function holdsArray(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  if (value instanceof Map) return [...value.values()].some(holdsArray);
  return isDocument(value) && Object.values(value).some(holdsArray);
}

/** Conditions on the types of numbers, which the server calls equal across types. */
export function typeConditions(document: Document): Record<string, Filter> {
  const conditions: Record<string, Filter> = {};
  let left = MAX_TYPE_CONDITIONS;
  const collect = (fields: Document, prefix: string) => {
    for (const [name, value] of Object.entries(fields)) {
      if (left === 0 || !isPathName(name)) continue;
      const type = TYPE_NUMBERS[bsonTypeOf(value)];
      if (type !== undefined) {
        conditions[`${prefix}${name}`] = { $type: type };
        left -= 1;
      } else if (isDocument(value)) collect(value, `${prefix}${name}.`);
    }
  };
  collect(document, '');
  return conditions;
}

function bsonTypeOf(value: unknown): string {
  return typeof value === 'object' && value !== null && '_bsontype' in value
    ? String(value._bsontype)
    : '';
}

function isDocument(value: unknown): value is Document {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/** Whether a name can stand in a dotted path. */
export function isPathName(name: string): boolean {
  return name !== '' && !name.includes('.') && !name.startsWith('$');
}

/** How to make one document into another. */
export type Change =
  | { readonly type: 'none' }
  /** Update operators for the top-level fields that differ. */
  | { readonly type: 'update'; readonly update: Document }
  /** The whole new document, because a field that differs cannot be named by an operator. */
  | { readonly type: 'replacement'; readonly document: Document }
  /** A pipeline, because the new document has a field that a replacement may not have. */
  | { readonly type: 'pipeline'; readonly pipeline: Document[] };

/**
 * The smallest change from `before` to `after`.
 *
 * Only the last two rewrite fields that do not differ, and with them values that cannot be sent
 * again. They happen if an outside writer made a field named '', 'a.b' or '$a' and it is now
 * changed or removed. The pipeline (MongoDB 4.2) happens if one named '$a' stays: no other command
 * of the server can write it.
 */
export function describeChange(before: Document, after: Document): Change {
  const names = [...differingFields(before, after)];
  if (names.length === 0) return { type: 'none' };
  if (!names.every(isPathName)) {
    return Object.keys(after).some((name) => name.startsWith('$'))
      ? { type: 'pipeline', pipeline: [{ $replaceWith: { $literal: after } }] }
      : { type: 'replacement', document: after };
  }
  const isSet = (name: string) => Object.hasOwn(after, name);
  const set = names.filter(isSet).map((name) => [name, after[name]]);
  const unset = names.filter((name) => !isSet(name)).map((name) => [name, '']);
  return {
    type: 'update',
    update: {
      ...(set.length > 0 && { $set: Object.fromEntries(set) }),
      ...(unset.length > 0 && { $unset: Object.fromEntries(unset) }),
    },
  };
}
