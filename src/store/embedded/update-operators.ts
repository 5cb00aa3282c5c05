/**
 * MongoDB's update operators on a document whose values kept their BSON types.
 *
 * mingo's work on plain values: they would turn a stored double 1.0 into an int32, and take two binary
 * values for equal if their text is.
 */
import { Int32, Timestamp } from '../../bson.ts';
import { ABSENT, type Document, isPlainObject } from '../../values/documents.ts';
import { addNumbers, isNumeric, multiplyNumbers, type Numeric } from '../../values/numbers.ts';
import { compareValues } from '../../values/order.ts';
import { rewriteFields } from '../document-bytes.ts';
import type { Filter } from '../port.ts';
import { upsertFields } from '../query/filter.ts';
import { decodeStored, toTyped } from '../stored-document.ts';
import { ARRAY_OPERATORS } from './array-operators.ts';
import { type Change, changeField } from './field-path.ts';
import {
  createPathCompiler,
  type ExpandPath,
  type PathCompiler,
  type PathContext,
} from './update-path.ts';

/** What an update may refer to. */
export interface UpdateContext extends PathContext {
  /** Epoch milliseconds, for `$currentDate`. */
  readonly now?: number;
}

/** Turns the argument of an operator into the change it makes to a field. */
type Operator = (argument: unknown, now: number) => Change;

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...ARRAY_OPERATORS,
  $set: (value) => () => value,
  $setOnInsert: (value) => () => value,
  $unset: () => () => ABSENT,
  $inc: arithmetic('$inc', addNumbers, (by) => by),
  $mul: arithmetic('$mul', multiplyNumbers, (by) => multiplyNumbers(new Int32(0), by)),
  $min: (value) => (current) =>
    current === ABSENT || compareValues(value, current) < 0 ? value : current,
  $max: (value) => (current) =>
    current === ABSENT || compareValues(value, current) > 0 ? value : current,
  $currentDate: (argument, now) => {
    const value = currentDate(argument, now);
    return () => value;
  },
};

/** One field and what happens to it. */
interface Step {
  readonly operator: string;
  /** As the update names them; none is part of another step's. */
  readonly paths: readonly string[];
  readonly run: (document: Document) => void;
}

/**
 * Compiles a MongoDB update.
 *
 * @throws Error for an operator that is not supported, a path that is malformed, occurs twice or
 * would change `_id`. `apply` and `build` throw one if a stored value is of the wrong type.
 */
export function compileUpdate(update: Document, context: UpdateContext = {}) {
  const paths = createPathCompiler(context);
  const steps = parseSteps(update, paths, context.now ?? 0);
  paths.assertAllUsed();
  assertNoConflicts(steps);
  const onMatch = steps.filter(({ operator }) => operator !== '$setOnInsert');
  return {
    /** The bytes of the updated document; fields that are not named keep theirs. */
    apply: (bytes: Uint8Array): Uint8Array => {
      const { document } = decodeStored(bytes);
      for (const { run } of onMatch) run(document);
      const names = onMatch.flatMap((step) => step.paths.map((path) => path.split('.')[0] ?? path));
      return rewriteFields(bytes, new Set(names), document);
    },
    /** The document that an upsert inserts if nothing matches; it may lack an `_id`. */
    build: (filter: Filter): Document => {
      const document: Document = {};
      for (const [path, value] of upsertFields(filter)) changeField(document, path, () => value);
      for (const { run } of steps) run(document);
      return document;
    },
  };
}

function parseSteps(update: Document, paths: PathCompiler, now: number): Step[] {
  // Through BSON and back: the caller may change its objects later, and numbers get their type.
  const operators = Object.entries(toTyped(update));
  if (operators.length === 0) throw new Error('An update needs at least one operator');
  return operators.flatMap(([operator, fields]) => {
    if (!isPlainObject(fields)) throw new Error(`The operator "${operator}" takes a document`);
    if (operator === '$rename') return Object.entries(fields).map(renameStep);
    const create = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (create === undefined) throw new Error(`The update operator "${operator}" is not supported`);
    return Object.entries(fields).map(([path, argument]) => {
      assertPath(operator, path);
      const change = create(argument, now);
      return { operator, paths: [path], run: changeAll(paths.compile(path), change) };
    });
  });
}

function changeAll(expand: ExpandPath, change: Change): Step['run'] {
  return (document) => {
    for (const path of expand(document)) changeField(document, path, change);
  };
}

function renameStep([from, to]: [string, unknown]): Step {
  const operator = '$rename';
  if (typeof to !== 'string' || `${from}.${to}`.includes('$')) {
    throw new Error('"$rename" takes the new name of a field');
  }
  assertPath(operator, from);
  assertPath(operator, to);
  return {
    operator,
    paths: [from, to],
    run: (document) => {
      let value: unknown = ABSENT;
      changeField(document, from, (current) => {
        value = current;
        return ABSENT;
      });
      if (value !== ABSENT) changeField(document, to, () => value);
    },
  };
}

/** A change of numbers; `start` is what becomes of a field that is not there. */
function arithmetic(
  operator: string,
  compute: (left: Numeric, right: Numeric) => unknown,
  start: (by: Numeric) => unknown,
): Operator {
  return (by) => {
    if (!isNumeric(by)) throw new Error(`"${operator}" takes numbers`);
    return (current) => {
      if (current === ABSENT) return start(by);
      if (!isNumeric(current)) throw new Error(`"${operator}" leads to a value that is no number`);
      const result = compute(current, by);
      if (result === null)
        throw new Error(`The result of "${operator}" exceeds 64 bits, or what a decimal can hold`);
      return result;
    };
  };
}

function currentDate(argument: unknown, now: number): Date | Timestamp {
  const type = isPlainObject(argument) ? argument.$type : argument;
  if (type === 'timestamp') return new Timestamp({ t: Math.floor(now / 1000), i: 1 });
  if (type === 'date' || typeof argument === 'boolean') return new Date(now);
  throw new Error('"$currentDate" takes true or a "$type" of "date" or "timestamp"');
}

function assertPath(operator: string, path: string): void {
  const names = path.split('.');
  if (names.includes('')) throw new Error(`The update path "${path}" is malformed`);
  if (names[0] === '_id' && !(operator === '$setOnInsert' && path === '_id')) {
    throw new Error('The field "_id" cannot be changed');
  }
}

function assertNoConflicts(steps: readonly Step[]): void {
  const paths = steps.flatMap((step) => step.paths).sort();
  for (const [index, path] of paths.entries()) {
    const clash = paths.slice(index + 1).find((other) => `${other}.`.startsWith(`${path}.`));
    if (clash !== undefined) throw new Error(`The update names the field "${clash}" twice`);
  }
}
