/** Compare-and-set on databases with and without `$expr`. */
import type { Collection, Filter as DriverFilter } from 'mongodb';
import type { Log } from '../../log.ts';
import type { Document } from '../../values/documents.ts';
import { differingFields } from '../document-bytes.ts';
import type { Filter, StoredDocument } from '../port.ts';
import { toEncodableForm } from '../stored-document.ts';
import { isPathName, matchUnchanged, typeConditions } from './compare.ts';
import { isNotSupported } from './errors.ts';

/** BSON type numbers. */
const NULL_TYPE = 10;
const ARRAY_TYPE = 4;

/** How the documents of one store are compared. */
export interface Comparison {
  /**
   * Runs `operation` with a filter that matches only while the document is `before`, which the
   * operation makes into `after`, or deletes (`null`).
   */
  run<T>(
    collection: Collection,
    change: { readonly before: StoredDocument; readonly after: Document | null },
    operation: (filter: DriverFilter<Document>) => Promise<T>,
  ): Promise<T>;
}

/**
 * Creates the comparison of a store. It takes for granted that the database has `$expr`, as MongoDB
 * has since 3.6; the first refusal shows when it has not, and a line in the log says so.
 */
export function createComparison(log: Log): Comparison {
  let hasExpressions = true;

  /** Whether `error` says that the database lacks `$expr`; the log hears of it once. */
  async function isLackOfExpressions(error: unknown, collection: Collection): Promise<boolean> {
    if (!isNotSupported(error)) return false;
    const verdict = await takesExpressions(collection);
    if (verdict === 'yes') return false;
    // Nothing to try it on: the document went in between, which its fields tell as well.
    if (verdict === 'unknown' || !hasExpressions) return true;
    hasExpressions = false;
    log.warn(
      'the database has no $expr: documents are compared field by field, and a field that another ' +
        'writer adds at the same moment goes unnoticed (docs/databases.md)',
    );
    return true;
  }

  return {
    async run(collection, { before, after }, operation) {
      if (!hasExpressions) return operation(asFilter(matchFields(before, after)));
      try {
        return await operation(asFilter(matchUnchanged(before)));
      } catch (error) {
        if (!(await isLackOfExpressions(error, collection))) throw error;
      }
      return operation(asFilter(matchFields(before, after)));
    },
  };
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
  const { value, inexact } = toEncodableForm(before);
  const conditions: Record<string, Filter> = typeConditions(before.document);
  for (const [name, field] of value instanceof Map ? value : Object.entries(value)) {
    if (name === '_id' || !isPathName(name) || inexact.includes(name)) continue;
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

/** Whether the database takes `$expr`: unknown if it has no document to try it on. */
async function takesExpressions(collection: Collection): Promise<'yes' | 'no' | 'unknown'> {
  try {
    const options = { projection: { _id: 1 } };
    const found = await collection.findOne({ $expr: { $eq: [1, 1] } }, options);
    return found === null ? 'unknown' : 'yes';
  } catch (error) {
    if (isNotSupported(error)) return 'no';
    throw error;
  }
}

function asFilter(filter: Filter): DriverFilter<Document> {
  return filter as DriverFilter<Document>;
}
