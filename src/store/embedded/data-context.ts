/** What the methods of the data service share. */
import type { Document, Filter } from '../port.ts';
import type { Aggregation } from '../query/aggregation.ts';
import { compileProjection } from '../query/projection.ts';
import { decodeStored } from '../stored-document.ts';
import type { Access } from './access.ts';
import type { Decode } from './query.ts';

/** What the operations of one collection work with. */
export interface DataContext {
  readonly aggregation: Aggregation;
  readonly now: () => number;
  /** Reports an operation by the name of its command. */
  readonly count: (name: string) => void;
  /** The collection, or another one of its database; `undefined` if nothing was ever written to it. */
  readonly existing: (collection?: string) => Promise<Access | undefined>;
  /** The collection, which is made if need be. */
  readonly open: () => Promise<Access>;
}

/** Decodes with every BSON type kept. */
export const decodeTyped: Decode = (bytes) => decodeStored(bytes).document;

/** What is shown of the documents that `filter` finds. */
export function createShow(
  { aggregation }: DataContext,
  filter: Filter,
  projection: Document | undefined,
): (document: Document) => Document {
  if (projection === undefined) return (document) => document;
  return compileProjection(projection, {
    filter,
    filterOptions: aggregation.filterOptions,
    evaluate: aggregation.evaluate,
  });
}
