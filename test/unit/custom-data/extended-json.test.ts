import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DBRef, Double, Int32, Long, ObjectId, UUID } from '../../../src/bson.ts';
import { convertSnapshot } from '../../../src/custom-data/convert-snapshot.ts';
import { formatExtendedJson } from '../../../src/custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../../../src/custom-data/extended-json-parse.ts';
import type { Document } from '../../../src/values/documents.ts';
import type { JsonObject, JsonValue } from '../../../src/values/json.ts';
import { decodeDocument, toHex, toStored } from '../../support/bson-bytes.ts';
import { FORMAT_CASES } from '../../support/extended-json.cases.ts';
import { canonicalDocument, canonicalValue } from '../../support/json-arbitraries.ts';
import { naughtyStrings } from '../../support/naughty-strings.ts';

function badInputAt(path: string) {
  return expect.objectContaining({ code: 'BAD_USER_INPUT', details: { path } });
}

function throughBson(value: unknown): unknown {
  return toStored({ value }).document.value;
}

describe('parseExtendedJson', () => {
  test.each([
    [0, new Int32(0)],
    [-1, new Int32(-1)],
    [2 ** 31 - 1, new Int32(2 ** 31 - 1)],
    [-(2 ** 31), new Int32(-(2 ** 31))],
    [2 ** 31, new Double(2 ** 31)],
    [-(2 ** 31) - 1, new Double(-(2 ** 31) - 1)],
    [0.5, new Double(0.5)],
    [-0, new Double(-0)],
    [1e300, new Double(1e300)],
  ] as [number, unknown][])(
    'a plain number is stored as the driver stores it: %p',
    (number, expected) => {
      expect(parseExtendedJson(number)).toStrictEqual(expected);
      expect(toHex({ value: parseExtendedJson(number) })).toBe(toHex({ value: number }));
    },
  );

  test.each([
    ['a number beyond double', JSON.parse('{"a":[1e400]}'), '/a/0'],
    ['int32 out of range', { $numberInt: '2147483648' }, ''],
    ['int32 with a fraction', { $numberInt: '1.0' }, ''],
    ['int32 in another notation', { $numberInt: '0x1' }, ''],
    ['int64 out of range', { $numberLong: '9223372036854775808' }, ''],
    ['double out of range', { $numberDouble: '1e999' }, ''],
    ['double in hexadecimal', { $numberDouble: '0x10' }, ''],
    ['an empty double', { $numberDouble: '' }, ''],
    ['decimal with 35 digits', { $numberDecimal: '1.2345678901234567890123456789012345' }, ''],
    ['a day that is not in the calendar', { $date: '2021-02-29T00:00:00Z' }, ''],
    ['hour 24', { $date: '2021-01-01T24:00:00Z' }, ''],
    ['a leap second', { $date: '2016-12-31T23:59:60Z' }, ''],
    ['a date without a time', { $date: '2021-01-01' }, ''],
    ['a date without an offset', { $date: '2021-01-01T00:00:00' }, ''],
    ['microseconds, which BSON cannot hold', { $date: '2021-01-01T00:00:00.123456Z' }, ''],
    ['a date beyond ECMAScript', { $date: { $numberLong: '8640000000000001' } }, ''],
    ['a date with extra keys', { $date: { $numberLong: '0', x: 1 } }, ''],
    ['an ObjectId of 23 digits', { $oid: '62efedca3587e6e83c0fc67' }, ''],
    ['an ObjectId that is no hex', { $oid: '62efedca3587e6e83c0fc67z' }, ''],
    ['base64 without padding', { $binary: { base64: 'AQI', subType: '00' } }, ''],
    ['base64url', { $binary: { base64: '_-8=', subType: '00' } }, ''],
    ['base64 with loose bits', { $binary: { base64: 'AQJ=', subType: '00' } }, ''],
    ['a UUID of two bytes', { $binary: { base64: 'AQI=', subType: '04' } }, ''],
    ['a vector with wrong padding', { $binary: { base64: 'JwEAAP5C', subType: '09' } }, ''],
    ['a binary subtype of three digits', { $binary: { base64: '', subType: '100' } }, ''],
    ['legacy binary with a bad subtype', { $binary: '', $type: 'zz' }, ''],
    ['an unknown regex option', { $regularExpression: { pattern: '', options: 'g' } }, ''],
    ['a regex option twice', { $regularExpression: { pattern: '', options: 'ii' } }, ''],
    ['a timestamp beyond uint32', { $timestamp: { t: 4_294_967_296, i: 0 } }, ''],
    ['a negative timestamp', { $timestamp: { t: -1, i: 0 } }, ''],
    ['a wrapper with extra keys', { a: { b: 1, $oid: '62efedca3587e6e83c0fc675' } }, '/a'],
    ['a scope that is a BSON value', { $code: '', $scope: { $numberInt: '1' } }, ''],
    [
      'a malformed wrapper in a scope',
      { x: { $code: '', $scope: { y: { $oid: 1 } } } },
      '/x/$scope/y',
    ],
    ['a false $undefined', { $undefined: false }, ''],
    ['a dbPointer without an ObjectId', { $dbPointer: { $ref: 'a', $id: 1 } }, ''],
    ['a path that needs escapes', { 'a/b~': [{ $oid: 1 }] }, '/a~1b~0/0'],
    ['a lone surrogate in a string', { a: '\ud800' }, '/a'],
    ['a lone surrogate in a key', { '\udc00': 1 }, '/\udc00'],
    ['a lone surrogate in a symbol', { $symbol: '\ud800' }, ''],
    ['a lone surrogate in code', { $code: '\ud800' }, ''],
    [
      'a lone surrogate in a pattern',
      { $regularExpression: { pattern: '\ud800', options: '' } },
      '',
    ],
    ['a null character in a key', { a: { 'b\0': 1 } }, '/a/b\0'],
    ['undefined', { a: undefined }, '/a'],
    ['a bigint', 1n, ''],
    ['an object of a class', new Date(0), ''],
  ])('refuses %s', (_what, value, path) => {
    expect(() => parseExtendedJson(value)).toThrow(badInputAt(path));
  });

  test.each([
    ['2012-12-24T12:15:30Z', 1356351330000],
    ['2012-12-24T12:15:30.5Z', 1356351330500],
    ['2012-12-24T13:15:30.501+01:00', 1356351330501],
    ['2012-12-24T11:15:30.501-0100', 1356351330501],
    ['2020-02-29T23:59:59.999Z', 1583020799999],
    ['0000-01-01T00:00:00Z', -62167219200000],
  ])('reads the RFC 3339 date %s', (text, milliseconds) => {
    expect(parseExtendedJson({ $date: text })).toStrictEqual(new Date(milliseconds));
  });

  test('reads the legacy forms', () => {
    expect(
      formatExtendedJson(parseExtendedJson({ $binary: 'AQI=', $type: '0' }), 'canonical'),
    ).toStrictEqual({ $binary: { base64: 'AQI=', subType: '00' } });
    expect(
      formatExtendedJson(parseExtendedJson({ $regex: 'a', $options: 'xi' }), 'canonical'),
    ).toStrictEqual({ $regularExpression: { pattern: 'a', options: 'ix' } });
  });

  test('leaves query operators and unknown "$" keys as they are', () => {
    const operators = { a: { $regex: 'a' }, b: { $type: 'string' }, c: { $where: 'x' }, 'd.e': '' };
    expect(parseExtendedJson(operators)).toStrictEqual(operators);
  });

  test('puts the fields of a DBRef in the order that servers expect', () => {
    const parsed = parseExtendedJson({ a: { x: 'y', $db: 'd', $id: 'i', $ref: 'r.s' } });
    expect(JSON.stringify(parsed)).toBe('{"a":{"$ref":"r.s","$id":"i","$db":"d","x":"y"}}');
  });

  test('takes 100 levels of nesting and refuses 101', () => {
    const nest = (depth: number): unknown => (depth === 1 ? {} : { a: nest(depth - 1) });
    expect(toHex(parseExtendedJson(nest(100)) as Document)).toContain('6100');
    expect(() => parseExtendedJson(nest(101))).toThrow(badInputAt('/a'.repeat(100)));
    expect(() => parseExtendedJson(JSON.parse('['.repeat(5000) + ']'.repeat(5000)))).toThrow(
      badInputAt('/0'.repeat(100)),
    );
  });

  test('a key "__proto__" becomes a property and pollutes nothing', () => {
    const parsed = parseExtendedJson(JSON.parse('{"__proto__":{"polluted":"yes"}}')) as Document;
    expect(Object.keys(parsed)).toStrictEqual(['__proto__']);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(({} as Document).polluted).toBe(undefined);
    expect(JSON.stringify(formatExtendedJson(parsed, 'relaxed'))).toBe(
      '{"__proto__":{"polluted":"yes"}}',
    );
  });
});

