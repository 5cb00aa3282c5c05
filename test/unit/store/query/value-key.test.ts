import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decimal128, Double, Int32, Long, ObjectId } from '../../../../src/bson.ts';
import { encodeDocument } from '../../../../src/store/document-bytes.ts';
import { indexKeys, valueKey } from '../../../../src/store/query/value-key.ts';
import { decodePlain, decodeStored } from '../../../../src/store/stored-document.ts';
import { bsonDocument } from '../../../support/bson-arbitraries.ts';

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
