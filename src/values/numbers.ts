/**
 * BSON numbers: which values are numbers, their order and equality by value, and MongoDB's sums and products.
 *
 * Every number is seen as a decimal, digits times a power of ten, which all of BSON's numbers are exactly.
 */
import { BSONError, Decimal128, Double, Int32, Long } from '../bson.ts';
import { trimEndOf } from '../trim-end.ts';
import { remembering } from './remembering.ts';

/** A number to BSON: one of its types, or a JavaScript number or bigint where a value was made in JavaScript. */
export type Numeric = BsonNumber | number | bigint;

/** A number with its BSON type. */
export type BsonNumber = Int32 | Long | Double | Decimal128;

/** A finite number, exactly: `digits` times ten to the `exponent`. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** What is not finite goes by its name. */
type NotFinite = 'NaN' | 'Infinity' | '-Infinity';
type ExactNumber = Decimal | NotFinite;

/** A finite number in the one way to write it: no zero at the end of `digits`, none at all for zero. */
interface Spelling {
  readonly sign: number;
  readonly digits: string;
  readonly exponent: number;
}

const INT32_BITS = 32;
const INT32_LIMIT = 2 ** 31;
const INT64_BITS = 64;
/** Digits and smallest exponent of a Decimal128 (IEEE 754-2008 decimal128). */
const DECIMAL_DIGITS = 34;
const MIN_EXPONENT = -6176;
const MAX_EXPONENT = 6111;
/** Digits that decide how a sum is rounded: those it keeps, and some that say on which side it lies. */
const WORKING_DIGITS = DECIMAL_DIGITS + 3;
/** Times this, every double that may equal a decimal is an integer. */
const MANY_PLACES = 2 ** 48;
/** MongoDB takes a double for a decimal with as many digits as a double surely has. */
const DOUBLE_DIGITS = 15;

/** Whether `value` is a number to BSON. A Timestamp is a Long to JavaScript, and none. */
export function isNumeric(value: unknown): value is Numeric {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Int32 ||
    value instanceof Double ||
    value instanceof Decimal128 ||
    (value instanceof Long && Object.getPrototypeOf(value) === Long.prototype)
  );
}

/** Whether a JavaScript number is an integer that an int32 holds. */
export function isInt32(value: unknown): value is number {
  return (
    Number.isInteger(value) && (value as number) >= -INT32_LIMIT && (value as number) < INT32_LIMIT
  );
}

/** Whether a number is NaN, as a double or a decimal. */
export function isNotANumber(value: Numeric): boolean {
  return Number.isNaN(toDouble(value));
}

/** The nearest double. */
export function toDouble(value: Numeric): number {
  if (isBinary(value)) return Number(value);
  if (value instanceof Long) return value.toNumber();
  return value instanceof Decimal128 ? doubleOfDecimal(value) : Number(value);
}

const doubleOfDecimal = remembering((value: Decimal128) => Number(value.toString()));

/** Order of two numbers by value: negative, 0 or positive. NaN comes first, as in MongoDB, and equals itself. */
export function compareNumbers(left: Numeric, right: Numeric): number {
  // The nearest doubles are in the same order, unless they are equal or NaN.
  const [near, other] = [toDouble(left), toDouble(right)];
  if (near < other) return -1;
  if (near > other) return 1;
  if (near === other && isBinary(left) && isBinary(right)) return 0;
  const [a, b] = [spellingOf(left), spellingOf(right)];
  if (typeof a === 'string' || typeof b === 'string') return rankOf(a) - rankOf(b);
  if (a.sign !== b.sign) return a.sign - b.sign;
  const magnitude = a.digits.length + a.exponent - (b.digits.length + b.exponent);
  if (magnitude !== 0) return magnitude * a.sign;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -a.sign : a.sign;
}