describe('formatExtendedJson', () => {
  test.each(FORMAT_CASES)('$type', ({ canonical, relaxed }) => {
    const value = throughBson(parseExtendedJson(canonical));
    expect(formatExtendedJson(value, 'canonical')).toStrictEqual(canonical);
    expect(formatExtendedJson(value, 'relaxed')).toStrictEqual(relaxed);
  });

  test('plain values format as the types the driver stores', () => {
    expect(formatExtendedJson([1, 1.5, -0, undefined], 'canonical')).toStrictEqual([
      { $numberInt: '1' },
      { $numberDouble: '1.5' },
      { $numberDouble: '-0.0' },
      { $undefined: true },
    ]);
  });

  test('a DBRef as the library reads it keeps database and further fields', () => {
    const value = new DBRef('c', new ObjectId('62efedca3587e6e83c0fc675'), 'd', {
      x: new Int32(2),
    });
    expect(formatExtendedJson(value, 'relaxed')).toStrictEqual({
      $ref: 'c',
      $id: { $oid: '62efedca3587e6e83c0fc675' },
      $db: 'd',
      x: 2,
    });
  });

  test('a date that ECMAScript cannot express is null', () => {
    const bytes = Buffer.from('10000000096100ffffffffffffff7f00', 'hex');
    expect(formatExtendedJson(decodeDocument(bytes), 'canonical')).toStrictEqual({ a: null });
  });

  test.each([new Map(), 1n, () => 1])('refuses what is not BSON', (value) => {
    expect(() => formatExtendedJson(value, 'canonical')).toThrow(TypeError);
  });

  test('a document that calls itself a BSON type stays a document', () => {
    const impostor = { _bsontype: 'ObjectId', id: 'x' };
    expect(formatExtendedJson(impostor, 'canonical')).toStrictEqual(impostor);
  });
});

