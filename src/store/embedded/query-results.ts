/** Documents that a query finds, in order, within the limits of whoever asks. */
import { calculateObjectSize } from '../../bson.ts';
import type { Document } from '../../values/documents.ts';
import { createSorter, type Sort } from '../../values/order.ts';
import { eachInTurns, sortInTurns } from '../turns.ts';
import type { Match } from './matches.ts';
import { planScan, type Query, type ScanPlan, type Source, scan } from './query-scan.ts';
import { createTop } from './top-items.ts';

/** Which of the matches, in order. */
interface Window {
  readonly skip: number;
  /** Infinity: all that are left. */
  readonly take: number;
}

const FIRST: Window = { skip: 0, take: 1 };
const ALL: Window = { skip: 0, take: Number.POSITIVE_INFINITY };

/** What is asked for. */
export interface Selection extends Query, Window {
  /** What is kept of a document; absent: all of it. */
  readonly show?: ((document: Document) => Document) | undefined;
}

/** Finds documents. */
export async function selectDocuments(source: Source, selection: Selection): Promise<Document[]> {
  const found: Document[] = [];
  const { hold } = source.limits;
  const { show } = selection;
  await selectMatches(source, selection, selection, (match, isHeld) => {
    const shown = show === undefined ? match.document : show(match.document);
    if (isHeld) hold(-match.bytes.length);
    hold(show === undefined ? match.bytes.length : calculateObjectSize(shown));
    found.push(shown);
  });
  return found;
}

/** Counts documents. */
export async function countMatches(source: Source, selection: Selection): Promise<number> {
  let found = 0;
  await selectMatches(source, selection, selection, () => {
    found += 1;
  });
  return found;
}

/** The first match, in `sort` order if there is one. */
export async function firstMatch(source: Source, query: Query): Promise<Match | undefined> {
  let first: Match | undefined;
  await selectMatches(source, query, FIRST, (match) => {
    first = match;
  });
  return first;
}

/** Shows every match to `visit`, in any order. */
export async function visitMatches(
  source: Source,
  query: Query,
  visit: (match: Match) => void,
): Promise<void> {
  await selectMatches(source, query, ALL, visit);
}

/** Shows matches in order. `isHeld`: it was said to the limits that the match is in memory. */
type Visit = (match: Match, isHeld: boolean) => void;

/** Shows those matches to `visit`, in order, that are neither skipped nor beyond the last one. */
async function selectMatches(
  source: Source,
  query: Query,
  window: Window,
  visit: Visit,
): Promise<void> {
  const { skip, take } = window;
  const { sort } = query;
  if (take === 0) return;
  const plan = planScan(source, query);
  if (plan.matches !== undefined && plan.matches.length <= 1) {
    // What most queries of the gateway find: nothing to wait for, nor to put in order.
    const [only] = plan.matches;
    if (only !== undefined && skip === 0) visit(only, false);
  } else if (sort === undefined || plan.isSorted)
    await streamMatches(source, { ...query, ...window }, plan, visit);
  else {
    const sorted = await sortMatches(source, query, plan, { sort, end: skip + take });
    await eachInTurns(source.work, sorted.slice(skip), (match) => visit(match, true));
  }
}

async function streamMatches(
  source: Source,
  selection: Query & Window,
  plan: ScanPlan,
  visit: Visit,
): Promise<void> {
  const { skip, take } = selection;
  const end = skip + take;
  let place = 0;
  for await (const matches of scan(source, { ...selection, total: end }, plan)) {
    for (const match of matches) {
      if (place >= skip) visit(match, false);
      place += 1;
      if (place >= end) return;
    }
  }
}

interface Ranked {
  readonly match: Match;
  readonly key: readonly unknown[];
  readonly place: number;
}

/** Keeps no more of them than are asked for. */
async function sortMatches(
  source: Source,
  query: Query,
  plan: ScanPlan,
  { sort, end }: { readonly sort: Sort; readonly end: number },
): Promise<readonly Match[]> {
  const { hold } = source.limits;
  const sorter = createSorter(sort);
  const compare = (left: Ranked, right: Ranked) =>
    sorter.compare(left.key, right.key) || left.place - right.place;
  const top = createTop<Ranked>(end, compare);
  let place = 0;
  for await (const matches of scan(source, query, plan)) {
    for (const match of matches) {
      hold(match.bytes.length);
      const dropped = top.add({ match, key: sorter.keyOf(match.document), place });
      if (dropped !== undefined) hold(-dropped.match.bytes.length);
      place += 1;
    }
  }
  const sorted = await sortInTurns(source.work, top.items, compare);
  return sorted.map(({ match }) => match);
}
