/** MongoDB's order of BSON values of any type, for `sort`. */
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../bson.ts';
import { type Document, fieldsOf } from './documents.ts';
import { compareNumbers, isNumeric, type Numeric } from './numbers.ts';
import { valuesAt } from './paths.ts';

/** Ascending (1) or descending (-1), in order of significance. */
export type Sort = Readonly<Record<string, 1 | -1>>;

type Comparator = (left: unknown, right: unknown) => number;

interface Rank {
  readonly is: (value: unknown) => boolean;
  readonly compare: Comparator;
}

const equal: Comparator = () => 0;

/** Types from lowest to highest; values of one type are ordered by its comparator. */
const RANKS: readonly Rank[] = [
  { is: (value) => value instanceof MinKey, compare: equal },
  { is: (value) => value === null || value === undefined, compare: equal },
  {
    is: isNumeric,
    compare: (left, right) => compareNumbers(left as Numeric, right as Numeric),
  },
  {
    is: (value) => typeof value === 'string' || value instanceof BSONSymbol,
    compare: (left, right) => Buffer.compare(utf8(left), utf8(right)),
  },
  { is: (value) => fieldsOf(value) !== null, compare: compareFields },
  { is: Array.isArray, compare: compareItems },
  { is: (value) => value instanceof Binary, compare: compareBinary },
  {
    is: (value) => value instanceof ObjectId,
    compare: (left, right) => compareText(String(left), String(right)),
  },
  { is: (value) => typeof value === 'boolean', compare: (a, b) => Number(a) - Number(b) },
  { is: (value) => value instanceof Date, compare: (a, b) => Number(a) - Number(b) },
  { is: (value) => value instanceof Timestamp, compare: compareTimestamps },
  {
    is: (value) => value instanceof BSONRegExp || value instanceof RegExp,
    compare: (left, right) => compareText(regExpText(left), regExpText(right)),
  },
  {
    is: (value) => value instanceof Code,
    compare: (left, right) => compareText((left as Code).code, (right as Code).code),
  },
  { is: (value) => value instanceof MaxKey, compare: equal },
];

/** Order of two BSON values: negative, 0 or positive. */
export function compareValues(left: unknown, right: unknown): number {
  const rank = rankOf(left);
  const difference = rank - rankOf(right);
  return difference === 0 ? (RANKS[rank]?.compare(left, right) ?? 0) : difference;
}

/**
 * Compares values with `right`, whose type is found out once: `null` for a value of another type, as far as order
 * goes. All numbers are of one, null and missing are.
 */
export function createComparison(right: unknown): (left: unknown) => number | null {
  const rank = RANKS[rankOf(right)];
  return (left) => (rank?.is(left) === true ? rank.compare(left, right) : null);
}

/** Creates the sorter of a `sort`: what a document is sorted by is looked up once for each. */
export function createSorter(sort: Sort) {
  const fields = Object.entries(sort);
  return {
    /** What a document is sorted by. Of an array the lowest (descending: highest) item counts. */
    keyOf: (document: Document): readonly unknown[] =>
      fields.map(([path, direction]) => sortValue(document, path, direction)),
    /** Order of two such keys. */
    compare: (left: readonly unknown[], right: readonly unknown[]): number => {
      for (const [index, [, direction]] of fields.entries()) {
        const order = compareValues(left[index], right[index]);
        if (order !== 0) return order * direction;
      }
      return 0;
    },
  };
}

/** Comparator of documents for a `sort`. */
export function createDocumentComparator(sort: Sort): (left: Document, right: Document) => number {
  const { keyOf, compare } = createSorter(sort);
  return (left, right) => compare(keyOf(left), keyOf(right));
}

function sortValue(document: Document, path: string, direction: 1 | -1): unknown {
  const values = valuesAt(document, path).flat();
  return values.reduce(
    (best, value) => (compareValues(value, best) * direction < 0 ? value : best),
    values[0],
  );
}

function rankOf(value: unknown): number {
  const rank = RANKS.findIndex(({ is }) => is(value));
  return rank === -1 ? RANKS.length : rank;
}

function compareFields(left: unknown, right: unknown): number {
  const leftFields = Object.entries(fieldsOf(left) ?? {});
  const rightFields = Object.entries(fieldsOf(right) ?? {});
  for (const [index, [name, value]] of leftFields.entries()) {
    const other = rightFields[index];
    if (other === undefined) return 1;
    const order =
      rankOf(value) - rankOf(other[1]) ||
      compareText(name, other[0]) ||
      compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return leftFields.length - rightFields.length;
}

function compareItems(left: unknown, right: unknown): number {
  return compareFields({ ...(left as unknown[]) }, { ...(right as unknown[]) });
}

/** Length, then subtype, then bytes. */
function compareBinary(left: unknown, right: unknown): number {
  const a = left as Binary;
  const b = right as Binary;
  return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value());
}

function compareTimestamps(left: unknown, right: unknown): number {
  const [a, b] = [left as Timestamp, right as Timestamp];
  return a.t - b.t || a.i - b.i;
}

function regExpText(value: unknown): string {
  if (value instanceof BSONRegExp) return `${value.pattern}\0${value.options}`;
  const { source, flags } = value as RegExp;
  return `${source}\0${flags}`;
}

function utf8(value: unknown): Buffer {
  return Buffer.from(String(value));
}

function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
