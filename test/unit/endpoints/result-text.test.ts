import { expect, test } from '@jest/globals';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from '../../../src/bson.ts';
import { chooseFormat, toResultText } from '../../../src/endpoints/result-text.ts';

const BYTES = Buffer.from('tea');

/** As the vendor's documentation shows each, where it does. */
test.each<[what: string, value: unknown, json: unknown, ejson: unknown]>([
  ['a list', [null, true, 'a'], [null, true, 'a'], [null, true, 'a']],
  ['a document', { a: { b: 1 } }, { a: { b: 1 } }, { a: { b: { $numberInt: '1' } } }],
  [
    'Binary',
    new Binary(BYTES, 5),
    { Subtype: 5, Data: 'dGVh' },
    { $binary: { base64: 'dGVh', subType: '05' } },
  ],
  [
    'UUID',
    new UUID('123e4567-e89b-42d3-a456-426614174000'),
    { Subtype: 4, Data: 'Ej5FZ+ibQtOkVkJmFBdAAA==' },
    { $binary: { base64: 'Ej5FZ+ibQtOkVkJmFBdAAA==', subType: '04' } },
  ],
  [
    'Date',
    new Date(1641954803067),
    '2022-01-12T02:33:23.067Z',
    { $date: { $numberLong: '1641954803067' } },
  ],
  ['Decimal128', new Decimal128('9823.1297'), '9823.1297', { $numberDecimal: '9823.1297' }],
  ['Double', new Double(10.5), 10.5, { $numberDouble: '10.5' }],
  ['infinity', new Double(Number.POSITIVE_INFINITY), 'Infinity', { $numberDouble: 'Infinity' }],
  ['Int32', new Int32(10), 10, { $numberInt: '10' }],
  ['Int64', Long.fromInt(50), 50, { $numberLong: '50' }],
  [
    'an Int64 that no number holds',
    Long.fromString('9007199254740993'),
    '9007199254740993',
    { $numberLong: '9007199254740993' },
  ],
  ['MaxKey', new MaxKey(), {}, { $maxKey: 1 }],
  ['MinKey', new MinKey(), {}, { $minKey: 1 }],
  [
    'ObjectId',
    new ObjectId('5d505646cf6d4fe581014ab2'),
    '5d505646cf6d4fe581014ab2',
    { $oid: '5d505646cf6d4fe581014ab2' },
  ],
  [
    'a regular expression',
    new BSONRegExp('^H', 'i'),
    { Pattern: '^H', Options: 'i' },
    { $regularExpression: { pattern: '^H', options: 'i' } },
  ],
  [
    'Timestamp',
    new Timestamp({ t: 1565545664, i: 1 }),
    { T: 1565545664, I: 1 },
    { $timestamp: { t: 1565545664, i: 1 } },
  ],
  ['Symbol', new BSONSymbol('s'), 's', { $symbol: 's' }],
  ['Code', new Code('f()'), 'f()', { $code: 'f()' }],
  [
    'a reference',
    new DBRef('c', new ObjectId('5d505646cf6d4fe581014ab2')),
    { $ref: 'c', $id: '5d505646cf6d4fe581014ab2' },
    { $ref: 'c', $id: { $oid: '5d505646cf6d4fe581014ab2' } },
  ],
])('%s in both formats', (_what, value, json, ejson) => {
  const [asJson, asExtended] = [toResultText(value, 'JSON'), toResultText(value, 'EJSON')];
  expect([JSON.parse(asJson.text), asJson.type]).toEqual([json, 'application/json']);
  expect([JSON.parse(asExtended.text), asExtended.type]).toEqual([ejson, 'application/ejson']);
});

test('a field named __proto__ is a field', () => {
  const value = JSON.parse('{"__proto__": {"a": 1}}') as unknown;
  expect(toResultText(value, 'JSON').text).toBe('{"__proto__":{"a":1}}');
});

test.each([
  [undefined, 'EJSON'],
  ['*/*', 'EJSON'],
  ['text/html,application/xhtml+xml', 'EJSON'],
  ['application/json', 'JSON'],
  ['APPLICATION/JSON; charset=utf-8', 'JSON'],
  ['application/ejson, application/json', 'EJSON'],
  ['application/json, application/ejson', 'JSON'],
])('Accept: %s makes it %s where the endpoint has EJSON', (accept, format) => {
  expect(chooseFormat(accept, 'EJSON')).toBe(format);
});
