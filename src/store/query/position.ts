/** Which item of an array a filter matched: what the positional operator "$" stands for. */
import { type Document, isPlainObject } from '../../values/documents.ts';
import { valuesAt } from '../../values/paths.ts';
import type { Filter } from '../port.ts';
import { compileCondition, hasOperators, type QueryOperators } from './conditions.ts';
import { compileFilter } from './filter.ts';
import { itemTest, QUERY_OPERATORS } from './query-operators.ts';

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
  operators: QueryOperators = QUERY_OPERATORS,
): (document: Document) => number | undefined {
  const tests = conditionsOn(filter, path, operators);
  return (document) => {
    const array = valuesAt(document, path).find(Array.isArray);
    if (array === undefined || tests.length === 0) return undefined;
    const place = array.findIndex((item: unknown) => tests.every((test) => test(item)));
    return place === -1 ? undefined : place;
  };
}

function conditionsOn(filter: Filter, path: string, operators: QueryOperators): ItemTest[] {
  return Object.entries(filter).flatMap(([name, condition]) => {
    if (name === '$and' && Array.isArray(condition)) {
      return condition.filter(isPlainObject).flatMap((part) => conditionsOn(part, path, operators));
    }
    if (name === path) return itemConditions(condition, operators);
    if (!name.startsWith(`${path}.`)) return [];
    return [conditionTest(`${ITEM}${name.slice(path.length)}`, condition, operators)];
  });
}

function itemConditions(condition: unknown, operators: QueryOperators): ItemTest[] {
  if (!hasOperators(condition)) return [conditionTest(ITEM, condition, operators)];
  const { $elemMatch, ...others } = condition;
  return [
    ...($elemMatch === undefined
      ? []
      : [itemTest($elemMatch, (inner) => compileCondition(inner, operators))]),
    ...(Object.keys(others).length === 0 ? [] : [conditionTest(ITEM, others, operators)]),
  ];
}

function conditionTest(path: string, condition: unknown, operators: QueryOperators): ItemTest {
  const { matches } = compileFilter({ [path]: condition }, operators);
  return (item) => matches({ [ITEM]: item });
}
