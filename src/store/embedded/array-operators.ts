/** MongoDB's update operators on arrays, on values whose BSON types are kept. */

import { ABSENT, type Document, isPlainObject } from '../../values/documents.ts';
import { valueKey } from '../../values/equality.ts';
import { isNumeric, toDouble } from '../../values/numbers.ts';
import { compareValues, createDocumentComparator, type Sort } from '../../values/order.ts';
import { encodeDocument } from '../document-bytes.ts';
import { hasOperators } from '../query/conditions.ts';
import { compileFilter } from '../query/filter.ts';
import { decodePlain } from '../stored-document.ts';
import type { Change } from './field-path.ts';

/** Changes of an array by operator; each takes the operator's argument. */
export const ARRAY_OPERATORS: Readonly<Record<string, (argument: unknown) => Change>> = {
  $push: (argument) => {
    const push = parsePush(argument);
    return (current) => push(itemsOf(current));
  },
  $addToSet: (argument) => {
    const { $each, ...modifiers } = hasOperators(argument) ? argument : { $each: [argument] };
    const added = eachOf($each);
    if (Object.keys(modifiers).length > 0) throw new Error('"$addToSet" takes "$each" only');
    return (current) => addMissing(itemsOf(current), added);
  },
  $pull: (condition) => removing(createPullCondition(condition)),
  $pullAll: (argument) => {
    if (!Array.isArray(argument)) throw new Error('"$pullAll" takes an array');
    const keys = new Set(argument.map(valueKey));
    return removing((item) => keys.has(valueKey(item)));
  },
  $pop: (argument) => {
    const end = toInteger(argument, '$pop');
    if (end !== 1 && end !== -1) throw new Error('"$pop" takes 1 or -1');
    return (current) => {
      if (current === ABSENT) return ABSENT;
      return end === 1 ? itemsOf(current).slice(0, -1) : itemsOf(current).slice(1);
    };
  },
};

function itemsOf(current: unknown): readonly unknown[] {
  if (current === ABSENT) return [];
  if (!Array.isArray(current)) throw new Error('Cannot change items of a value that is no array');
  return current;
}

function removing(isRemoved: (item: unknown) => boolean): Change {
  return (current) =>
    current === ABSENT ? ABSENT : itemsOf(current).filter((item) => !isRemoved(item));
}

function parsePush(argument: unknown): (items: readonly unknown[]) => unknown[] {
  if (!hasOperators(argument)) return (items) => [...items, argument];
  const { $each, $position, $sort, $slice, ...others } = argument;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`"$push" has no modifier "${unknown}"`);
  const added = eachOf($each);
  const position = $position === undefined ? undefined : toInteger($position, '$position');
  const slice = $slice === undefined ? undefined : toInteger($slice, '$slice');
  const compare = $sort === undefined ? undefined : createItemComparator($sort);
  return (items) => {
    // Of a negative position, `Array.slice` counts from the end as MongoDB does.
    const place = position ?? items.length;
    const pushed = [...items.slice(0, place), ...added, ...items.slice(place)];
    if (compare !== undefined) pushed.sort(compare);
    if (slice === undefined) return pushed;
    return slice < 0 ? pushed.slice(slice) : pushed.slice(0, slice);
  };
}

function eachOf($each: unknown): readonly unknown[] {
  if (Array.isArray($each)) return $each;
  throw new Error('Modifiers need "$each" with an array');
}

function createItemComparator($sort: unknown): (left: unknown, right: unknown) => number {
  if (!isPlainObject($sort)) {
    const direction = toDirection($sort);
    return (left, right) => compareValues(left, right) * direction;
  }
  const entries = Object.entries($sort).map(([path, value]) => [path, toDirection(value)]);
  const compare = createDocumentComparator(Object.fromEntries(entries) as Sort);
  const documentOf = (item: unknown) => (isPlainObject(item) ? item : {});
  return (left, right) => compare(documentOf(left), documentOf(right));
}

function toDirection(value: unknown): 1 | -1 {
  const direction = toInteger(value, '$sort');
  if (direction !== 1 && direction !== -1) throw new Error('"$sort" takes 1 or -1');
  return direction;
}

function toInteger(value: unknown, operator: string): number {
  const number = isNumeric(value) ? toDouble(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new Error(`"${operator}" takes a whole number`);
  return number;
}

function addMissing(items: readonly unknown[], added: readonly unknown[]): unknown[] {
  const result = [...items];
  const keys = new Set(items.map(valueKey));
  for (const item of added) {
    const key = valueKey(item);
    if (!keys.has(key)) result.push(item);
    keys.add(key);
  }
  return result;
}

function createPullCondition(condition: unknown): (item: unknown) => boolean {
  if (!isPlainObject(condition)) {
    const key = valueKey(condition);
    return (item) => valueKey(item) === key;
  }
  const plain = (value: unknown) => decodePlain(encodeDocument({ value }));
  if (hasOperators(condition)) {
    const { matches } = compileFilter({ value: condition });
    return (item) => matches(plain(item));
  }
  const { matches } = compileFilter(condition);
  return (item) => isPlainObject(item) && matches(plain(item).value as Document);
}
