/** Addition of BSON numbers with MongoDB's type promotion. */
import { BSONError, Decimal128, Double, Int32, Long } from '../bson.ts';

/** A BSON number, or a plain one where a document was made in JavaScript. */
export type Numeric = Int32 | Double | Long | Decimal128 | number;

/** A finite number, exactly: `coefficient` times ten to the `exponent`. */
interface ExactDecimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

const INT64_BITS = 64;
const INT32_BITS = 32;
/** Digits of a Decimal128 (IEEE 754-2008 decimal128). */
const DECIMAL_DIGITS = 34;
/** MongoDB takes a double for a decimal with as many digits as a double surely has. */
const DOUBLE_DIGITS = 15;

/** Whether `value` is a BSON number. */
export function isNumeric(value: unknown): value is Numeric {
  return (
    typeof value === 'number' ||
    value instanceof Int32 ||
    value instanceof Double ||
    value instanceof Decimal128 ||
    // Timestamp shares its implementation with Long, not its meaning.
    (value instanceof Long && Object.getPrototypeOf(value) === Long.prototype)
  );
}

/**
 * Adds two numbers as `$inc` does: int32 grows to int64, a double makes the sum a double, a decimal
 * makes it a decimal rounded half to even.
 *
 * @returns the sum, or `null` if it does not fit in int64 or Decimal128.
 */
export function addNumbers(left: Numeric, right: Numeric): Numeric | null {
  if (left instanceof Decimal128 || right instanceof Decimal128) return addDecimals(left, right);
  if (isInteger(left) && isInteger(right)) {
    const sum = toBigInt(left) + toBigInt(right);
    if (BigInt.asIntN(INT64_BITS, sum) !== sum) return null;
    const fits = BigInt.asIntN(INT32_BITS, sum) === sum;
    const hasInt64 = left instanceof Long || right instanceof Long;
    return fits && !hasInt64 ? new Int32(Number(sum)) : Long.fromBigInt(sum);
  }
  return new Double(toDouble(left) + toDouble(right));
}

function isInteger(value: Numeric): boolean {
  return (
    value instanceof Int32 ||
    value instanceof Long ||
    (typeof value === 'number' && new Int32(value).value === value)
  );
}

function toBigInt(value: Numeric): bigint {
  return value instanceof Long ? value.toBigInt() : BigInt(toDouble(value));
}

function toDouble(value: Numeric): number {
  if (typeof value === 'number') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  return value instanceof Long ? value.toNumber() : Number(value.toString());
}

function addDecimals(left: Numeric, right: Numeric): Decimal128 | null {
  const parts = [toDecimalExact(left), toDecimalExact(right)] as const;
  if (parts[0] === null || parts[1] === null) {
    return Decimal128.fromString(String(toDouble(left) + toDouble(right)));
  }
  const rounded = roundHalfEven(addExact(parts[0], parts[1]));
  try {
    return Decimal128.fromString(`${rounded.coefficient}E${rounded.exponent}`);
  } catch (error) {
    // Beyond the largest exponent: the only way an exact number of 34 digits can be refused.
    if (error instanceof BSONError) return null;
    throw error;
  }
}

/** Digits that decide how a sum is rounded: those it keeps, and some that say on which side it lies. */
const WORKING_DIGITS = DECIMAL_DIGITS + 3;

/**
 * The sum, to as many digits as rounding can see. What lies far below the larger number is no more than
 * a direction there: 1E6111 + 1E-6176 has twelve thousand digits.
 */
function addExact(left: ExactDecimal, right: ExactDecimal): ExactDecimal {
  const [large, small] = left.exponent >= right.exponent ? [left, right] : [right, left];
  if (large.coefficient === 0n) return { ...small };
  const floor = large.exponent - WORKING_DIGITS;
  const isFarBelow = digitsOf(small.coefficient) + small.exponent < floor;
  const addend = isFarBelow ? { coefficient: signOf(small.coefficient), exponent: floor } : small;
  const scaled = large.coefficient * 10n ** BigInt(large.exponent - addend.exponent);
  return { coefficient: scaled + addend.coefficient, exponent: addend.exponent };
}

function digitsOf(coefficient: bigint): number {
  return String(coefficient < 0n ? -coefficient : coefficient).length;
}

function signOf(coefficient: bigint): bigint {
  if (coefficient === 0n) return 0n;
  return coefficient < 0n ? -1n : 1n;
}

/** As decimal arithmetic sees it: a double counts with 15 digits, so that 0.1 is a tenth. */
function toDecimalExact(value: Numeric): ExactDecimal | null {
  const isDouble = value instanceof Double || (typeof value === 'number' && !isInteger(value));
  const double = isDouble ? toDouble(value) : 0;
  if (isDouble && Number.isFinite(double))
    return parseDecimalText(double.toPrecision(DOUBLE_DIGITS));
  return toExact(value);
}

/** The exact value; `null` if it is infinite or NaN. */
function toExact(value: Numeric): ExactDecimal | null {
  if (value instanceof Decimal128) return parseDecimalText(value.toString());
  if (value instanceof Long) return { coefficient: value.toBigInt(), exponent: 0 };
  const double = toDouble(value);
  return Number.isFinite(double) ? exactDouble(double) : null;
}

/** A double is an integer over a power of two, and 2^-n is 5^n times 10^-n. */
function exactDouble(value: number): ExactDecimal {
  let scaled = value;
  let twos = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    twos += 1;
  }
  return { coefficient: BigInt(scaled) * 5n ** BigInt(twos), exponent: -twos };
}

function parseDecimalText(text: string): ExactDecimal | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = '', power = '0'] = match;
  return {
    coefficient: BigInt(`${sign}${whole}${fraction}`),
    exponent: Number(power) - fraction.length,
  };
}

function roundHalfEven({ coefficient, exponent }: ExactDecimal): ExactDecimal {
  const magnitude = coefficient < 0n ? -coefficient : coefficient;
  const surplus = magnitude.toString().length - DECIMAL_DIGITS;
  if (surplus <= 0) return { coefficient, exponent };
  const unit = 10n ** BigInt(surplus);
  const quotient = magnitude / unit;
  const twiceRest = (magnitude % unit) * 2n;
  const roundUp = twiceRest > unit || (twiceRest === unit && quotient % 2n === 1n);
  const rounded = roundUp ? quotient + 1n : quotient;
  return { coefficient: coefficient < 0n ? -rounded : rounded, exponent: exponent + surplus };
}
