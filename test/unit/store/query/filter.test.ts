import { expect, test } from '@jest/globals';
import { Binary, BSONRegExp, ObjectId } from '../../../../src/bson.ts';
import { encodeDocument } from '../../../../src/store/document-bytes.ts';
import { compileFilter } from '../../../../src/store/query/filter.ts';
import { decodePlain } from '../../../../src/store/stored-document.ts';

const id = new ObjectId('0123456789abcdef01234567');
const document = decodePlain(
  encodeDocument({
    _id: id,
    name: 'Zoë',
    n: 2,
    list: [1, [2, 3], { a: 'x' }],
    blob: new Binary(Buffer.from([254])),
    pattern: new BSONRegExp('(?i)not JavaScript', 'x'),
    deep: { a: { b: null } },
  }),
);

test.each<[rule: string, filter: Record<string, unknown>, isMatch: boolean]>([
  ['an empty filter', {}, true],
  ['an equal value', { name: 'Zoë' }, true],
  ['two conditions of which one fails', { name: 'Zoë', n: 3 }, false],
  ['undefined as null, as the driver sends it', { absent: undefined }, true],
  ['bytes with the same text but other values', { blob: new Binary(Buffer.from([255])) }, false],
  ['a whole array', { list: [1, [2, 3], { a: 'x' }] }, true],
  ['an array in an array', { list: [2, 3] }, true],
  ['an item of an inner array', { list: 3 }, false],
  ['a field of documents in an array', { 'list.a': 'x' }, true],
  ['an item by its position', { 'list.0': 1 }, true],
  ['a regular expression', { name: /^zo/i }, true],
  ['$in with a regular expression', { name: { $in: [/^Z/] } }, true],
  ['$not', { n: { $not: { $gt: 2 } } }, true],
  ['$and', { $and: [{ n: 2 }, { name: 'x' }] }, false],
  ['$gte and $lt', { n: { $gte: 2, $lt: 3 } }, true],
  ['a null deep down', { 'deep.a.b': null }, true],
  ['an inherited property', { constructor: { $exists: true } }, false],
])('a filter with %s', (_rule, filter, isMatch) => {
  expect(compileFilter(filter).matches(document)).toBe(isMatch);
});

test.each<[string, Record<string, unknown>]>([
  ['an unknown operator', { n: { $nope: 1 } }],
  ['an unknown operator at the top', { $nope: 1 }],
  ['JavaScript', { $where: 'true' }],
  ['a name that would be lost', JSON.parse('{"__proto__":{"$gt":1}}')],
  ['a name that would be lost below', JSON.parse('{"$or":[{"a":{"__proto__":1}}]}')],
])('a filter with %s is refused', (_rule, filter) => {
  expect(() => compileFilter(filter)).toThrow();
});

test('a filter may ask for the equality of a field named __proto__', () => {
  const { matches } = compileFilter(JSON.parse('{"__proto__":1}'));
  expect(matches(JSON.parse('{"__proto__":1}'))).toBe(true);
  expect(matches({})).toBe(false);
});
