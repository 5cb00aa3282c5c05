import { describe, expect, test } from '@jest/globals';
import { Int32, ObjectId } from '../../../src/bson.ts';
import { parseWritableDocument, type WritePolicy } from '../../../src/custom-data/write-policy.ts';
import type { Document } from '../../../src/values/documents.ts';
import { fieldsOf } from '../../support/schema.ts';

const USER_ID = '62efedca3587e6e83c0fc675';
const DOCUMENT_ID = '62efedca3587e6e83c0fc676';
const OTHER_ID = '62efedca3587e6e83c0fc677';
const POLICY: WritePolicy = { userId: USER_ID, userIdField: 'userId' };
const CURRENT: Document = { _id: new ObjectId(DOCUMENT_ID), userId: USER_ID };

function notWritable(...paths: string[]) {
  return expect.objectContaining({ code: 'FIELD_NOT_WRITABLE', details: { paths } });
}

function parse(input: unknown, current: Document | null = CURRENT, policy = POLICY): Document {
  return parseWritableDocument(input, current, policy);
}

describe('what is no document', () => {
  test.each([
    ['null', null],
    ['an array', []],
    ['a string', 'x'],
    ['a number', 1],
    ['an ObjectId', { $oid: OTHER_ID }],
    ['a date', { $date: '2020-01-01T00:00:00Z' }],
    ['null in a wrapper', { $undefined: true }],
    ['a malformed wrapper', { $oid: 'x' }],
  ])('%s is BAD_USER_INPUT', (_what, input) => {
    expect(() => parse(input)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: { path: '' } }),
    );
  });
});

describe('names', () => {
  test.each([
    ['an operator', { $set: { a: 1 } }, '/$set'],
    ['a dollar', { $: 1 }, '/$'],
    ['a dotted name', { 'a.b': 1 }, '/a.b'],
    ['a nested operator', { a: [{ $where: '1' }] }, '/a/0/$where'],
    ['a query operator that looks like a wrapper', { a: { $regex: 'x' } }, '/a/$regex'],
    ['a name in a scope', { a: { $code: '', $scope: { $b: 1 } } }, '/a/$scope/$b'],
    ['an operator in a DBRef', { a: { $ref: 'c', $id: 1, $where: '1' } }, '/a/$where'],
    ['a DBRef without an id', { a: { $ref: 'c' } }, '/a/$ref'],
    ['constructor', { constructor: 1 }, '/constructor'],
    ['prototype', { a: { prototype: {} } }, '/a/prototype'],
    ['the mark of a BSON type', { a: { _bsontype: 'ObjectId' } }, '/a/_bsontype'],
    ['a name that needs escapes', { 'a/b~': { $c: 1 } }, '/a~1b~0/$c'],
  ])('%s is not writable', (_what, input, path) => {
    expect(() => parse(input)).toThrow(notWritable(path));
  });

  test('"__proto__" is not writable at any depth', () => {
    expect(() => parse(JSON.parse('{"a":{"__proto__":{}},"__proto__":1}'))).toThrow(
      notWritable('/a/__proto__', '/__proto__'),
    );
  });

  test('a DBRef as the whole document is not writable', () => {
    expect(() => parse({ $ref: 'c', $id: 1 })).toThrow(notWritable('/$ref', '/$id'));
  });

  test('every offending path is named, up to a hundred', () => {
    expect(() => parse({ _id: 1, userId: 'x', ok: 1, 'a.b': 1, c: { $d: 1 } })).toThrow(
      notWritable('/_id', '/userId', '/a.b', '/c/$d'),
    );
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`$${i}`, 1]));
    expect(() => parse(many)).toThrow(
      notWritable(...Array.from({ length: 100 }, (_, i) => `/$${i}`)),
    );
  });

  test('other names are writable: empty, long, inherited and with a dollar inside', () => {
    const input = { '': 'a', ['k'.repeat(5000)]: 'b', hasOwnProperty: 'c', a$: { '': {} } };
    expect(parse(input)).toStrictEqual(input);
  });

  test('Extended JSON wrappers and DBRefs are writable', () => {
    const input = { a: { $numberInt: '1' }, b: { $ref: 'c', $id: { $oid: OTHER_ID }, $db: 'd' } };
    expect(parse(input)).toStrictEqual({
      a: new Int32(1),
      b: { $ref: 'c', $id: new ObjectId(OTHER_ID), $db: 'd' },
    });
  });
});

describe('identity', () => {
  test.each([
    ['"_id" as hex digits', { _id: DOCUMENT_ID }],
    ['"_id" as an ObjectId', { _id: { $oid: DOCUMENT_ID } }],
    ['the user id', { userId: USER_ID }],
    ['the user id as an ObjectId', { userId: { $oid: USER_ID } }],
  ])('%s, sent back unchanged, is dropped', (_what, identity) => {
    expect(parse({ ...identity, a: 'b' })).toStrictEqual({ a: 'b' });
  });

  test.each([
    ['another "_id"', { _id: OTHER_ID }, '/_id'],
    ['"_id" null', { _id: null }, '/_id'],
    ['the user id as "_id"', { _id: USER_ID }, '/_id'],
    ['another user id', { userId: OTHER_ID }, '/userId'],
    ['another user id as an ObjectId', { userId: { $oid: OTHER_ID } }, '/userId'],
    ['a user id in other letters', { userId: USER_ID.toUpperCase() }, '/userId'],
  ])('%s is not writable', (_what, input, path) => {
    expect(() => parse(input)).toThrow(notWritable(path));
  });

  test('without a document any "_id" is refused, the own user id dropped', () => {
    expect(() => parse({ _id: DOCUMENT_ID }, null)).toThrow(notWritable('/_id'));
    expect(parse({ userId: USER_ID, a: 'b' }, null)).toStrictEqual({ a: 'b' });
  });

  test('an "_id" of another type must be sent back as it is', () => {
    const current = { _id: new Int32(7), userId: USER_ID };
    expect(parse({ _id: { $numberInt: '7' } }, current)).toStrictEqual({});
    expect(parse({ _id: 7 }, current)).toStrictEqual({});
    expect(() => parse({ _id: { $numberLong: '7' } }, current)).toThrow(notWritable('/_id'));
    expect(() => parse({ _id: '7' }, current)).toThrow(notWritable('/_id'));
  });

  test('the user id field may be "_id"', () => {
    const policy = { userId: USER_ID, userIdField: '_id' };
    for (const current of [null, { _id: USER_ID }, { _id: new ObjectId(USER_ID) }]) {
      expect(parse({ _id: USER_ID, a: 'b' }, current, policy)).toStrictEqual({ a: 'b' });
      expect(() => parse({ _id: OTHER_ID }, current, policy)).toThrow(notWritable('/_id'));
    }
  });

  test('a read-only field may be sent back unchanged only', () => {
    const policy = { ...POLICY, fields: fieldsOf({ role: { readOnly: true } }) };
    const current = { ...CURRENT, role: 'user' };
    expect(parse({ role: 'user', a: 'b' }, current, policy)).toStrictEqual({ a: 'b' });
    expect(() => parse({ role: 'admin' }, current, policy)).toThrow(notWritable('/role'));
    expect(() => parse({ role: 'user' }, null, policy)).toThrow(notWritable('/role'));
  });
});
