/** MongoDB's comparison, element and array operators on BSON values. */

import { Double, Long } from '../../bson.ts';
import { toLinear } from '../../linear-pattern.ts';
import { type Document, isPlainObject } from '../../values/documents.ts';
import { equalityKey } from '../../values/equality.ts';
import { isNotANumber, isNumeric, toDouble } from '../../values/numbers.ts';
import { compareValues, createComparison } from '../../values/order.ts';
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

/** Text that two values share exactly if they are equal. */
type KeyOf = (value: unknown) => string;

/** Those for which no two values have to be equal. */
const OTHER_OPERATORS: QueryOperators = {
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
  $elemMatch: elemMatch,
};

/** The operators by name. Values are equal by `keyOf`. */
export function createQueryOperators(keyOf: KeyOf = equalityKey): QueryOperators {
  const { equals, isAmong } = createEquality(keyOf);
  return {
    ...OTHER_OPERATORS,
    $eq: (path, operand) => anyValue(path, equals(operand)),
    $ne: (path, operand) => not(anyValue(path, equals(operand))),
    $in: (path, operand) => anyValue(path, isAmong(operand, '$in')),
    $nin: (path, operand) => not(anyValue(path, isAmong(operand, '$nin'))),
    $all: (path, operand, compile) => {
      const tests = listOf(operand, '$all').map((item) =>
        isElemMatch(item)
          ? elemMatch(path, item.$elemMatch, compile)
          : anyValue(path, isAmong([item], '$all')),
      );
      return (document) => tests.length > 0 && tests.every((test) => test(document));
    },
  };
}

/** The operators, with keys that are made anew for each condition. */
export const QUERY_OPERATORS = createQueryOperators();

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

function isElemMatch(item: unknown): item is Document {
  return hasOperators(item) && Object.hasOwn(item, '$elemMatch');
}

/** Whether a value at the path, or an item of an array there, passes. */
export function anyValue(path: string, test: ValueTest): Test {
  return (document) =>
    valuesAt(document, path).some(
      (value) => test(value) || (Array.isArray(value) && value.some(test)),
    );
}

function arraysAt(document: Document, path: string): unknown[][] {
  return valuesAt(document, path).filter((value): value is unknown[] => Array.isArray(value));
}

function createEquality(keyOf: KeyOf) {
  return {
    equals(operand: unknown): ValueTest {
      const key = keyOf(operand);
      return (value) => keyOf(value) === key;
    },

    /** In a list, a pattern stands for the texts that match it. */
    isAmong(operand: unknown, operator: string): ValueTest {
      const list = listOf(operand, operator);
      const keys = new Set(list.map((item) => keyOf(item)));
      const patterns = list.filter((item) => item instanceof RegExp).map(toLinear);
      return (value) =>
        keys.has(keyOf(value)) ||
        (typeof value === 'string' && patterns.some((pattern) => pattern.test(value)));
    },
  };
}

function comparison(isInOrder: (order: number) => boolean): QueryOperator {
  return (path, operand) => anyValue(path, compares(operand, isInOrder));
}

/** Only values of one type are compared, except with MinKey and MaxKey. NaN equals NaN alone. */
function compares(operand: unknown, isInOrder: (order: number) => boolean): ValueTest {
  const type = typeOfValue(operand);
  const isExtreme = type === 'minKey' || type === 'maxKey';
  // An object, of which what comparing takes is worked out once.
  const other = typeof operand === 'number' ? new Double(operand) : operand;
  const isOtherComparable = !isNotComparable(other);
  const compare = isExtreme
    ? (value: unknown) => compareValues(value, other)
    : createComparison(other);
  return (value) => {
    const order = compare(value);
    return order !== null && isNotComparable(value) !== isOtherComparable && isInOrder(order);
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
