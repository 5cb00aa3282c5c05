/** Which item of an array a filter matched: what the positional operator "$" stands for. */
import type { Document, Filter } from '../port.ts';
import { BASIC_OPTIONS, compileFilter, type FilterOptions } from './filter.ts';
import { hasOperators, itemTest } from './query-operators.ts';
import { isPlainObject, valuesAt } from './value-key.ts';

type ItemTest = (item: unknown) => boolean;

/** Name under which an item is shown to a filter. */
const ITEM = 'item';

/**
 * Finds the place of the first item of the array at `path` for which every condition of `filter` on
 * that array holds; `undefined` if there is no such item, array or condition.
 */
export function createPositionFinder(
  filter: Filter,
  path: string,
  options: FilterOptions = BASIC_OPTIONS,
): (document: Document) => number | undefined {
  const tests = conditionsOn(filter, path, options);
  return (document) => {
    const array = valuesAt(document, path).find(Array.isArray);
    if (array === undefined || tests.length === 0) return undefined;
    const place = array.findIndex((item: unknown) => tests.every((test) => test(item)));
    return place === -1 ? undefined : place;
  };
}

function conditionsOn(filter: Filter, path: string, options: FilterOptions): ItemTest[] {
  return Object.entries(filter).flatMap(([name, condition]) => {
    if (name === '$and' && Array.isArray(condition)) {
      return condition.filter(isPlainObject).flatMap((part) => conditionsOn(part, path, options));
    }
    if (name === path) return itemConditions(condition, options);
    if (!name.startsWith(`${path}.`)) return [];
    return [conditionTest(`${ITEM}${name.slice(path.length)}`, condition, options)];
  });
}

function itemConditions(condition: unknown, options: FilterOptions): ItemTest[] {
  if (!hasOperators(condition)) return [conditionTest(ITEM, condition, options)];
  const { $elemMatch, ...others } = condition;
  return [
    ...($elemMatch === undefined ? [] : [itemTest($elemMatch, options)]),
    ...(Object.keys(others).length === 0 ? [] : [conditionTest(ITEM, others, options)]),
  ];
}

function conditionTest(path: string, condition: unknown, options: FilterOptions): ItemTest {
  const { matches } = compileFilter({ [path]: condition }, options);
  return (item) => matches({ [ITEM]: item });
}
