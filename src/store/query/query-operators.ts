/** MongoDB's comparison, element and array operators on BSON values. */

import { Long } from '../../bson.ts';
import { toLinear } from '../../linear-pattern.ts';
import { type Document, isPlainObject } from '../../values/documents.ts';
import { valueKey } from '../../values/equality.ts';
import { isNotANumber, isNumeric, toDouble } from '../../values/numbers.ts';
import { compareValues, isSameRank } from '../../values/order.ts';
import { valuesAt } from '../../values/paths.ts';
import { typeOfValue, typesNamed } from '../../values/types.ts';
import {
  type Compile,
  hasOperators,
  not,
  type QueryOperator,
  type QueryOperators,
  type Test,
} from './conditions.ts';

type ValueTest = (value: unknown) => boolean;

/** The operators by name. */
export const QUERY_OPERATORS: QueryOperators = {
  $eq: (path, operand) => anyValue(path, equals(operand)),
  $ne: (path, operand) => not(anyValue(path, equals(operand))),
  $in: (path, operand) => anyValue(path, isAmong(operand, '$in')),
  $nin: (path, operand) => not(anyValue(path, isAmong(operand, '$nin'))),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $regex: (path, operand) => {
    if (!(operand instanceof RegExp)) throw takes('$regex', 'a regular expression');
    const pattern = toLinear(operand);
    return anyValue(path, (value) => typeof value === 'string' && pattern.test(value));
  },
  $mod: (path, operand) => anyValue(path, hasRemainder(operand)),
  $type: (path, operand) => anyValue(path, isOfType(operand)),
  $exists: (path, operand) => {
    const isWanted = operand !== false && operand !== 0 && operand !== null;
    return (document) => valuesAt(document, path).some((value) => value !== undefined) === isWanted;
  },
  $size: (path, operand) => {
    if (!Number.isInteger(operand) || Number(operand) < 0) throw takes('$size', 'a count');
    return (document) => arraysAt(document, path).some(({ length }) => length === operand);
  },
  $all: (path, operand, compile) => {
    const tests = listOf(operand, '$all').map((item) => allItem(path, item, compile));
    return (document) => tests.length > 0 && tests.every((test) => test(document));
  },
  $elemMatch: elemMatch,
};

/** A test of the items of an array, for the operand of `$elemMatch`. */
export function itemTest(criteria: unknown, compile: Compile): ValueTest {
  if (!isPlainObject(criteria)) throw takes('$elemMatch', 'a document');
  const names = Object.keys(criteria);
  const concernsValue =
    names.length > 0 && names.every((name) => name.startsWith('$') && !LOGICAL.has(name));
  if (concernsValue) {
    const test = compile({ item: criteria });
    return (item) => test({ item });
  }
  const test = compile(criteria);
  return (item) => isPlainObject(item) && test(item);
}

const LOGICAL: ReadonlySet<string> = new Set(['$and', '$or', '$nor', '$expr']);

function elemMatch(path: string, operand: unknown, compile: Compile): Test {
  const test = itemTest(operand, compile);
  return (document) => arraysAt(document, path).some((items) => items.some(test));
}

function allItem(path: string, item: unknown, compile: Compile): Test {
  if (hasOperators(item) && Object.hasOwn(item, '$elemMatch')) {
    return elemMatch(path, item.$elemMatch, compile);
  }
  return anyValue(path, isAmong([item], '$all'));
}

/** Whether a value at the path, or an item of an array there, passes. */
function anyValue(path: string, test: ValueTest): Test {
  return (document) =>
    valuesAt(document, path).some(
      (value) => test(value) || (Array.isArray(value) && value.some(test)),
    );
}

function arraysAt(document: Document, path: string): unknown[][] {
  return valuesAt(document, path).filter((value): value is unknown[] => Array.isArray(value));
}

function equals(operand: unknown): ValueTest {
  const key = valueKey(operand);
  return (value) => valueKey(value) === key;
}

/** In a list, a pattern stands for the texts that match it. */
function isAmong(operand: unknown, operator: string): ValueTest {
  const list = listOf(operand, operator);
  const keys = new Set(list.map(valueKey));
  const patterns = list.filter((item) => item instanceof RegExp).map(toLinear);
  return (value) =>
    keys.has(valueKey(value)) ||
    (typeof value === 'string' && patterns.some((pattern) => pattern.test(value)));
}

function comparison(isInOrder: (order: number) => boolean): QueryOperator {
  return (path, operand) => anyValue(path, compares(operand, isInOrder));
}

/** Only values of one type are compared, except with MinKey and MaxKey. NaN equals NaN alone. */
function compares(operand: unknown, isInOrder: (order: number) => boolean): ValueTest {
  const type = typeOfValue(operand);
  const isExtreme = type === 'minKey' || type === 'maxKey';
  return (value) => {
    if (!isExtreme && !isSameRank(value, operand)) return false;
    if (isNotComparable(value) !== isNotComparable(operand)) return false;
    return isInOrder(compareValues(value, operand));
  };
}

function isNotComparable(value: unknown): boolean {
  return isNumeric(value) && isNotANumber(value);
}

function hasRemainder(operand: unknown): ValueTest {
  const [divisor, remainder, ...more] = listOf(operand, '$mod').map(toInteger);
  if (divisor === undefined || remainder === undefined || divisor === 0n || more.length > 0) {
    throw takes('$mod', 'a divisor and a remainder');
  }
  return (value) => {
    const integer = toInteger(value);
    return integer !== undefined && integer % divisor === remainder;
  };
}

/** A number without its fraction. */
function toInteger(value: unknown): bigint | undefined {
  if (!isNumeric(value)) return undefined;
  if (value instanceof Long) return value.toBigInt();
  const number = toDouble(value);
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : undefined;
}

function isOfType(operand: unknown): ValueTest {
  const wanted = new Set((Array.isArray(operand) ? operand : [operand]).flatMap(typesNamed));
  return (value) => {
    const type = typeOfValue(value);
    return type !== undefined && wanted.has(type);
  };
}

function listOf(operand: unknown, operator: string): readonly unknown[] {
  if (Array.isArray(operand)) return operand;
  throw takes(operator, 'an array');
}

function takes(operator: string, what: string): Error {
  return new Error(`The operator "${operator}" takes ${what}`);
}
