import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import { formatExtendedJson } from '../../../src/custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../../../src/custom-data/extended-json-parse.ts';
import { type CustomDataOperation, parseOperations } from '../../../src/custom-data/operations.ts';
import { applyOperations } from '../../../src/custom-data/operators.ts';
import type { Document } from '../../../src/values/documents.ts';
import { toStored } from '../../support/bson-bytes.ts';
import { canonicalDocument, canonicalValue, fieldName } from '../../support/json-arbitraries.ts';
import { OPERATION_CASES } from '../../support/operation.cases.ts';
import { fieldsOf } from '../../support/schema.ts';

const POLICY = {
  userId: '62efedca3587e6e83c0fc675',
  userIdField: 'userId',
  fields: fieldsOf({ role: { readOnly: true } }),
};

function apply(before: Document, ...operations: CustomDataOperation[]): Document {
  return applyOperations(before, parseOperations(operations, POLICY).operations);
}

function badInputAt(path: string) {
  return expect.objectContaining({ code: 'BAD_USER_INPUT', details: { path } });
}

function notWritable(...paths: string[]) {
  return expect.objectContaining({ code: 'FIELD_NOT_WRITABLE', details: { paths } });
}

describe('applyOperations', () => {
  test.each(OPERATION_CASES)('$what', ({ before, operation, after }) => {
    const document = parseExtendedJson(before) as Document;
    const [name] = Object.keys(operation);
    if (after === null) {
      expect(() => apply(document, operation)).toThrow(badInputAt(`/0/${name}`));
    } else {
      expect(formatExtendedJson(apply(document, operation), 'relaxed')).toStrictEqual(after);
    }
    expect(document).toStrictEqual(parseExtendedJson(before));
  });

  test('append adds what is there already, once more', () => {
    const next = apply({ list: ['a'] }, { append: { path: '/list', value: 'a' } });
    expect(next).toEqual({ list: ['a', 'a'] });
  });

  test('an element may have an index of several digits', () => {
    const list = Array.from({ length: 11 }, () => 'a');
    const next = apply({ list }, { set: { path: '/list/10', value: 'b' } });
    expect(next.list).toEqual([...list.slice(0, 10), 'b']);
  });

  test('pull makes nothing on its way, and stops where there is no way', () => {
    const pull = { path: '/a/b', value: 1 };
    for (const document of [{}, { a: 'text' }, { a: [] }, { a: {} }]) {
      expect(
        apply(document, { pull: { ...pull, path: '/a/0/b' } }, { unset: { path: '/c' } }),
      ).toBe(document);
    }
    expect(apply({}, { pull })).toEqual({});
  });

  test.each<[message: string, before: Document, operation: CustomDataOperation]>([
    ['leads through a value', { a: 1 }, { set: { path: '/a/b', value: 1 } }],
    ['an index beyond the end', { a: [] }, { set: { path: '/a/1', value: 1 } }],
    ['a name where an array is', { a: [] }, { set: { path: '/a/b', value: 1 } }],
    ['leads to no array', { a: 1 }, { append: { path: '/a', value: 1 } }],
    ['leads to no array', { a: 1 }, { pull: { path: '/a', value: 1 } }],
    ['leads to no number', { a: 'x' }, { increment: { path: '/a', by: 1 } }],
    [
      'out of range',
      { a: Long.MAX_VALUE },
      { increment: { path: '/a', by: { $numberLong: '1' } } },
    ],
    ['exactly one operator', {}, {} as CustomDataOperation],
    ['"by" must be a number', {}, { increment: { path: '/a', by: 'x' } }],
    ['must be a JSON Pointer', {}, { unset: { path: 'a' } }],
    ['a null character', {}, { unset: { path: '/a/\0' } }],
  ])('a refusal says that something %s', (message, before, operation) => {
    expect(() => apply(before, operation)).toThrow(message);
  });

  test('each operator sees what those before it did', () => {
    const next = apply(
      { list: [1] },
      { append: { path: '/list', value: 'a' } },
      { append: { path: '/list', value: 'b' } },
      { set: { path: '/list/0', value: { n: 1 } } },
      { increment: { path: '/list/0/n', by: 1 } },
      { addToSet: { path: '/list', value: 'b' } },
      { pull: { path: '/list', value: 'a' } },
      { unset: { path: '/gone' } },
    );
    expect(formatExtendedJson(next, 'relaxed')).toStrictEqual({ list: [{ n: 2 }, 'b'] });
  });

  test('the same operators may be applied again, as after a lost race', () => {
    const { operations } = parseOperations(
      [
        { set: { path: '/a', value: { list: [] } } },
        { append: { path: '/a/list', value: 1 } },
        { set: { path: '/a/x', value: 1 } },
      ],
      POLICY,
    );
    const once = applyOperations({}, operations);
    expect(applyOperations({}, operations)).toStrictEqual(once);
    expect(formatExtendedJson(once, 'relaxed')).toStrictEqual({ a: { list: [1], x: 1 } });
  });

  test('set then unset of a new field is no change, and neither changes its argument', () => {
    fc.assert(
      fc.property(canonicalDocument, fieldName, canonicalValue, (json, name, value) => {
        const document = parseExtendedJson(json) as Document;
        const fresh = Object.hasOwn(document, name) || ['_id', 'userId', 'role'].includes(name);
        fc.pre(!fresh);
        const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const set = apply(document, { set: { path, value } });
        expect(formatExtendedJson(set[name], 'canonical')).toStrictEqual(
          formatExtendedJson(parseExtendedJson(value), 'canonical'),
        );
        expect(apply(set, { unset: { path } })).toStrictEqual(document);
        expect(document).toStrictEqual(parseExtendedJson(json));
      }),
    );
  });

  test('increments promote the type as MongoDB does', () => {
    const before = { i: new Int32(2 ** 31 - 1), l: Long.MAX_VALUE, d: new Double(1) };
    const by = (path: string, value: unknown) => ({ increment: { path, by: value } });
    expect(apply(before, by('/i', 1), by('/d', 1))).toStrictEqual({
      i: Long.fromNumber(2 ** 31),
      l: Long.MAX_VALUE,
      d: new Double(2),
    });
    expect(() => apply(before, by('/l', 1))).toThrow(badInputAt('/0/increment'));
  });

  test('a DBRef in the store equals the same DBRef sent', () => {
    const reference = { $ref: 'c', $id: { $oid: POLICY.userId } };
    const { document } = toStored({ a: [{ $ref: 'c', $id: new ObjectId(POLICY.userId) }, 'b'] });
    expect(apply(document, { addToSet: { path: '/a', value: reference } })).toBe(document);
    expect(apply(document, { pull: { path: '/a', value: reference } })).toStrictEqual({ a: ['b'] });
  });

  test('equality minds order, length, type and numbers by value', () => {
    const before = parseExtendedJson({
      a: [
        { x: 1, y: 2 },
        { x: 1 },
        [1, 2],
        [1],
        { $oid: POLICY.userId },
        POLICY.userId,
        null,
        true,
      ],
    }) as Document;
    const left = (value: unknown) =>
      (apply(before, { pull: { path: '/a', value } }).a as unknown[]).length;
    const values = [
      [{ y: 2, x: 1 }, 8],
      [{ x: { $numberDecimal: '1.0' }, y: 2 }, 7],
      [{ z: 1 }, 8],
      [[2, 1], 8],
      [[{ $numberDouble: '1.0' }], 7],
      [{ $oid: POLICY.userId }, 7],
      [POLICY.userId, 7],
      [null, 7],
      [false, 8],
      [{}, 8],
      [{ $oid: '62efedca3587e6e83c0fc676' }, 8],
      // MongoDB's comparison order has symbols and strings in one place.
      [{ $symbol: POLICY.userId }, 7],
      [{ $date: '2020-01-01T00:00:00Z' }, 8],
    ] as const;
    for (const [value, length] of values) expect(left(value)).toBe(length);
  });
});