/** Text that two numbers share exactly if they are equal by value: 1, 1.0 and a Decimal128 1.00 do. */
export function numberKey(value: Numeric): string {
  // Most numbers need no exact arithmetic; filters ask for the key of every item of an array.
  const plain = value instanceof Int32 || value instanceof Double ? value.value : value;
  if (Number.isSafeInteger(plain) && Number(plain) % 10 !== 0) return `${plain}e0`;
  const spelling = spellingOf(value);
  if (typeof spelling === 'string') return spelling;
  const { sign, digits, exponent } = spelling;
  if (sign === 0) return '0e0';
  return `${sign < 0 ? '-' : ''}${digits}e${exponent}`;
}

/**
 * As `numberKey`, without writing out the thousand decimal places that a double may have: one of 49 binary places
 * or more has 35 digits at least, and equals nothing but a double.
 */
export function quickNumberKey(value: Numeric): string {
  const double = value instanceof Double ? value.value : value;
  if (typeof double !== 'number' || !Number.isFinite(double)) return numberKey(value);
  const isShort = Number.isInteger(double) || Number.isInteger(double * MANY_PLACES);
  return isShort ? numberKey(value) : `~${double}`;
}

/**
 * Sum of two numbers as `$inc` has it: int32 grows to int64, a double makes the sum a double, a decimal makes
 * it a decimal of the smaller exponent, rounded half to even.
 *
 * @returns `null` if the sum does not fit in int64 or Decimal128.
 */
export function addNumbers(left: Numeric, right: Numeric): BsonNumber | null {
  return compute(ADDITION, left, right);
}

/** Product of two numbers as `$mul` has it, by the same rules; the exponents of decimals add up. */
export function multiplyNumbers(left: Numeric, right: Numeric): BsonNumber | null {
  return compute(MULTIPLICATION, left, right);
}

/** One operation on the three kinds of numbers. */
interface Arithmetic {
  readonly integers: (left: bigint, right: bigint) => bigint;
  readonly doubles: (left: number, right: number) => number;
  readonly decimals: (left: Decimal, right: Decimal) => Decimal;
}

const ADDITION: Arithmetic = {
  integers: (left, right) => left + right,
  doubles: (left, right) => left + right,
  decimals: addDecimals,
};

const MULTIPLICATION: Arithmetic = {
  integers: (left, right) => left * right,
  doubles: (left, right) => left * right,
  decimals: (left, right) => ({
    digits: left.digits * right.digits,
    exponent: left.exponent + right.exponent,
  }),
};

function compute(arithmetic: Arithmetic, left: Numeric, right: Numeric): BsonNumber | null {
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    const [a, b] = [operandOf(left), operandOf(right)];
    if (typeof a !== 'string' && typeof b !== 'string') {
      return toDecimal128(arithmetic.decimals(a, b));
    }
    const result = arithmetic.doubles(toDouble(left), toDouble(right));
    return Decimal128.fromString(String(result));
  }
  if (isDouble(left) || isDouble(right)) {
    return new Double(arithmetic.doubles(toDouble(left), toDouble(right)));
  }
  const result = arithmetic.integers(BigInt(left.toString()), BigInt(right.toString()));
  if (BigInt.asIntN(INT64_BITS, result) !== result) return null;
  const fits = BigInt.asIntN(INT32_BITS, result) === result;
  const isWide = left instanceof Long || right instanceof Long;
  return fits && !isWide ? new Int32(Number(result)) : Long.fromBigInt(result);
}

/** Whether a number is the double that it is nearest to. */
function isBinary(value: Numeric): value is number | Int32 | Double {
  return typeof value === 'number' || value instanceof Int32 || value instanceof Double;
}

function isDouble(value: Numeric): boolean {
  return value instanceof Double || (typeof value === 'number' && !Number.isInteger(value));
}

/** As decimal arithmetic sees it: a double counts with 15 digits, so that 0.1 is a tenth. */
function operandOf(value: Numeric): ExactNumber {
  const double = toDouble(value);
  if (isDouble(value) && Number.isFinite(double)) {
    return parseDecimal(double.toPrecision(DOUBLE_DIGITS));
  }
  return exactOf(value);
}

/**
 * The sum, to as many digits as rounding can see. What lies far below the larger number is no more than
 * a direction there: 1E6111 + 1E-6176 has twelve thousand digits.
 */
