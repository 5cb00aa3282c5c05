/** `$inc` by MongoDB's rules: the result has the wider type of the two numbers. */
import { Decimal128, Double, Int32, Long } from '../../bson.ts';
import { addDecimals, isNumeric, toExactNumber } from '../query/decimal.ts';

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
const INT64_LIMIT = 2n ** 63n;

/**
 * Sum of two BSON numbers. int32 widens to int64 where needed; a double or Decimal128 is contagious.
 *
 * @throws Error if one is no number or an int64 would overflow.
 */
export function addNumbers(current: unknown, by: unknown): Int32 | Long | Double | Decimal128 {
  if (!isNumeric(current) || !isNumeric(by)) {
    throw new Error('Cannot increment, because a value is not a number');
  }
  if (current instanceof Decimal128 || by instanceof Decimal128) return addAsDecimal(current, by);
  if (isDouble(current) || isDouble(by)) return new Double(Number(current) + Number(by));
  const sum = BigInt(current.toString()) + BigInt(by.toString());
  if (sum >= INT64_LIMIT || sum < -INT64_LIMIT) {
    throw new Error('Cannot increment, because the sum exceeds 64 bits');
  }
  const fits = sum <= INT32_MAX && sum >= INT32_MIN;
  const isWide = current instanceof Long || by instanceof Long;
  return fits && !isWide ? new Int32(Number(sum)) : Long.fromBigInt(sum);
}

function isDouble(value: unknown): boolean {
  return value instanceof Double || (typeof value === 'number' && !Number.isInteger(value));
}

type Numeric = Parameters<typeof toExactNumber>[0];

function addAsDecimal(current: Numeric, by: Numeric): Decimal128 {
  const [left, right] = [toExactNumber(current), toExactNumber(by)];
  if (typeof left === 'string' || typeof right === 'string') {
    return Decimal128.fromString(String(Number(current.toString()) + Number(by.toString())));
  }
  const { digits, exponent } = addDecimals(left, right);
  return Decimal128.fromStringWithRounding(`${digits}E${exponent}`);
}
