import { expect, test } from '@jest/globals';
import { Int32, Long } from '../../../src/bson.ts';
import { isSameDocument, isSameValue } from '../../../src/values/equality.ts';

test('the same value has the same type', () => {
  expect(isSameValue(new Int32(1), new Int32(1))).toBe(true);
  expect(isSameValue(new Int32(1), Long.ONE)).toBe(false);
});

test('the same document may have its fields in another order, but no other fields', () => {
  expect(isSameDocument({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(isSameDocument({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(isSameDocument({ a: 1, b: 2 }, { a: 1, c: 2 })).toBe(false);
  expect(isSameDocument({ a: 1 }, { a: 2 })).toBe(false);
});
