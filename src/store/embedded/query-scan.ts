/**
 * Reading what a query asks for in pieces, each in a read transaction of its own: one that was held
 * meanwhile would keep old pages from being used again. So a scan is no snapshot: it sees each document
 * at most once, as it is when its turn comes.
 */

import type { Sort } from '../../values/order.ts';
import type { OperationLimits } from '../operation-limits.ts';
import type { CompiledFilter } from '../query/filter.ts';
import type { Work } from '../turns.ts';
import type { Access } from './collection-access.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { type Decode, findAmong, isMatch, type Match, toMatch } from './matches.ts';
import { assertUnlisted, type KeyRange, type Plan, planQuery } from './query-plan.ts';

/** What was read in one piece of a scan. */
export interface ScannedPiece {
  readonly documents: number;
  /** How many of them were decoded. */
  readonly decoded: number;
}

/** A collection, and the bounds of what is done with it. */
export interface Source {
  readonly access: Access;
  readonly work: Work;
  readonly limits: OperationLimits;
  readonly onPiece: (piece: ScannedPiece) => void;
}

/** What is looked for. */
export interface Query {
  readonly filter: CompiledFilter;
  readonly sort?: Sort | undefined;
  readonly decode: Decode;
  /** Most matches that are wanted at once. */
  readonly batch?: number;
  /** Most matches that are wanted at all. */
  readonly total?: number;
}

/** As many documents as an index may name to be read or changed in one transaction. */
export const FEW = 100;

/** As many missing documents as are looked at once more. */
const MAX_MISSED = 1_000;

/** A plan, with the matches themselves if an index names them and they are few. */
export type ScanPlan = Plan & { readonly matches?: readonly Match[] };

/** Plans a query. */
export function planScan({ access }: Source, { decode, filter, sort }: Query): ScanPlan {
  return access.read((collection) => {
    const plan = planQuery(collection, filter, sort);
    if (plan.kind === 'range' || plan.keys.length > FEW) return plan;
    const { isSorted, keys, kind } = plan;
    return { kind, keys, isSorted, matches: [...findAmong(collection, keys, filter, decode)] };
  });
}

/** Reads the matches of a plan, piece by piece. */
export async function* scan(
  source: Source,
  query: Query,
  plan: ScanPlan,
): AsyncGenerator<readonly Match[], void, undefined> {
  const { access, work } = source;
  if (plan.matches !== undefined) {
    yield plan.matches;
    return;
  }
  const { batch = Number.POSITIVE_INFINITY, total = Number.POSITIVE_INFINITY } = query;
  let left = total;
  const missed: Buffer[] = [];
  const readOn = plan.kind === 'keys' ? keyedEntries(plan.keys, missed) : rangeEntries(plan.range);
  for (;;) {
    const most = Math.min(batch, left);
    const { matches, isLast } = access.read((collection) =>
      readPiece(readOn(collection), source, query, most),
    );
    if (matches.length > 0) yield matches;
    left -= matches.length;
    if (left === 0) return;
    if (isLast) {
      return access.read((collection) => assertUnlisted(collection, query.filter, missed));
    }
    await work.rest();
  }
}

function readPiece(
  entries: Iterable<Entry>,
  { onPiece, work }: Source,
  { filter, decode }: Query,
  most: number,
): { readonly matches: readonly Match[]; readonly isLast: boolean } {
  const matches: Match[] = [];
  let [documents, decoded] = [0, 0];
  const countedDecode: Decode = (bytes) => {
    decoded += 1;
    return decode(bytes);
  };
  let isLast = true;
  for (const [key, bytes] of entries) {
    documents += 1;
    const match = toMatch(key, bytes, countedDecode);
    if (isMatch(match, filter)) matches.push(match);
    isLast = matches.length < most && !work.isOver();
    if (!isLast) break;
  }
  onPiece({ documents, decoded });
  return { matches, isLast };
}

type Entry = readonly [key: Buffer, bytes: Uint8Array];

/** Reads on, in a transaction, after the entry that was taken last. */
type ReadOn = (collection: OpenCollection) => Iterable<Entry>;

function keyedEntries(keys: readonly Buffer[], missed: Buffer[]): ReadOn {
  let place = 0;
  return function* ({ documents }) {
    while (place < keys.length) {
      const key = keys[place] as Buffer;
      place += 1;
      const bytes = documents.get(key);
      if (bytes !== undefined) yield [key, bytes];
      // Deleted since the keys were looked up, as a rule.
      else if (missed.length < MAX_MISSED) missed.push(key);
    }
  };
}

function rangeEntries({ from, to, isDescending }: KeyRange): ReadOn {
  const [first, last] = isDescending ? [to, from] : [from, to];
  let after: Buffer | undefined;
  return function* ({ documents }) {
    const start = after ?? first;
    const options = { ...(start === undefined ? {} : { start }), reverse: isDescending };
    for (const { key, value } of documents.getRange(options)) {
      if (after?.equals(key) === true) continue;
      if (last !== undefined && isBeyond(key, last, isDescending)) return;
      after = key;
      yield [key, value];
    }
  };
}

function isBeyond(key: Buffer, last: Buffer, isDescending: boolean): boolean {
  const order = Buffer.compare(key, last);
  return isDescending ? order < 0 : order > 0;
}
