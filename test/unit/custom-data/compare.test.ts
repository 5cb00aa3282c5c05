import { expect, test } from '@jest/globals';
import { DBRef, Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import { isEqualValue, isSameDocument, isSameValue } from '../../../src/custom-data/compare.ts';

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
])('whether %s are equal', (_what, left, right, isEqual) => {
  expect(isEqualValue(left, right)).toBe(isEqual);
  expect(isEqualValue(right, left)).toBe(isEqual);
});

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
