/** Exact decimal form of every BSON number, so that 1, 1.0 and a Decimal128 1.00 are one value. */
import { Decimal128, Double, Int32, Long } from '../../bson.ts';
import { trimEndOf } from '../../trim-end.ts';

/** `digits` × 10^`exponent`. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** A finite number as a decimal without trailing zeros, or the name of what is not finite. */
export type ExactNumber = Decimal | 'NaN' | 'Infinity' | '-Infinity';

/** Whether `value` is a number to BSON: a JavaScript number or bigint, or a numeric BSON type. */
export function isNumeric(
  value: unknown,
): value is number | bigint | Int32 | Double | Long | Decimal128 {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Int32 ||
    value instanceof Double ||
    // A Timestamp is a Long to JavaScript and not a number to BSON.
    (value instanceof Long && value._bsontype === 'Long') ||
    value instanceof Decimal128
  );
}

/** The exact value of a BSON number. */
export function toExactNumber(
  value: number | bigint | Int32 | Double | Long | Decimal128,
): ExactNumber {
  if (value instanceof Decimal128) return parseDecimal(value.toString());
  if (value instanceof Long) return trimZeros(value.toBigInt(), 0);
  if (typeof value === 'bigint') return trimZeros(value, 0);
  return fromDouble(typeof value === 'number' ? value : value.valueOf());
}

/** Text that two BSON numbers share exactly if they are equal. */
export function numberKey(value: number | bigint | Int32 | Double | Long | Decimal128): string {
  // Most numbers need no exact arithmetic; filters ask for the key of every item of an array.
  const plain = value instanceof Int32 || value instanceof Double ? value.value : value;
  if (Number.isSafeInteger(plain) && Number(plain) % 10 !== 0) return `${plain}e0`;
  const exact = toExactNumber(value);
  return typeof exact === 'string' ? exact : `${exact.digits}e${exact.exponent}`;
}

/** Sum of two finite decimals. */
export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const exponent = Math.min(left.exponent, right.exponent);
  return { digits: scaledTo(left, exponent) + scaledTo(right, exponent), exponent };
}

/** Product of two finite decimals. */
export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return { digits: left.digits * right.digits, exponent: left.exponent + right.exponent };
}

/** Order of two exact numbers: negative, 0 or positive. NaN comes first, as in MongoDB. */
export function compareExactNumbers(left: ExactNumber, right: ExactNumber): number {
  if (typeof left === 'string' || typeof right === 'string') return rank(left) - rank(right);
  const [leftSign, rightSign] = [signOf(left), signOf(right)];
  if (leftSign !== rightSign || leftSign === 0) return leftSign - rightSign;
  // Numbers of another magnitude are told apart by it: 1E6111 has six thousand digits.
  const magnitude = magnitudeOf(left) - magnitudeOf(right);
  if (magnitude !== 0) return magnitude * leftSign;
  const exponent = Math.min(left.exponent, right.exponent);
  const difference = scaledTo(left, exponent) - scaledTo(right, exponent);
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

function signOf({ digits }: Decimal): number {
  if (digits === 0n) return 0;
  return digits < 0n ? -1 : 1;
}

/** Place of the first digit. */
function magnitudeOf({ digits, exponent }: Decimal): number {
  return String(digits < 0n ? -digits : digits).length + exponent;
}

function rank(value: ExactNumber): number {
  if (typeof value !== 'string') return 0;
  return { NaN: -2, '-Infinity': -1, Infinity: 1 }[value];
}

function scaledTo(value: Decimal, exponent: number): bigint {
  return value.digits * 10n ** BigInt(value.exponent - exponent);
}

function fromDouble(value: number): ExactNumber {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  // Doubling is exact, so a double with n binary places is an integer after n steps, and
  // m / 2^n = m × 5^n / 10^n.
  let scaled = value;
  let places = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    places += 1;
  }
  return trimZeros(BigInt(scaled) * 5n ** BigInt(places), -places);
}

function parseDecimal(text: string): ExactNumber {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text;
  const [mantissa = '0', power = '0'] = text.split('E');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return trimZeros(BigInt(whole + fraction), Number(power) - fraction.length);
}

function trimZeros(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return { digits, exponent: 0 };
  const text = digits.toString();
  const zeros = text.length - trimEndOf(text, '0').length;
  return { digits: digits / 10n ** BigInt(zeros), exponent: exponent + zeros };
}
