/** `$inc` and `$mul` by MongoDB's rules: the result has the wider type of the two numbers. */
import { Decimal128, Double, Int32, Long } from '../../bson.ts';
import {
  addDecimals,
  type Decimal,
  isNumeric,
  multiplyDecimals,
  toExactNumber,
} from './decimal.ts';

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
const INT64_LIMIT = 2n ** 63n;

/** A BSON number with its type. */
type BsonNumber = Int32 | Long | Double | Decimal128;

/** One operation on the three kinds of numbers. */
interface Arithmetic {
  readonly verb: string;
  readonly integers: (left: bigint, right: bigint) => bigint;
  readonly doubles: (left: number, right: number) => number;
  readonly decimals: (left: Decimal, right: Decimal) => Decimal;
}

const ADDITION: Arithmetic = {
  verb: 'increment',
  integers: (left, right) => left + right,
  doubles: (left, right) => left + right,
  decimals: addDecimals,
};

const MULTIPLICATION: Arithmetic = {
  verb: 'multiply',
  integers: (left, right) => left * right,
  doubles: (left, right) => left * right,
  decimals: multiplyDecimals,
};

/**
 * Sum of two BSON numbers. int32 widens to int64 where needed; a double or Decimal128 is contagious.
 *
 * @throws Error if one is no number or an int64 would overflow.
 */
export function addNumbers(current: unknown, by: unknown): BsonNumber {
  return compute(ADDITION, current, by);
}

/** Product of two BSON numbers, by the same rules. */
export function multiplyNumbers(current: unknown, by: unknown): BsonNumber {
  return compute(MULTIPLICATION, current, by);
}

function compute(arithmetic: Arithmetic, left: unknown, right: unknown): BsonNumber {
  const { verb, integers, doubles } = arithmetic;
  if (!isNumeric(left) || !isNumeric(right)) {
    throw new Error(`Cannot ${verb}, because a value is not a number`);
  }
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return computeDecimal(arithmetic, left, right);
  }
  if (isDouble(left) || isDouble(right)) return new Double(doubles(Number(left), Number(right)));
  const result = integers(BigInt(left.toString()), BigInt(right.toString()));
  if (result >= INT64_LIMIT || result < -INT64_LIMIT) {
    throw new Error(`Cannot ${verb}, because the result exceeds 64 bits`);
  }
  const fits = result <= INT32_MAX && result >= INT32_MIN;
  const isWide = left instanceof Long || right instanceof Long;
  return fits && !isWide ? new Int32(Number(result)) : Long.fromBigInt(result);
}

function isDouble(value: unknown): boolean {
  return value instanceof Double || (typeof value === 'number' && !Number.isInteger(value));
}

type Numeric = Parameters<typeof toExactNumber>[0];

function computeDecimal(
  { doubles, decimals }: Arithmetic,
  current: Numeric,
  by: Numeric,
): Decimal128 {
  const [left, right] = [toExactNumber(current), toExactNumber(by)];
  if (typeof left === 'string' || typeof right === 'string') {
    const result = doubles(Number(current.toString()), Number(by.toString()));
    return Decimal128.fromString(String(result));
  }
  const { digits, exponent } = decimals(left, right);
  return Decimal128.fromStringWithRounding(`${digits}E${exponent}`);
}
