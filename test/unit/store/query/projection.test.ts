import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Double, Int32 } from '../../../../src/bson.ts';
import { compileProjection } from '../../../../src/store/query/projection.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { bsonDocument } from '../../../support/bson-arbitraries.ts';

const document = {
  _id: 1,
  a: { b: { c: 1, d: 2 }, e: 3 },
  list: [{ x: 1, y: [{ z: 1, w: 2 }] }, 'scalar', { x: 2 }],
  double: new Double(1),
};

describe('a projection', () => {
  test.each<[rule: string, projection: Document, shown: Document]>([
    [
      'of two fields of one document',
      { 'a.b.c': 1, 'a.e': 1, _id: 0 },
      { a: { b: { c: 1 }, e: 3 } },
    ],
    [
      'through arrays drops what has no fields',
      { 'list.y.z': 1, _id: 0 },
      { list: [{ y: [{ z: 1 }] }, {}] },
    ],
    [
      'that excludes keeps what has no fields',
      { 'list.x': 0, a: 0, _id: 0, double: 0 },
      { list: [{ y: [{ z: 1, w: 2 }] }, 'scalar', {}] },
    ],
    ['with BSON numbers', { double: new Int32(1), _id: new Double(0) }, { double: new Double(1) }],
    [
      'of $slice keeps the other fields',
      { list: { $slice: [-1, 1] }, a: 0, double: 0 },
      { _id: 1, list: [{ x: 2 }] },
    ],
    [
      'of a $slice past the start',
      { list: { $slice: [-9, 1] }, _id: 0, list2: 1 },
      { list: [document.list[0]] },
    ],
    ['of $elemMatch without a match', { list: { $elemMatch: { x: 9 } } }, { _id: 1 }],
    ['below a value without fields', { _id: 1, 'double.x': 1 }, { _id: 1 }],
  ])('%s', (_rule, projection, shown) => {
    expect(compileProjection(projection)(document)).toEqual(shown);
  });

  test.each<[rule: string, projection: Document, message: RegExp]>([
    ['mixes', { a: 1, list: 0 }, /mix/],
    ['names a field twice', { a: 1, 'a.b': 1 }, /twice/],
    ['names a part first', { 'a.b': 1, a: 1 }, /twice/],
    ['has an empty name', { 'a..b': 1 }, /malformed/],
    ['is computed', { a: '$b' }, /not supported/],
    ['has an unknown operator', { a: { $nope: 1 } }, /not supported/],
    ['has a limit of 0', { list: { $slice: [0, 0] } }, /positive/],
  ])('is refused if it %s', (_rule, projection, message) => {
    expect(() => compileProjection(projection)).toThrow(message);
  });

  test('computes fields where it may', () => {
    const evaluate = (_document: Document, expression: unknown) =>
      expression === '$nothing' ? undefined : `value of ${String(expression)}`;
    const projection = { _id: 0, a: '$b', 'c.d': '$e', f: '$nothing' };
    const shown = compileProjection(projection, { evaluate })(document);
    expect(shown).toEqual({ a: 'value of $b', c: { d: 'value of $e' } });
  });

  test('shows __proto__ as a field and changes no prototype', () => {
    const hostile = JSON.parse('{"__proto__":{"isAdmin":true},"a":1}') as Document;
    const shown = compileProjection({ a: 0 })(hostile);
    expect(Object.keys(shown)).toEqual(['__proto__']);
    expect(shown['isAdmin']).toBe(undefined);
  });

  test('of one field shows it or the others, and together they are the document', () => {
    fc.assert(
      fc.property(bsonDocument(), (fields) => {
        const [name] = Object.keys(fields).filter((each) => !/^$|\.|^_id$/.test(each));
        fc.pre(name !== undefined);
        const included = compileProjection({ [String(name)]: 1, _id: 0 })(fields);
        const excluded = compileProjection({ [String(name)]: 0 })(fields);
        expect(included).toEqual({ [String(name)]: fields[String(name)] });
        expect({ ...excluded, ...included }).toEqual(fields);
      }),
    );
  });
});
