import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Binary,
  BSONRegExp,
  Code,
  DBRef,
  Decimal128,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../../../src/bson.ts';
import { encodeDocument } from '../../../src/store/document-bytes.ts';
import { decodePlain } from '../../../src/store/stored-document.ts';
import { compareValues, createDocumentComparator } from '../../../src/values/order.ts';
import { bsonDocument } from '../../support/bson-arbitraries.ts';

describe('the order of BSON values', () => {
  /** The order that MongoDB's manual gives for types, with two or more values of most. */
  const ascending: readonly unknown[] = [
    new MinKey(),
    null,
    Number.NEGATIVE_INFINITY,
    -1,
    0,
    0.5,
    Decimal128.fromString('0.7'),
    Long.fromNumber(1),
    2 ** 53,
    Long.fromString('9007199254740993'),
    Number.POSITIVE_INFINITY,
    '',
    'Z',
    'a',
    'ab',
    'é',
    '\uffff',
    '\u{10000}',
    {},
    { a: 1 },
    { a: 1, b: 1 },
    { a: 2 },
    { b: 1 },
    [],
    [1],
    [1, 2],
    [2],
    new Binary(Buffer.from([1])),
    new Binary(Buffer.from([2])),
    new Binary(Buffer.from([0, 0])),
    new ObjectId('0'.repeat(24)),
    new ObjectId('f'.repeat(24)),
    false,
    true,
    new Date(-1),
    new Date(1),
    new Timestamp({ t: 1, i: 2 }),
    new Timestamp({ t: 2, i: 1 }),
    new BSONRegExp('a'),
    new BSONRegExp('b'),
    new Code('a'),
    new MaxKey(),
  ];

  test('is MongoDB’s, across types and within them', () => {
    for (const [i, left] of ascending.entries()) {
      for (const [j, right] of ascending.entries()) {
        expect([i, j, Math.sign(compareValues(left, right))]).toEqual([i, j, Math.sign(i - j)]);
      }
    }
  });

  test('is total: antisymmetric and transitive', () => {
    const value = bsonDocument().map((document) => decodePlain(encodeDocument(document)));
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(Math.sign(compareValues(a, b))).toBe(-Math.sign(compareValues(b, a)) + 0);
        const sorted = [a, b, c].sort(compareValues);
        expect(compareValues(sorted[0], sorted[2])).toBeLessThanOrEqual(0);
      }),
    );
  });
});

/** IEEE 754: the least double is 2^-1074, whose decimal expansion begins 4.940656458412465441765687928682… */
test('numbers whose nearest doubles are one are in the order of their exact values', () => {
  const decimal = (text: string) => Decimal128.fromString(text);
  const ascending: readonly unknown[] = [
    decimal('-1E6111'),
    decimal('-1E400'),
    -5e-324,
    decimal('-4.940656458412465E-324'),
    decimal('-1E-6176'),
    0,
    decimal('1E-6176'),
    decimal('4.940656458412465E-324'),
    5e-324,
    decimal('4.940656458412466E-324'),
    decimal('0.1'),
    0.1,
    Long.fromString('9007199254740992'),
    Long.fromString('9007199254740993'),
    decimal('9007199254740993.5'),
    Long.MAX_VALUE,
    2 ** 63,
    decimal('1E400'),
    decimal('1E6111'),
    Number.POSITIVE_INFINITY,
  ];
  for (const [i, left] of ascending.entries()) {
    for (const [j, right] of ascending.entries()) {
      expect([i, j, Math.sign(compareValues(left, right))]).toEqual([i, j, Math.sign(i - j)]);
    }
  }
  expect(compareValues(2 ** 53, Long.fromString('9007199254740992'))).toBe(0);
  expect(compareValues(0.5, decimal('5.0E-1'))).toBe(0);
  expect(compareValues(decimal('100'), decimal('1E2'))).toBe(0);
});

test('of an array the lowest item counts ascending and the highest descending', () => {
  const documents = [{ _id: 1, a: [5, 1] }, { _id: 2, a: 3 }, { _id: 3, a: [2, 4] }, { _id: 4 }];
  const ids = (direction: 1 | -1) =>
    documents.toSorted(createDocumentComparator({ a: direction })).map(({ _id }) => _id);
  expect(ids(1)).toEqual([4, 1, 3, 2]);
  expect(ids(-1)).toEqual([1, 3, 2, 4]);
});

// MongoDB manual, "Comparison/Sort Order": MinKey, null, numbers, symbol and string, object, array … MaxKey.
test('a reference is ordered as the document that it is', () => {
  const reference = new DBRef('users', new ObjectId());
  expect(compareValues(reference, 'text')).toBeGreaterThan(0);
  expect(compareValues(reference, [])).toBeLessThan(0);
  expect(compareValues(reference, new MaxKey())).toBeLessThan(0);
  expect(compareValues(reference, { $ref: 'users', $id: reference.oid })).toBe(0);
});
