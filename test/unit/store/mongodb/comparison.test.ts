import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Double, Int32, serialize } from '../../../../src/bson.ts';
import { matchFields } from '../../../../src/store/mongodb/comparison.ts';
import type { Document } from '../../../../src/store/port.ts';
import { compileFilter } from '../../../../src/store/query/filter.ts';
import { decodeStored } from '../../../../src/store/stored-document.ts';

const stored = (document: Document) => decodeStored(serialize(document));
const matches = (filter: Document, document: Document) =>
  compileFilter(filter).matches(stored(document).document);

const scalar = fc.oneof(
  fc.integer().map((n) => new Int32(n)),
  fc.double({ noNaN: true }).map((n) => new Double(n)),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
);
const field = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('x', 'y'), scalar),
);
const names = fc.constantFrom('a', 'b', 'c');
const document = fc.dictionary(names, field).map((fields) => ({ _id: 1, ...fields }));

describe('the filter of a compare-and-set without $expr', () => {
  test('matches the document that it was made of', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(matches(matchFields(stored(before), after), before)).toBe(true);
        expect(matches(matchFields(stored(before), null), before)).toBe(true);
      }),
    );
  });

  test('matches no document that lacks a field, or has one that is to be added', () => {
    fc.assert(
      fc.property(document, names, field, (before, name, value) => {
        const { [name]: had, ...without } = before as Document;
        const filter = matchFields(stored(before), { ...before, [name]: value });
        const other = had === undefined ? { ...before, [name]: value } : without;
        expect(matches(filter, other)).toBe(false);
      }),
    );
  });

  test('asks for values, types, and that no list stands in for its item', () => {
    const before = { _id: 1, n: new Int32(1), list: [new Int32(1)], none: null, text: 'x' };
    expect(matchFields(stored(before), { ...before, added: 1, text: 'y' })).toEqual({
      _id: { $eq: new Int32(1) },
      n: { $type: 16, $eq: new Int32(1), $not: { $type: 4 } },
      list: { $eq: [new Int32(1)] },
      none: { $type: 10, $not: { $type: 4 } },
      text: { $eq: 'x', $not: { $type: 4 } },
      added: { $exists: false },
    });
  });

  test('leaves out fields that no path can name', () => {
    const before = { _id: 1, '': 1, 'a.b': 1, $c: 1 };
    expect(matchFields(stored(before), { _id: 1, 'd.e': 1 })).toEqual({
      _id: { $eq: new Int32(1) },
    });
  });
});
