import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decimal128, Double, Int32, Long, Timestamp } from '../../../src/bson.ts';
import {
  addNumbers,
  isEqualNumber,
  isNumeric,
  type Numeric,
} from '../../../src/custom-data/numeric.ts';

const int = (value: number) => new Int32(value);
const double = (value: number) => new Double(value);
const long = (value: bigint | number) => Long.fromBigInt(BigInt(value));
const decimal = (text: string) => Decimal128.fromString(text);

/** Type and value. */
function show(value: Numeric | null): string {
  return value === null ? 'null' : `${value.constructor.name} ${value.toString()}`;
}

describe('addNumbers promotes as $inc does', () => {
  test.each<[Numeric, Numeric, Numeric | null]>([
    [int(1), int(2), int(3)],
    [int(2 ** 31 - 1), int(1), long(2 ** 31)],
    [int(-(2 ** 31)), int(-1), long(-(2 ** 31) - 1)],
    [int(1), long(1), long(2)],
    [long(5), int(-5), long(0)],
    [long(2n ** 63n - 1n), int(1), null],
    [long(-(2n ** 63n)), int(-1), null],
    [int(1), double(0.5), double(1.5)],
    [double(1), int(1), double(2)],
    [double(1), long(2), double(3)],
    [double(Number.POSITIVE_INFINITY), int(1), double(Number.POSITIVE_INFINITY)],
    [double(Number.NaN), int(1), double(Number.NaN)],
    [decimal('1.10'), int(1), decimal('2.10')],
    [int(1), decimal('-1'), decimal('0')],
    [decimal('0.1'), double(0.2), decimal('0.300000000000000')],
    [decimal('1'), long(2n ** 63n - 1n), decimal('9223372036854775808')],
    [decimal('9'.repeat(34)), int(1), decimal('1.000000000000000000000000000000000E+34')],
    [decimal('1E+34'), decimal('5'), decimal('1.000000000000000000000000000000000E+34')],
    [decimal('1E+34'), decimal('15'), decimal('1.000000000000000000000000000000002E+34')],
    [decimal('-1E+34'), decimal('-6'), decimal('-1.000000000000000000000000000000001E+34')],
    [decimal('9.999999999999999999999999999999999E+6144'), decimal('1E+6144'), null],
    [decimal('1E-6176'), decimal('1E-6176'), decimal('2E-6176')],
    [decimal('NaN'), int(1), decimal('NaN')],
    [decimal('Infinity'), int(1), decimal('Infinity')],
    [decimal('-Infinity'), double(Number.POSITIVE_INFINITY), decimal('NaN')],
    [1, 2, int(3)],
    [1, 0.5, double(1.5)],
  ])('case %#', (left, right, sum) => {
    expect(show(addNumbers(left, right))).toBe(show(sum));
  });

  test('int64 sums are exact or refused', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(int64, int64, (left, right) => {
        const exact = left + right;
        const fits = BigInt.asIntN(64, exact) === exact;
        expect(show(addNumbers(long(left), long(right)))).toBe(fits ? `Long ${exact}` : 'null');
      }),
    );
  });

  test('decimal sums of integers within 34 digits are exact', () => {
    const integer = fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n });
    fc.assert(
      fc.property(integer, integer, (left, right) => {
        const sum = addNumbers(decimal(String(left)), decimal(String(right)));
        expect(isEqualNumber(sum as Numeric, decimal(String(left + right)))).toBe(true);
      }),
    );
  });
});

describe('isEqualNumber compares by value', () => {
  test.each<[Numeric, Numeric, boolean]>([
    [int(1), double(1), true],
    [int(1), long(1), true],
    [long(1), decimal('1.00'), true],
    [double(0.5), decimal('0.50'), true],
    [double(0.1), decimal('0.1'), false],
    [long(2n ** 53n + 1n), double(2 ** 53), false],
    [long(2n ** 53n), double(2 ** 53), true],
    [double(-0), int(0), true],
    [double(Number.NaN), double(Number.NaN), true],
    [double(Number.NaN), decimal('NaN'), true],
    [double(Number.POSITIVE_INFINITY), decimal('Infinity'), true],
    [double(Number.POSITIVE_INFINITY), decimal('-Infinity'), false],
    [decimal('Infinity'), long(1), false],
    [double(5e-324), decimal('0'), false],
    [1, int(1), true],
  ])('case %#', (left, right, expected) => {
    expect(isEqualNumber(left, right)).toBe(expected);
    expect(isEqualNumber(right, left)).toBe(expected);
  });
});

test('a Timestamp is no number', () => {
  expect(isNumeric(new Timestamp({ t: 1, i: 1 }))).toBe(false);
  expect([int(1), double(1), long(1), decimal('1'), 1].every(isNumeric)).toBe(true);
});