describe('parseOperations', () => {
  test.each<[string, CustomDataOperation, string]>([
    ['no operator', {}, '/0'],
    ['only absent operators', { set: null }, '/0'],
    ['two operators', { set: { path: '/a', value: 1 }, unset: { path: '/a' } }, '/0'],
    ['the whole document', { set: { path: '', value: {} } }, '/0/set/path'],
    ['a path without a slash', { unset: { path: 'a' } }, '/0/unset/path'],
    ['a bad escape', { unset: { path: '/a~2' } }, '/0/unset/path'],
    ['a null character', { unset: { path: '/a\0' } }, '/0/unset/path'],
    ['a lone surrogate', { unset: { path: '/\ud800' } }, '/0/unset/path'],
    ['an increment by a string', { increment: { path: '/a', by: '1' } }, '/0/increment/by'],
    [
      'an increment by a date',
      { increment: { path: '/a', by: { $date: '2020-01-01T00:00:00Z' } } },
      '/0/increment/by',
    ],
    ['a malformed value', { set: { path: '/a', value: { b: { $oid: 1 } } } }, '/0/set/value/b'],
    ['a missing value', { append: { path: '/a', value: undefined } }, '/0/append/value'],
  ])('%s is BAD_USER_INPUT', (_what, operation, path) => {
    expect(() => parseOperations([operation], POLICY)).toThrow(badInputAt(path));
  });

  test('depth counts from the document', () => {
    const nest = (depth: number): unknown => (depth === 1 ? [] : [nest(depth - 1)]);
    const at = (path: string, value: unknown) =>
      parseOperations([{ set: { path, value } }], POLICY);
    expect(at('/a/b', nest(98)).operations).toHaveLength(1);
    expect(() => at('/a/b', nest(99))).toThrow(badInputAt('/0/set'));
    expect(() => at('/a'.repeat(101), 1)).toThrow(badInputAt('/0/set'));
  });

  test('takes a hundred operations and no more', () => {
    const many = (count: number) =>
      parseOperations(
        Array.from({ length: count }, () => ({ unset: { path: '/a' } })),
        POLICY,
      );
    expect(many(100).operations).toHaveLength(100);
    expect(() => many(101)).toThrow(badInputAt(''));
  });

  test('what users may not write is refused, every path of every operation named', () => {
    expect(() =>
      parseOperations(
        [
          { set: { path: '/_id', value: 1 } },
          { unset: { path: '/userId' } },
          { increment: { path: '/role/x', by: 1 } },
          { append: { path: '/ok', value: { 'a.b': 1 } } },
          { set: { path: '/a/$b', value: 1 } },
          { set: { path: '/a/__proto__/x', value: 1 } },
          { pull: { path: '/a.b', value: 1 } },
          { set: { path: '/fine', value: 1 } },
        ],
        POLICY,
      ),
    ).toThrow(
      notWritable('/_id', '/userId', '/role/x', '/ok/a.b', '/a/$b', '/a/__proto__/x', '/a.b'),
    );
  });
});
