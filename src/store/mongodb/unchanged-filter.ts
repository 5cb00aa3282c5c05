/** Filters that match a document only while it is what was read. */
import type { Filter as DriverFilter } from 'mongodb';
import { type Document, isPlainObject } from '../../values/documents.ts';
import { differingFields } from '../document-bytes.ts';
import type { Filter, StoredDocument } from '../port.ts';
import { type EncodableForm, toEncodableForm } from '../stored-document.ts';

/** BSON type numbers that the server calls equal to other types of the same value. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  Double: 1,
  BSONSymbol: 14,
  Int32: 16,
  Long: 18,
  Decimal128: 19,
};

/** Two more of them. */
const NULL_TYPE = 10;
const ARRAY_TYPE = 4;

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
  const form = toEncodableForm(before);
  return {
    ...typeConditions(before.document),
    ...arrayConditions(form),
    _id: { $eq: before.document._id },
    $expr: form.inexact.length === 0 ? equalsWhole(form) : equalsFields(form),
  };
}

function equalsWhole({ value }: EncodableForm): Document {
  return { $eq: ['$$ROOT', { $literal: value }] };
}

/** Compares the other fields as a list of names and values, in order. */
function equalsFields(form: EncodableForm): Document {
  const { inexact } = form;
  return {
    $eq: [
      {
        $filter: {
          input: { $objectToArray: '$$ROOT' },
          as: 'field',
          cond: { $not: [{ $in: ['$$field.k', { $literal: inexact }] }] },
        },
      },
      { $literal: exactFields(form).map(([k, v]) => ({ k, v })) },
    ],
  };
}

function exactFields({ value, inexact }: EncodableForm): [name: string, value: unknown][] {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries.filter(([name]) => !inexact.includes(name));
}

/**
 * Whole fields that hold arrays, as the query language compares them. On a MongoDB server `$expr`
 * says the same; some that speak its protocol compare arrays in expressions by one element only,
 * and two appends would then overwrite each other.
 */
function arrayConditions(form: EncodableForm): Filter {
  const lists = exactFields(form).filter(([name, field]) => isPathName(name) && holdsArray(field));
  return Object.fromEntries(lists.map(([name, field]) => [name, { $eq: field }]));
}

function holdsArray(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  if (value instanceof Map) return [...value.values()].some(holdsArray);
  return isPlainObject(value) && Object.values(value).some(holdsArray);
}

/** Conditions on the types of numbers, which the server calls equal across types. */
function typeConditions(document: Document): Record<string, Filter> {
  const conditions: Record<string, Filter> = {};
  let left = MAX_TYPE_CONDITIONS;
  const collect = (fields: Document, prefix: string) => {
    for (const [name, value] of Object.entries(fields)) {
      if (left === 0 || !isPathName(name)) continue;
      const type = TYPE_NUMBERS[bsonTypeOf(value)];
      if (type !== undefined) {
        conditions[`${prefix}${name}`] = { $type: type };
        left -= 1;
      } else if (isPlainObject(value)) collect(value, `${prefix}${name}.`);
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

/** Whether a name can stand in a dotted path. */
export function isPathName(name: string): boolean {
  return name !== '' && !name.includes('.') && !name.startsWith('$');
}

/**
 * Filter that matches while every field of `before` is what it was, and every field that `after`
 * adds is still absent.
 *
 * Weaker than `matchUnchanged`: a field that another writer adds and that `after` does not have, the
 * order of fields, and fields that no path can name ('', 'a.b', '$a') go unnoticed. What the caller
 * writes never overwrites what another wrote.
 */
export function matchFields(before: StoredDocument, after: Document | null): Filter {
  const conditions: Record<string, Filter> = typeConditions(before.document);
  for (const [name, field] of exactFields(toEncodableForm(before))) {
    if (name === '_id' || !isPathName(name)) continue;
    conditions[name] = { ...conditions[name], ...equals(field) };
  }
  const added = after === null ? [] : differingFields(before.document, after);
  for (const name of added) {
    if (!isPathName(name) || Object.hasOwn(before.document, name)) continue;
    conditions[name] = { $exists: false };
  }
  return { ...conditions, _id: { $eq: before.document._id } };
}

/** To a query, an array equals each of its items, and a missing field equals null. */
function equals(value: unknown): Filter {
  if (value === null) return { $type: NULL_TYPE, $not: { $type: ARRAY_TYPE } };
  return { $eq: value, ...(Array.isArray(value) ? {} : { $not: { $type: ARRAY_TYPE } }) };
}

/** The port's filters are the driver's; its types want to know the fields. */
export function asFilter(filter: Filter): DriverFilter<Document> {
  return filter as DriverFilter<Document>;
}
