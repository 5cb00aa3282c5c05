/**
 * Compare-and-set in one command, without transactions, pipeline updates or a version field in the
 * user's document, on databases with and without `$expr`.
 */
import type { Collection, Filter as DriverFilter } from 'mongodb';
import type { Log } from '../../log.ts';
import type { Document } from '../../values/documents.ts';
import { differingFields } from '../document-bytes.ts';
import type { StoredDocument } from '../port.ts';
import { isNotSupported } from './driver-errors.ts';
import { asFilter, isPathName, matchFields, matchUnchanged } from './unchanged-filter.ts';

/** How the documents of one store are compared. */
export type Comparison = ReturnType<typeof createComparison>;

/**
 * Creates the comparison of a store. It takes for granted that the database has `$expr`, as MongoDB
 * has since 3.6; the first refusal shows when it has not, and a line in the log says so.
 */
export function createComparison(log: Log) {
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
    /**
     * Runs `operation` with a filter that matches only while the document is `before`, which the
     * operation makes into `after`, or deletes (`null`).
     */
    async run<T>(
      collection: Collection,
      { before, after }: { readonly before: StoredDocument; readonly after: Document | null },
      operation: (filter: DriverFilter<Document>) => Promise<T>,
    ): Promise<T> {
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
