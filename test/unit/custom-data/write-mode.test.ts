import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Int32, ObjectId } from '../../../src/bson.ts';
import { parseExtendedJson } from '../../../src/custom-data/extended-json-parse.ts';
import { applyWriteMode, WRITE_MODES } from '../../../src/custom-data/write-mode.ts';
import type { Document } from '../../../src/values/documents.ts';
import { canonicalDocument } from '../../support/json-arbitraries.ts';
import { STORED, WRITE_MODE_CASES } from '../../support/write-mode.cases.ts';

const KEPT = ['_id', 'userId'];
const document = canonicalDocument.map((json) => parseExtendedJson(json) as Document);

/** Key order counts. */
function ordered(value: unknown): string {
  return JSON.stringify(value);
}

describe.each(WRITE_MODES)('%s', (mode) => {
  test.each(WRITE_MODE_CASES)('$what', ({ input, results }) => {
    const stored = { _id: 1, ...STORED, userId: 'u' };
    expect(applyWriteMode(mode, stored, input, KEPT)).toStrictEqual({
      _id: 1,
      ...results[mode],
      userId: 'u',
    });
  });

  test('changes neither argument', () => {
    fc.assert(
      fc.property(document, document, (current, input) => {
        const before = ordered([current, input]);
        applyWriteMode(mode, current, input, KEPT);
        expect(ordered([current, input])).toBe(before);
      }),
    );
  });

  test('writing the same twice changes nothing more', () => {
    fc.assert(
      fc.property(document, document, (current, input) => {
        const once = applyWriteMode(mode, current, input, KEPT);
        expect(applyWriteMode(mode, once, input, KEPT)).toStrictEqual(once);
      }),
    );
  });

  test('makes a document where there is none', () => {
    expect(applyWriteMode(mode, null, { a: 1 }, KEPT)).toStrictEqual({ a: 1 });
  });

  test('a key "__proto__" stays a property', () => {
    const hostile = JSON.parse('{"__proto__":{"a":{"b":1}}}') as Document;
    const next = applyWriteMode(mode, hostile, hostile, []);
    expect(ordered(next)).toBe('{"__proto__":{"a":{"b":1}}}');
    expect(({} as Document).a).toBe(undefined);
  });
});

describe('MERGE', () => {
  test('is associative: writing two documents is writing their merger', () => {
    fc.assert(
      fc.property(document, document, document, (current, first, second) => {
        const merge = (left: Document, right: Document) =>
          applyWriteMode('MERGE', left, right, KEPT);
        expect(ordered(merge(merge(current, first), second))).toBe(
          ordered(merge(current, merge(first, second))),
        );
      }),
    );
  });

  test('writers of different fields commute, but for the order of fields', () => {
    fc.assert(
      fc.property(document, document, document, (current, first, second) => {
        const disjoint = Object.fromEntries(
          Object.entries(second).filter(([key]) => !Object.hasOwn(first, key)),
        );
        const merge = (left: Document, right: Document) =>
          applyWriteMode('MERGE', left, right, KEPT);
        expect(merge(merge(current, first), disjoint)).toStrictEqual(
          merge(merge(current, disjoint), first),
        );
      }),
    );
  });
});

describe('REPLACE', () => {
  test('carries over what users may not write, and nothing else', () => {
    const current = { _id: 1, role: 'admin', userId: 'u', old: true };
    const next = applyWriteMode('REPLACE', current, { role: 'x', a: 1 }, [...KEPT, 'role']);
    expect(next).toStrictEqual({ _id: 1, role: 'admin', userId: 'u', a: 1 });
  });
});

/** JSON Merge Patch, RFC 7396 appendix A, the rows whose target and patch are objects. */
describe('DEEP_MERGE is RFC 7396', () => {
  test.each<[Document, Document, Document]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, result) => {
    expect(applyWriteMode('DEEP_MERGE', target, patch, KEPT)).toStrictEqual(result);
  });

  test('BSON types and DBRefs are single values', () => {
    const id = new ObjectId();
    const current = { a: { x: 1 }, b: { x: 1 }, c: id, d: new Int32(1) };
    const patch = { a: id, b: { $ref: 'r', $id: id }, c: { x: { y: null } }, d: { z: 1 } };
    expect(applyWriteMode('DEEP_MERGE', current, patch, KEPT)).toStrictEqual({
      ...patch,
      c: { x: {} },
    });
  });
});
