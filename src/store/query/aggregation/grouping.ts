/** The stage `$group`, by MongoDB's equality of values. */
import { evalExpr } from 'mingo/core';
import { type Iterator, Lazy } from 'mingo/lazy';
import type { Options } from 'mingo/types';
import { type Document, isPlainObject } from '../../../values/documents.ts';
import { valueKey } from '../../../values/equality.ts';

/** Documents being grouped. */
export type Grouping = ReturnType<typeof beginGrouping>;

/** `$group` as mingo calls it. */
export function groupStage(documents: Iterator, spec: unknown, options: Options): Iterator {
  const grouping = beginGrouping(spec, options);
  return documents.transform<Document>((items) => {
    for (const item of items) grouping.add(item);
    return Lazy(grouping.results());
  });
}

/** Begins to group by a `$group` stage. Fails with an `Error` if it is malformed. */
export function beginGrouping(spec: unknown, options: Options) {
  if (!isPlainObject(spec) || !Object.hasOwn(spec, '_id')) {
    throw new Error('"$group" takes a document with "_id"');
  }
  const { _id: idExpression, ...accumulators } = spec;
  const groups = new Map<string, { readonly _id: unknown; readonly items: Document[] }>();
  const toResult = ({ _id, items }: { readonly _id: unknown; readonly items: Document[] }) => ({
    _id,
    ...Object.fromEntries(
      Object.entries(accumulators).map(([name, accumulator]) => [
        name,
        evalExpr(items, accumulator, options),
      ]),
    ),
  });
  return {
    add(item: Document) {
      const _id = evalExpr(item, idExpression, options) ?? null;
      const key = valueKey(_id);
      const group = groups.get(key) ?? { _id, items: [] };
      group.items.push(item);
      groups.set(key, group);
    },
    *results(): Generator<Document, void, undefined> {
      for (const group of groups.values()) yield toResult(group);
    },
  };
}
