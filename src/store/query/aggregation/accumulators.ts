/** Accumulators of groups, exact as far as int64 and decimals go, in the place of mingo's. */
import type { Options } from 'mingo/types';
import { Decimal128, Long } from '../../../bson.ts';
import { valueKey } from '../../../values/equality.ts';
import { addNumbers, isNumeric, type Numeric } from '../../../values/numbers.ts';
import { compareValues } from '../../../values/order.ts';

/** An operator as mingo calls it: on a document, a list of documents or a stream of them. */
export type Operator<Subject> = (subject: Subject, argument: unknown, options: Options) => unknown;
/** Operators by name. */
export type Operators<Subject> = Readonly<Record<string, Operator<Subject>>>;

/** Whether mingo, which computes with doubles, would get a number wrong. */
export function isBeyondDouble(value: unknown): boolean {
  return value instanceof Decimal128 || (value instanceof Long && isNumeric(value));
}

/** The accumulators; `operators` are mingo's own. */
export function createAccumulators(operators: Operators<unknown[]>): Operators<unknown[]> {
  const valuesOf: Operator<unknown[]> = (items, argument, options) =>
    operators.$push?.(items, argument, options);
  const over =
    (accumulate: (values: readonly unknown[]) => unknown): Operator<unknown[]> =>
    (items, argument, options) =>
      accumulate(valuesOf(items, argument, options) as unknown[]);
  const known = (values: readonly unknown[]) =>
    values.filter((value) => value !== null && value !== undefined);
  const extreme = (sign: 1 | -1) =>
    over((values) => {
      const [first, ...others] = known(values);
      if (first === undefined) return null;
      return others.reduce(
        (best, value) => (compareValues(value, best) * sign > 0 ? value : best),
        first,
      );
    });
  return {
    $min: extreme(-1),
    $max: extreme(1),
    $addToSet: over((values) => [
      ...new Map(values.map((each) => [valueKey(each), each])).values(),
    ]),
    $sum: over((values) => sum(values.filter(isNumeric))),
    $avg: over((values) => {
      const numbers = values.filter(isNumeric);
      if (numbers.length === 0) return null;
      if (numbers.some(isBeyondDouble)) {
        throw new Error('"$avg" cannot compute with decimals and large int64');
      }
      return Number(sum(numbers)) / numbers.length;
    }),
  };
}

/** Exact as far as int64 and decimals go. */
function sum(values: readonly Numeric[]): unknown {
  if (values.some(isBeyondDouble)) return values.reduce<Numeric>(addExactly, 0);
  return values.reduce<number>((total, value) => total + Number(value), 0);
}

function addExactly(left: Numeric, right: Numeric): Numeric {
  const total = addNumbers(left, right);
  if (total === null) throw new Error('A sum is out of range');
  return total;
}