describe('round trips', () => {
  test('canonical Extended JSON → BSON bytes → canonical Extended JSON loses nothing', () => {
    fc.assert(
      fc.property(canonicalValue, (json) => {
        const formatted = formatExtendedJson(throughBson(parseExtendedJson(json)), 'canonical');
        expect(normalize(formatted)).toStrictEqual(normalize(json));
      }),
    );
  });

  test('relaxed Extended JSON keeps every value, if not every number type', () => {
    fc.assert(
      fc.property(canonicalDocument, (json) => {
        const relaxed = formatExtendedJson(parseExtendedJson(json), 'relaxed');
        const again = formatExtendedJson(parseExtendedJson(relaxed), 'relaxed');
        expect(JSON.parse(JSON.stringify(again))).toStrictEqual(
          JSON.parse(JSON.stringify(relaxed)),
        );
      }),
    );
  });

  test('naughty strings survive as values and as keys', () => {
    const keys = naughtyStrings.filter((text) => !text.startsWith('$'));
    const document = { values: naughtyStrings, keys: Object.fromEntries(keys.map((k) => [k, k])) };
    const stored = toStored(parseExtendedJson(document) as Document).document;
    expect(formatExtendedJson(stored, 'canonical')).toStrictEqual(document);
    expect(
      convertSnapshot(formatExtendedJson(stored, 'canonical') as JsonObject, 'PLAIN'),
    ).toStrictEqual(document);
  });
});

/** Doubles have more than one spelling. */
function normalize(json: JsonValue): unknown {
  return JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    key === '$numberDouble' && !Object.is(Number(value), -0) ? String(Number(value)) : value,
  );
}

describe('BSON classes', () => {
  test('wrappers make the classes that the driver stores', () => {
    expect(parseExtendedJson({ $numberLong: '-9223372036854775808' })).toStrictEqual(
      Long.MIN_VALUE,
    );
    expect(parseExtendedJson({ $uuid: '73ffd264-44b3-4c69-90e8-e7d1dfc035d4' })).toBeInstanceOf(
      UUID,
    );
  });
});
