import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Double, Int32, Long, ObjectId, serialize } from '../../../../src/bson.ts';
import { differingFields } from '../../../../src/store/document-bytes.ts';
import { describeChange } from '../../../../src/store/mongodb/compare-and-set.ts';
import { matchUnchanged } from '../../../../src/store/mongodb/unchanged-filter.ts';
import { decodeStored } from '../../../../src/store/stored-document.ts';
import { bsonDocument } from '../../../support/bson-arbitraries.ts';

const match = (document: Record<string, unknown>) =>
  matchUnchanged(decodeStored(serialize(document)));

describe('the filter of a compare-and-set', () => {
  test('compares the whole document as a literal', () => {
    const _id = new ObjectId();
    const document = { _id, a: '$$ROOT', $b: { $literal: 'x' } };
    expect(match(document)).toEqual({
      _id: { $eq: _id },
      $expr: { $eq: ['$$ROOT', { $literal: document }] },
    });
  });

  test('compares the types of numbers, in documents too, and arrays as a query does', () => {
    const nested = { d: new Double(1), 'x.y': new Int32(1), '': new Int32(1) };
    const filter = match({ _id: 1, i: new Int32(1), l: Long.ONE, nested, list: [new Int32(1)] });
    const { _id, $expr, ...conditions } = filter;
    expect(conditions).toEqual({
      i: { $type: 16 },
      l: { $type: 18 },
      'nested.d': { $type: 1 },
      list: { $eq: [new Int32(1)] },
    });
  });

  test('has a bounded number of conditions', () => {
    const numbers = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`n${n}`, n]));
    expect(Object.keys(match(numbers))).toHaveLength(202);
  });

  test('leaves out fields that cannot be sent again, and keeps the others in order', () => {
    const bytes = Buffer.from('14000000' + '067500' + '0261000200000078' + '00' + '00', 'hex');
    bytes.writeInt32LE(bytes.length);
    const filter = matchUnchanged(decodeStored(bytes));
    const text = JSON.stringify(filter['$expr']);
    expect(text).toContain('{"$literal":["u"]}');
    expect(text).toContain('{"$literal":[{"k":"a","v":"x"}]}');
    expect(text).not.toContain('"k":"u"');
  });
});

describe('the change from one document to another', () => {
  test('sets and removes only the top-level fields that differ', () => {
    const before = { _id: 1, same: { a: 1 }, type: new Int32(1), gone: 1, changed: 1 };
    const after = { _id: 1, same: { a: 1 }, type: new Double(1), changed: 2, added: null };
    expect(describeChange(before, after)).toEqual({
      type: 'update',
      update: { $set: { type: new Double(1), changed: 2, added: null }, $unset: { gone: '' } },
    });
  });

  test('is none for equal documents in whatever order', () => {
    expect(describeChange({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual({ type: 'none' });
  });

  test.each([
    ['', { '': 1 }, {}],
    ['a.b', { 'a.b': 1 }, { 'a.b': 2 }],
    ['$a, which goes', { $a: 1 }, { b: 1 }],
  ])('replaces the document if an operator cannot name the field: %s', (_name, before, after) => {
    expect(describeChange(before, after)).toEqual({ type: 'replacement', document: after });
  });

  test('is a pipeline only if a field stays that a replacement may not have', () => {
    const after = { $a: 1, b: 2 };
    expect(describeChange({ $a: 1, '': 1 }, after)).toEqual({
      type: 'pipeline',
      pipeline: [{ $replaceWith: { $literal: after } }],
    });
    expect(describeChange({ $a: 1, b: 1 }, after)).toMatchObject({ type: 'update' });
  });

  test('names every field that differs and no other', () => {
    fc.assert(
      fc.property(bsonDocument(), bsonDocument(), (before, after) => {
        const change = describeChange(before, after);
        if (change.type !== 'update') return;
        const { $set = {}, $unset = {} } = change.update as Record<string, object>;
        const named = new Set([...Object.keys($set), ...Object.keys($unset)]);
        expect(named).toEqual(differingFields(before, after));
      }),
    );
  });
});
