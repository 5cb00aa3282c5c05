/** What the methods of the data service share. */

import type { Document } from '../../values/documents.ts';
import type { OperationLimits } from '../operation-limits.ts';
import type { Filter } from '../port.ts';
import type { Aggregation } from '../query/aggregation.ts';
import { compileProjection } from '../query/projection.ts';
import { decodeStored } from '../stored-document.ts';
import type { Work } from '../turns.ts';
import type { Decode } from './query.ts';
import type { Source } from './scan.ts';

/** What one operation on a collection works with. */
export interface DataContext {
  readonly aggregation: Aggregation;
  readonly now: () => number;
  readonly limits: OperationLimits;
  readonly work: Work;
  /** Reports an operation by the name of its command. */
  readonly count: (name: string) => void;
  /** The collection, or another one of its database; `undefined` if nothing was ever written to it. */
  readonly existing: (collection?: string) => Promise<Source | undefined>;
  /** The collection, which is made if need be. */
  readonly open: () => Promise<Source>;
}

/** Decodes with every BSON type kept. */
export const decodeTyped: Decode = (bytes) => decodeStored(bytes).document;

/** What is shown of the documents that `filter` finds; `undefined`: all of them. */
export function createShow(
  { aggregation }: DataContext,
  filter: Filter,
  projection: Document | undefined,
): ((document: Document) => Document) | undefined {
  if (projection === undefined) return undefined;
  return compileProjection(projection, {
    filter,
    operators: aggregation.operators,
    evaluate: aggregation.evaluate,
  });
}
