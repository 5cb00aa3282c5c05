import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decimal128, Double, Int32, Long, Timestamp } from '../../../../src/bson.ts';
import { encodeDocument, splitElements } from '../../../../src/store/document-bytes.ts';
import { compileUpdate } from '../../../../src/store/embedded/update-operators.ts';
import type { Update } from '../../../../src/store/port.ts';
import { decodeStored } from '../../../../src/store/stored-document.ts';
import { bsonDocument } from '../../../support/bson-arbitraries.ts';

function apply(document: Record<string, unknown>, update: Update): Record<string, unknown> {
  return decodeStored(compileUpdate(update).apply(encodeDocument(document))).document;
}

describe('an update', () => {
  test('leaves every byte of the fields it does not name', () => {
    fc.assert(
      fc.property(bsonDocument(), (document) => {
        const before = encodeDocument({ ...document, target: 1 });
        const update = { $set: { target: 2 }, $unset: { 'absent.field': '' } };
        const after = compileUpdate(update).apply(before);
        const others = (bytes: Uint8Array) =>
          splitElements(bytes)
            .filter(({ name }) => name !== 'target')
            .map((element) => Buffer.from(element.bytes).toString('hex'));
        expect(others(after)).toEqual(others(before));
      }),
    );
  });

  test('leaves values that no longer decode to themselves', () => {
    // { a: undefined (0x06), b: int32 1 }: a deprecated type, which encodes as null.
    const before = Buffer.from('0f0000000661001062000100000000', 'hex');
    const after = compileUpdate({ $set: { b: 2 } }).apply(before);
    expect(Buffer.from(after).toString('hex')).toBe('0f0000000661001062000200000000');
  });

  test.each<[string, unknown, unknown, unknown]>([
    ['int32 + int32', new Int32(1), 2, new Int32(3)],
    ['int32 + int32 past the limit', new Int32(2_147_483_647), 1, Long.fromNumber(2_147_483_648)],
    ['int64 + int32', Long.fromNumber(1), 1, Long.fromNumber(2)],
    ['int32 + double', new Int32(1), new Double(1), new Double(2)],
    ['double + int32', new Double(1), 1, new Double(2)],
    [
      'Decimal128 + double',
      Decimal128.fromString('0.10'),
      0.5,
      Decimal128.fromString('0.600000000000000'),
    ],
    [
      'Decimal128 + double that is no binary fraction',
      Decimal128.fromString('1'),
      0.1,
      Decimal128.fromString('1.100000000000000'),
    ],
    [
      'Decimal128 with zeros + int32',
      Decimal128.fromString('1.10'),
      1,
      Decimal128.fromString('2.10'),
    ],
    ['Decimal128 + int32', Decimal128.fromString('1E+2'), 1, Decimal128.fromString('101')],
  ])('adds %s', (_types, before, by, after) => {
    expect(apply({ n: before }, { $inc: { n: by } })).toEqual({ n: after });
  });

  test('refuses an int64 that would overflow', () => {
    expect(() => apply({ n: Long.MAX_VALUE }, { $inc: { n: 1 } })).toThrow(/exceeds 64 bits/);
  });

  test.each<[string, unknown, unknown, unknown]>([
    ['int32 × int32', new Int32(3), 2, new Int32(6)],
    ['int32 × int32 past the limit', new Int32(2 ** 30), 4, Long.fromNumber(2 ** 32)],
    ['int32 × double', new Int32(3), 0.5, new Double(1.5)],
    ['Decimal128 × int32', Decimal128.fromString('1.10'), 3, Decimal128.fromString('3.30')],
    ['nothing × int64', undefined, Long.fromNumber(3), Long.fromNumber(0)],
  ])('multiplies %s', (_types, before, by, after) => {
    const document = before === undefined ? {} : { n: before };
    expect(apply(document, { $mul: { n: by } })).toEqual({ n: after });
  });

  test('keeps the type of what $min and $max leave or set', () => {
    const update = { $min: { a: Long.fromNumber(5), b: 1 }, $max: { c: new Double(7) } };
    const before = { a: new Double(5), b: Decimal128.fromString('1.5'), c: Long.fromNumber(6) };
    const after = { a: new Double(5), b: new Int32(1), c: new Double(7) };
    expect(apply(before, update)).toEqual(after);
  });

  test('$currentDate is the clock that was passed in', () => {
    const update = { $currentDate: { at: true, stamp: { $type: 'timestamp' } } };
    const { apply: run } = compileUpdate(update, { now: 1_700_000_000_123 });
    expect(decodeStored(run(encodeDocument({}))).document).toEqual({
      at: new Date(1_700_000_000_123),
      stamp: new Timestamp({ t: 1_700_000_000, i: 1 }),
    });
  });

  test.each<[string, Update, RegExp]>([
    [
      '$push of a place that is no number',
      { $push: { a: { $each: [], $position: 'x' } } },
      /whole/,
    ],
    ['$pop of two', { $pop: { a: 2 } }, /1 or -1/],
    ['$pullAll of no array', { $pullAll: { a: 1 } }, /takes an array/],
    ['$addToSet with order', { $addToSet: { a: { $each: [1], $sort: 1 } } }, /"\$each" only/],
    ['$rename to itself', { $rename: { a: 'a' } }, /twice/],
    ['$rename of an item', { $rename: { 'a.$[]': 'b' } }, /new name/],
    ['$rename to the _id', { $rename: { a: '_id' } }, /"_id" cannot be changed/],
    ['$currentDate of another type', { $currentDate: { a: 'now' as never } }, /true or/],
    ['no operator', {}, /at least one operator/],
    ['an unknown operator', { $bit: { a: { and: 1 } } }, /"\$bit" is not supported/],
    ['an inherited name as operator', { $constructor: { a: 1 } }, /is not supported/],
    ['a change of _id', { $set: { _id: 1 } }, /"_id" cannot be changed/],
    ['a change below _id', { $unset: { '_id.a': '' } }, /"_id" cannot be changed/],
    ['an empty part of a path', { $set: { 'a..b': 1 } }, /is malformed/],
    ['a positional operator without a filter', { $set: { 'a.$': 1 } }, /is malformed/],
    ['an identifier without an array filter', { $set: { 'a.$[x]': 1 } }, /is malformed/],
    ['a positional operator at the start', { $set: { '$[].a': 1 } }, /is malformed/],
    ['one field twice', { $set: { a: 1 }, $inc: { a: 1 } }, /"a" twice/],
    ['a field and a part of it', { $set: { a: {} }, $inc: { 'a.b': 1 } }, /"a.b" twice/],
    ['a modifier of $push', { $push: { a: { $each: [1], $nope: 1 } } }, /no modifier "\$nope"/],
  ])('refuses %s', (_rule, update, message) => {
    expect(() => compileUpdate(update)).toThrow(message);
  });

  test('sets __proto__ as a field and changes no prototype', () => {
    const update = { $set: JSON.parse('{"__proto__":{"isAdmin":true},"a.__proto__.x":1}') };
    const after = apply({ a: {} }, update);
    expect(Object.keys(after)).toEqual(['a', '__proto__']);
    expect(after['isAdmin']).toBe(undefined);
    expect(({} as Record<string, unknown>)['x']).toBe(undefined);
  });

  test('upserts the equalities of the filter with their BSON types', () => {
    const { build } = compileUpdate({ $set: { b: 1 }, $setOnInsert: { _id: 'x' } });
    const filter = { a: new Double(1), 'c.d': { $eq: 2 }, e: { $gt: 1 }, $or: [{ f: 1 }] };
    expect(build(filter)).toEqual({
      a: new Double(1),
      c: { d: new Int32(2) },
      b: new Int32(1),
      _id: 'x',
    });
  });
});
