import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DBRef, Decimal128, Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import { encodeDocument } from '../../../src/store/document-bytes.ts';
import { decodePlain, decodeStored } from '../../../src/store/stored-document.ts';
import { equalityKey, valueKey } from '../../../src/values/equality.ts';
import { indexKeys } from '../../../src/values/paths.ts';
import { bsonDocument } from '../../support/bson-arbitraries.ts';

describe('the key of a value', () => {
  test('does not depend on whether numbers were promoted', () => {
    fc.assert(
      fc.property(bsonDocument(), (document) => {
        const bytes = encodeDocument({ document });
        const typed = decodeStored(bytes).document;
        expect(valueKey(typed.document)).toBe(valueKey(decodePlain(bytes).document));
      }),
    );
  });

  test('is the same for equal numbers of any type', () => {
    fc.assert(
      fc.property(fc.integer(), (n) => {
        const numbers = [n, new Int32(n), new Double(n), Long.fromNumber(n), BigInt(n)];
        const decimals = [`${n}`, `${n}.00`, `${n}E0`].map((s) => Decimal128.fromString(s));
        const keys = [...numbers, ...decimals].map(valueKey);
        expect(new Set(keys).size).toBe(1);
      }),
    );
  });

  test('tells numbers apart that differ in the last bit', () => {
    const largest = Long.MAX_VALUE;
    expect(valueKey(largest)).not.toBe(valueKey(largest.subtract(1)));
    expect(valueKey(largest)).not.toBe(valueKey(2 ** 63));
    expect(valueKey(0.1)).not.toBe(valueKey(Decimal128.fromString('0.1')));
    expect(valueKey(0.5)).toBe(valueKey(Decimal128.fromString('5E-1')));
    expect(valueKey(-0)).toBe(valueKey(0));
    expect(valueKey(5e-324)).not.toBe(valueKey(0));
  });

  test('is the same for two strings only if they are equal, and fits LMDB', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 900 }), fc.string({ maxLength: 900 }), (a, b) => {
        expect(valueKey(a) === valueKey(b)).toBe(a === b);
        expect(Buffer.byteLength(valueKey(a))).toBeLessThanOrEqual(400);
      }),
    );
  });

  test('cannot be imitated by the content of another value', () => {
    const id = new ObjectId('0123456789abcdef01234567');
    const values = [
      id,
      id.toHexString(),
      valueKey(id),
      [],
      [[]],
      {},
      { a: [] },
      ['a', 'b'],
      ['a,b'],
    ];
    expect(new Set(values.map(valueKey)).size).toBe(values.length);
  });
});

test.each<[string, Record<string, unknown>, string, unknown[]]>([
  ['a value', { a: 1 }, 'a', [1]],
  ['a missing field as null', {}, 'a', [null]],
  ['each item of an array once', { a: [1, 2, 1] }, 'a', [1, 2]],
  ['a nested field', { a: { b: 1 } }, 'a.b', [1]],
  ['a field of each document of an array', { a: [{ b: 1 }, { b: [2] }] }, 'a.b', [1, 2]],
  ['no inherited property', {}, 'constructor', [null]],
])('an index lists %s', (_rule, document, path, values) => {
  expect([...indexKeys(document, path)]).toEqual(values.map(valueKey));
});

const ID = new ObjectId();

test.each<[what: string, left: unknown, right: unknown, isEqual: boolean]>([
  ['numbers of two types', new Int32(1), new Double(1), true],
  ['elements of arrays', [new Int32(1), 'a'], [Long.ONE, 'a'], true],
  ['arrays that differ in one element', ['a', 'b'], ['a', 'c'], false],
  ['an array and a longer one', ['a'], ['a', 'b'], false],
  ['members of objects', { a: 1, b: [2] }, { a: new Double(1), b: [2] }, true],
  ['objects that differ in one member', { a: 1, b: 2 }, { a: 1, b: 3 }, false],
  ['an object and one with a member more', { a: 1 }, { a: 1, b: 2 }, false],
  ['members in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, false],
  ['an object and an array', { 0: 'a' }, ['a'], false],
  ['a number and its text', 1, '1', false],
  ['null and an object', null, {}, false],
  ['null and null', null, null, true],
  ['values of one class', ID, new ObjectId(ID.toHexString()), true],
  ['values of two classes', ID, ID.toHexString(), false],
  ['a DBRef that was read and one that was sent', new DBRef('c', ID), { $ref: 'c', $id: ID }, true],
])('whether %s have the same key', (_what, left, right, isEqual) => {
  expect(valueKey(left) === valueKey(right)).toBe(isEqual);
  expect(equalityKey(left) === equalityKey(right)).toBe(isEqual);
});

const int = (value: number) => new Int32(value);
const double = (value: number) => new Double(value);
const long = (value: bigint | number) => Long.fromBigInt(BigInt(value));
const decimal = (text: string) => Decimal128.fromString(text);

test('the key for comparisons in memory tells the same values apart as the one that is stored', () => {
  const number = fc.oneof(
    fc.double(),
    fc.double().map(double),
    fc.integer().map(int),
    fc.integer({ min: -99, max: 99 }).map((n) => double(n / 64)),
    fc.integer({ min: -99, max: 99 }).map((n) => double(n / 2 ** 50)),
    fc.integer({ min: -99, max: 99 }).map((n) => decimal(`${n * 15625}E-6`)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => decimal(String(n))),
  );
  fc.assert(
    fc.property(number, number, (left, right) => {
      const isEqual = valueKey([left]) === valueKey([right]);
      expect(equalityKey([left]) === equalityKey([right])).toBe(isEqual);
    }),
    { numRuns: 2000 },
  );
});

describe('numbers have the same key by value', () => {
  test.each<[unknown, unknown, boolean]>([
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
    expect(valueKey(left) === valueKey(right)).toBe(expected);
    expect(equalityKey(left) === equalityKey(right)).toBe(expected);
  });

  test('as doubles and as decimals that are exactly the double: those of 34 digits at most', () => {
    const binary = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(binary, ([integer, places]) => {
        // An integer over a power of two is the integer times 5^places, that many decimal places on.
        const exact = `${BigInt(integer) * 5n ** BigInt(places)}`;
        fc.pre(exact.replace(/^-|0+$/g, '').length <= 34);
        const numbers = [double(integer / 2 ** places), decimal(`${exact}E-${places}`)];
        expect(new Set(numbers.map(equalityKey)).size).toBe(1);
      }),
    );
  });
});
