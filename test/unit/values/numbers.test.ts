import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decimal128, Double, Int32, Long, Timestamp } from '../../../src/bson.ts';
import { valueKey } from '../../../src/values/equality.ts';
import {
  addNumbers,
  isNumeric,
  multiplyNumbers,
  type Numeric,
} from '../../../src/values/numbers.ts';

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
        expect(valueKey(sum)).toBe(valueKey(decimal(String(left + right))));
      }),
    );
  });
});

/** The examples of the General Decimal Arithmetic specification (version 1.70), which decimal128 follows. */
describe('decimals', () => {
  test.each([
    ['12', '7.00', '19.00'],
    ['1E+2', '1E+4', '1.01E+4'],
  ])('%s + %s is %s: of the smaller exponent', (left, right, sum) => {
    expect(show(addNumbers(decimal(left), decimal(right)))).toBe(`Decimal128 ${sum}`);
  });

  test.each([
    ['1.20', '3', '3.60'],
    ['7', '3', '21'],
    ['0.9', '0.8', '0.72'],
    ['654321', '654321', '428135971041'],
  ])('%s × %s is %s: the exponents add up', (left, right, product) => {
    expect(show(multiplyNumbers(decimal(left), decimal(right)))).toBe(`Decimal128 ${product}`);
  });

  test.each([
    ['9'.repeat(34), '9', '8.999999999999999999999999999999999E+34'],
    ['1E-6000', '1E-6000', '0E-6176'],
    ['15E-6176', '1E-1', '2E-6176'],
    ['25E-6176', '1E-1', '2E-6176'],
    ['0E+6111', '0E+6111', '0E+6111'],
  ])('%s × %s is rounded half to even, into the range: %s', (left, right, product) => {
    expect(show(multiplyNumbers(decimal(left), decimal(right)))).toBe(`Decimal128 ${product}`);
  });

  test('beyond the largest one there is none', () => {
    expect(multiplyNumbers(decimal('1E+6111'), decimal('1E+6111'))).toBeNull();
  });

  // MongoDB manual, "NumberDecimal": a double given to a decimal counts with 15 significant digits.
  test('take a double with fifteen digits', () => {
    expect(show(addNumbers(decimal('0'), double(Number('9999999.4999999999'))))).toBe(
      'Decimal128 9999999.50000000',
    );
    expect(show(addNumbers(int(1), decimal('0.1')))).toBe('Decimal128 1.1');
  });
});

describe('a sum with a number that is far smaller', () => {
  const one = `1.${'0'.repeat(33)}`;
  test.each([
    ['1E+6111', '1E-6176', `${one}E+6111`],
    ['-1E+6111', '1E-6176', `-${one}E+6111`],
    ['1E+40', '1E-40', `${one}E+40`],
    ['1E+34', '-1E-1', `${one}E+34`],
    // Exactly between two results the even one counts; anything more decides otherwise.
    ['1.000000000000000000000000000000001E+34', '5', '1.000000000000000000000000000000002E+34'],
    ['1.000000000000000000000000000000000E+34', '5', `${one}E+34`],
    ['1.000000000000000000000000000000000E+34', '5.1', '1.000000000000000000000000000000001E+34'],
    ['0', '1E-6176', '1E-6176'],
    ['0E+6111', '15', '15'],
  ])('%s + %s is rounded half to even', (left, right, sum) => {
    expect(show(addNumbers(decimal(left), decimal(right)))).toBe(`Decimal128 ${sum}`);
    expect(show(addNumbers(decimal(right), decimal(left)))).toBe(`Decimal128 ${sum}`);
  });

  test('is that of the exact sum', () => {
    const number = fc.record({
      coefficient: fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
      exponent: fc.integer({ min: -60, max: 60 }),
    });
    fc.assert(
      fc.property(number, number, (left, right) => {
        const exponent = Math.min(left.exponent, right.exponent);
        const scale = (part: typeof left) =>
          part.coefficient * 10n ** BigInt(part.exponent - exponent);
        const exact = `${scale(left) + scale(right)}E${exponent}`;
        const text = ({ coefficient, exponent: e }: typeof left) => decimal(`${coefficient}E${e}`);
        const sum = addNumbers(text(left), text(right));
        const expected = roundedTo34Digits(exact);
        expect(valueKey(sum)).toBe(valueKey(expected));
      }),
    );
  });
});

/** Rounded half to even, which the library does by digits. */
function roundedTo34Digits(text: string): Decimal128 {
  const [, sign = '', digits = '', power = '0'] = /^(-?)(\d+)E(-?\d+)$/.exec(text) ?? [];
  const surplus = Math.max(0, digits.length - 34);
  const kept = BigInt(digits.slice(0, digits.length - surplus));
  const rest = digits.slice(digits.length - surplus);
  const half = `5${'0'.repeat(Math.max(0, surplus - 1))}`;
  const isUp = surplus > 0 && (rest > half || (rest === half && kept % 2n === 1n));
  return decimal(`${sign}${isUp ? kept + 1n : kept}E${Number(power) + surplus}`);
}

test('a Timestamp is no number', () => {
  expect(isNumeric(new Timestamp({ t: 1, i: 1 }))).toBe(false);
  expect([int(1), double(1), long(1), decimal('1'), 1].every(isNumeric)).toBe(true);
});
