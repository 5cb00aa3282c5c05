/**
 * MongoDB's update operators on a document whose values kept their BSON types.
 *
 * mingo's update operators work on plain values, would turn a stored double 1.0 into an int32 and
 * take two binary values for equal if their text is; so only conditions of `$pull` are mingo's.
 */

import { encodeDocument, rewriteFields } from '../document-bytes.ts';
import type { Document, Filter, Update } from '../port.ts';
import { compileFilter, upsertFields } from '../query/filter.ts';
import { hasOperators } from '../query/query-operators.ts';
import { isPlainObject, valueKey } from '../query/value-key.ts';
import { decodePlain, decodeStored, toTyped } from '../stored-document.ts';
import { ABSENT, type Change, changeField } from './field-path.ts';
import { addNumbers } from './increment.ts';

/** Turns the argument of an operator into the change it makes to a field. */
type Operator = (argument: unknown) => Change;

const OPERATORS: Readonly<Record<string, Operator>> = {
  $set: (value) => () => value,
  $setOnInsert: (value) => () => value,
  $unset: () => () => ABSENT,
  $inc: (by) => (current) => (current === ABSENT ? by : addNumbers(current, by)),
  $push: (argument) => {
    const added = eachOf(argument);
    return (current) => [...itemsOf(current), ...added];
  },
  $addToSet: (argument) => {
    const added = eachOf(argument);
    return (current) => addMissing(itemsOf(current), added);
  },
  $pull: (condition) => {
    const isPulled = createPullCondition(condition);
    return (current) =>
      current === ABSENT ? ABSENT : itemsOf(current).filter((item) => !isPulled(item));
  },
};

interface Step {
  readonly operator: string;
  readonly path: string;
  readonly change: Change;
}

/** An update ready for use. */
export interface CompiledUpdate {
  /** The bytes of the updated document; fields that are not named keep theirs. */
  readonly apply: (bytes: Uint8Array) => Uint8Array;
  /** The document that an upsert inserts if nothing matches; it may lack an `_id`. */
  readonly build: (filter: Filter) => Document;
}

/**
 * Compiles a MongoDB update.
 *
 * @throws Error for an operator that is not supported, a path that is malformed, occurs twice or
 * would change `_id`. `apply` and `build` throw one if a stored value is of the wrong type.
 */
export function compileUpdate(update: Update): CompiledUpdate {
  const steps = parseSteps(update);
  assertNoConflicts(steps);
  const onMatch = steps.filter(({ operator }) => operator !== '$setOnInsert');
  return {
    apply: (bytes) => {
      const { document } = decodeStored(bytes);
      for (const { path, change } of onMatch) changeField(document, path, change);
      const names = onMatch.map(({ path }) => path.split('.')[0] ?? path);
      return rewriteFields(bytes, new Set(names), document);
    },
    build: (filter) => {
      const document: Document = {};
      for (const [path, value] of upsertFields(filter)) changeField(document, path, () => value);
      for (const { path, change } of steps) changeField(document, path, change);
      return document;
    },
  };
}

function parseSteps(update: Update): Step[] {
  // Through BSON and back: the caller may change its objects later, and numbers get their type.
  const operators = Object.entries(toTyped(update));
  if (operators.length === 0) throw new Error('An update needs at least one operator');
  return operators.flatMap(([operator, fields]) => {
    const create = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (create === undefined) throw new Error(`The update operator "${operator}" is not supported`);
    if (!isPlainObject(fields)) throw new Error(`The operator "${operator}" takes a document`);
    return Object.entries(fields).map(([path, argument]) => {
      assertPath(operator, path);
      return { operator, path, change: create(argument) };
    });
  });
}

function assertPath(operator: string, path: string): void {
  const names = path.split('.');
  if (names.some((name) => name === '' || name.startsWith('$'))) {
    throw new Error(`The update path "${path}" is malformed`);
  }
  if (names[0] === '_id' && !(operator === '$setOnInsert' && path === '_id')) {
    throw new Error('The field "_id" cannot be changed');
  }
}

function assertNoConflicts(steps: readonly Step[]): void {
  const paths = steps.map(({ path }) => path).sort();
  for (const [index, path] of paths.entries()) {
    const clash = paths.slice(index + 1).find((other) => `${other}.`.startsWith(`${path}.`));
    if (clash !== undefined) throw new Error(`The update names the field "${clash}" twice`);
  }
}

function itemsOf(current: unknown): readonly unknown[] {
  if (current === ABSENT) return [];
  if (!Array.isArray(current)) throw new Error('Cannot change items of a value that is no array');
  return current;
}

function eachOf(argument: unknown): readonly unknown[] {
  if (!hasOperators(argument)) return [argument];
  const { $each, ...modifiers } = argument;
  if (!Array.isArray($each) || Object.keys(modifiers).length > 0) {
    throw new Error('Only the modifier "$each" with an array is supported');
  }
  return $each;
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
