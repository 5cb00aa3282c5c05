/** Which keys a query looks at: those that an index names, else a range of the keys of `_id`. */
import { ObjectId } from '../../bson.ts';
import { valueKey } from '../../values/equality.ts';
import type { Sort } from '../../values/order.ts';
import type { CompiledFilter, IdBounds } from '../query/filter.ts';
import { damaged } from './damage.ts';
import type { BinaryDatabase } from './environment.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { documentKeysOf, isUnique, listsAll, type OpenIndex } from './index-entries.ts';

/** Keys in the order in which they are read. */
export interface KeyRange {
  /** The lowest key that may match; absent: no bound. */
  readonly from?: Buffer;
  /** The highest one. */
  readonly to?: Buffer;
  readonly isDescending: boolean;
}

/** What a query reads. */
export type Plan = (
  | { readonly kind: 'keys'; readonly keys: readonly Buffer[] }
  | { readonly kind: 'range'; readonly range: KeyRange }
) & {
  /** Whether documents are known to come in the order that was asked for. */
  readonly isSorted: boolean;
};

/** Plans a query. Runs inside a transaction. */
export function planQuery(collection: OpenCollection, filter: CompiledFilter, sort?: Sort): Plan {
  const { documents } = collection;
  const direction = sort === undefined ? undefined : directionOfId(sort);
  const plan = () => planRange(documents, filter.idBounds, direction);
  if (direction !== undefined && isClosed(filter.idBounds) && !hasUnique(collection, filter)) {
    const closed = plan();
    if (closed.isSorted) return closed;
  }
  const keys = indexedKeys(collection, filter);
  return keys === undefined ? plan() : { kind: 'keys', keys, isSorted: false };
}

/** Keys of the documents that may match, or `undefined` if no index can tell. */
export function indexedKeys(
  collection: OpenCollection,
  filter: CompiledFilter,
): readonly Buffer[] | undefined {
  const byId = filter.equalities.find(({ path, indexable }) => path === '_id' && indexable);
  if (byId !== undefined) return Array.from(byId.keys, (key) => Buffer.from(key));
  const [usable] = usableIndexes(collection, filter);
  if (usable === undefined) return undefined;
  const found = new Map<string, Buffer>();
  for (const key of usable.keys) {
    for (const documentKey of documentKeysOf(usable.index, key)) {
      found.set(documentKey.toString('latin1'), documentKey);
    }
  }
  return [...found.values()];
}

/**
 * Fails with `SERVICE_UNAVAILABLE` if an index lists one of the documents that were `missed`, and it is not
 * there: a document and its entries change in one transaction, so this is damage. Runs inside one.
 */
export function assertUnlisted(
  collection: OpenCollection,
  filter: CompiledFilter,
  missed: readonly Buffer[],
): void {
  if (missed.length === 0 || looksUpId(filter)) return;
  const toText = (key: Buffer) => key.toString('latin1');
  const listed = new Set(indexedKeys(collection, filter)?.map(toText));
  const isDamage = (key: Buffer) =>
    listed.has(toText(key)) && collection.documents.get(key) === undefined;
  if (missed.some(isDamage)) throw damaged('an index lists a document that is not there');
}

/** Whether the filter names documents by `_id`, whether they are there or not. */
function looksUpId({ equalities }: CompiledFilter): boolean {
  return equalities.some(({ path, indexable }) => path === '_id' && indexable);
}

interface UsableIndex {
  readonly index: OpenIndex;
  readonly keys: ReadonlySet<string>;
}

function usableIndexes(collection: OpenCollection, filter: CompiledFilter): UsableIndex[] {
  return filter.equalities.flatMap(({ path, keys, indexable }) => {
    const index = collection.indexes.find(
      (candidate) => candidate.field === path && listsAll(candidate, keys),
    );
    return index === undefined || !indexable ? [] : [{ index, keys }];
  });
}

/** Whether at most one document can match. */
function hasUnique(collection: OpenCollection, filter: CompiledFilter): boolean {
  return (
    filter.equalities.some(({ path }) => path === '_id') ||
    usableIndexes(collection, filter).some(({ index }) => isUnique(index))
  );
}

/** Ids are unique, so what else there is to sort by decides nothing. */
function directionOfId(sort: Sort): 1 | -1 | undefined {
  const [first] = Object.entries(sort);
  return first?.[0] === '_id' ? first[1] : undefined;
}

function isClosed({ from, to }: IdBounds): boolean {
  return from !== undefined && to !== undefined;
}

/** Keys between `from` and `to` that may match, as far as keys can tell. */
function planRange(
  documents: BinaryDatabase,
  bounds: IdBounds,
  direction: 1 | -1 | undefined,
): Plan {
  const bracket = bracketOf(documents, bounds);
  const run = runWithin(documents, bracket);
  const within = (bound: unknown, other: Buffer | undefined) => {
    const key = bound === undefined || run === undefined ? undefined : Buffer.from(valueKey(bound));
    return key !== undefined && runOf(key) === run ? key : other;
  };
  const from = within(bounds.from, bracket.from);
  const to = within(bounds.to, bracket.to);
  return {
    kind: 'range',
    range: {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      isDescending: direction === -1,
    },
    isSorted: direction !== undefined && (run !== undefined || isEmpty(documents)),
  };
}

type Bracket = Pick<KeyRange, 'from' | 'to'>;

const TEXT_KEYS: Bracket = { from: Buffer.from('s'), to: Buffer.from('t') };
const OBJECT_ID_KEYS: Bracket = { from: Buffer.from('o'), to: Buffer.from('p') };
/** Keys that were too long. They may be of any type. */
const HASHED_KEYS = { start: Buffer.from('h'), end: Buffer.from('i') } as const;

/** A value is only ever greater or less than one of its own type: the keys of that type. */
function bracketOf(documents: BinaryDatabase, { from, to }: IdBounds): Bracket {
  const given = [from, to].filter((bound) => bound !== undefined);
  if (given.length === 0) return {};
  if (given.every((bound) => bound instanceof ObjectId)) return OBJECT_ID_KEYS;
  const areTexts = given.every((bound) => typeof bound === 'string');
  return areTexts && keyAt(documents, HASHED_KEYS) === undefined ? TEXT_KEYS : {};
}

/**
 * A run: keys whose order is that of the values, which are ObjectIds, or texts of one length. Keys that
 * begin alike lie together, so if the first and the last of a bracket are of one run, all between are.
 */
function runWithin(documents: BinaryDatabase, { from, to }: Bracket): string | undefined {
  const lowest = keyAt(documents, from === undefined ? {} : { start: from });
  const highest = keyAt(documents, { ...(to === undefined ? {} : { start: to }), reverse: true });
  if (lowest === undefined || highest === undefined) return undefined;
  const run = runOf(lowest);
  return run === runOf(highest) ? run : undefined;
}

function runOf(key: Buffer): string | undefined {
  return /^(?:o|s\d{1,3}:)/.exec(key.toString('latin1'))?.[0];
}

function isEmpty(documents: BinaryDatabase): boolean {
  return keyAt(documents, {}) === undefined;
}

function keyAt(
  documents: BinaryDatabase,
  range: { readonly start?: Buffer; readonly end?: Buffer; readonly reverse?: boolean },
): Buffer | undefined {
  for (const key of documents.getKeys({ ...range, limit: 1 })) return key;
  return undefined;
}
