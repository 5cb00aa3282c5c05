import { expect, test } from '@jest/globals';
import { Binary, BSONRegExp, DBRef, ObjectId } from '../../../../src/bson.ts';
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
])('a filter with %s is refused', (_rule, filter) => {
  expect(() => compileFilter(filter)).toThrow();
});

test.each([
  ['{"__proto__":1}', '{"__proto__":1}', '{}'],
  ['{"__proto__":{"$gt":1}}', '{"__proto__":2}', '{"__proto__":1}'],
  ['{"$or":[{"a":{"__proto__":1}}]}', '{"a":{"__proto__":1}}', '{"a":{}}'],
  ['{"a":{"$ne":{"__proto__":1}}}', '{"a":{}}', '{"a":{"__proto__":1}}'],
])('a filter may name a field __proto__: %s', (filter, match, other) => {
  const { matches } = compileFilter(JSON.parse(filter));
  expect(matches(JSON.parse(match))).toBe(true);
  expect(matches(JSON.parse(other))).toBe(false);
});

// MongoDB manual, "Database References": a DBRef is a document of $ref, $id and $db, and is queried as one.
test('a filter finds a reference by its fields', () => {
  const id = new ObjectId();
  const reference = { r: new DBRef('users', id, 'shop') };
  for (const filter of [{ 'r.$ref': 'users' }, { 'r.$id': id }, { 'r.$db': { $exists: true } }]) {
    expect(compileFilter(filter).matches(reference)).toBe(true);
  }
  expect(compileFilter({ 'r.$ref': 'others' }).matches(reference)).toBe(false);
  expect(compileFilter({ r: { $type: 'object' } }).matches(reference)).toBe(true);
});