function addDecimals(left: Decimal, right: Decimal): Decimal {
  const [large, small] = left.exponent >= right.exponent ? [left, right] : [right, left];
  if (large.digits === 0n) return small;
  const floor = large.exponent - WORKING_DIGITS;
  const isFarBelow = magnitudeOf(small) < floor;
  const addend = isFarBelow ? { digits: BigInt(signOf(small.digits)), exponent: floor } : small;
  const { exponent } = addend;
  const scale = 10n ** BigInt(large.exponent - exponent);
  return { digits: large.digits * scale + addend.digits, exponent };
}

/** `null` beyond the largest exponent: nothing else of a rounded number can be refused. */
function toDecimal128(exact: Decimal): Decimal128 | null {
  const { digits, exponent } = roundHalfEven(exact);
  try {
    return Decimal128.fromString(`${digits}E${exponent}`);
  } catch (error) {
    if (error instanceof BSONError) return null;
    throw error;
  }
}

/** Rounded to the digits and the smallest exponent that a Decimal128 has. */
function roundHalfEven({ digits, exponent }: Decimal): Decimal {
  if (digits === 0n) {
    return { digits, exponent: Math.min(Math.max(exponent, MIN_EXPONENT), MAX_EXPONENT) };
  }
  const magnitude = digits < 0n ? -digits : digits;
  const count = String(magnitude).length;
  const surplus = Math.max(count - DECIMAL_DIGITS, MIN_EXPONENT - exponent);
  if (surplus <= 0) return { digits, exponent };
  if (surplus > count) return { digits: 0n, exponent: MIN_EXPONENT };
  const unit = 10n ** BigInt(surplus);
  const quotient = magnitude / unit;
  const twiceRest = (magnitude % unit) * 2n;
  const isUp = twiceRest > unit || (twiceRest === unit && quotient % 2n === 1n);
  const rounded = isUp ? quotient + 1n : quotient;
  return { digits: digits < 0n ? -rounded : rounded, exponent: exponent + surplus };
}

function spellingOf(value: Numeric): Spelling | NotFinite {
  return typeof value === 'object' ? rememberedSpelling(value) : spell(value);
}

const rememberedSpelling = remembering<BsonNumber, Spelling | NotFinite>(spell);

function spell(value: Numeric): Spelling | NotFinite {
  const exact = exactOf(value);
  if (typeof exact === 'string') return exact;
  const sign = signOf(exact.digits);
  const text = String(sign < 0 ? -exact.digits : exact.digits);
  const digits = trimEndOf(text, '0');
  return { sign, digits, exponent: exact.exponent + text.length - digits.length };
}

function exactOf(value: Numeric): ExactNumber {
  if (value instanceof Decimal128) return parseDecimal(value.toString());
  if (value instanceof Long) return { digits: value.toBigInt(), exponent: 0 };
  if (typeof value === 'bigint') return { digits: value, exponent: 0 };
  return exactDouble(toDouble(value));
}

/** A double is an integer over a power of two, and 2^-n is 5^n times 10^-n. Doubling is exact. */
function exactDouble(value: number): ExactNumber {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  let scaled = value;
  let places = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    places += 1;
  }
  return { digits: BigInt(scaled) * 5n ** BigInt(places), exponent: -places };
}

/** Of the text of a Decimal128 or of a double. */
function parseDecimal(text: string): ExactNumber {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text;
  const [mantissa = '0', power = '0'] = text.toUpperCase().split('E');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function signOf(digits: bigint): number {
  if (digits === 0n) return 0;
  return digits < 0n ? -1 : 1;
}

/** Place of the first digit. */
function magnitudeOf({ digits, exponent }: Decimal): number {
  return String(digits < 0n ? -digits : digits).length + exponent;
}

function rankOf(value: Decimal | Spelling | NotFinite): number {
  if (typeof value !== 'string') return 0;
  return { NaN: -2, '-Infinity': -1, Infinity: 1 }[value];
}
