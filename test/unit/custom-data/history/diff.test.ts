import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Double, Int32, Long } from '../../../../src/bson.ts';
import { type DocumentChange, diffDocuments } from '../../../../src/custom-data/history/diff.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { splitPointer } from '../../../../src/values/json.ts';
import { bsonDocument } from '../../../support/bson-arbitraries.ts';
import { toStored } from '../../../support/bson-bytes.ts';

/** What a reader of a difference would do with it. */
function applyChanges(document: Document, changes: readonly DocumentChange[]): unknown {
  const root = { document: clone(document) };
  // From the end, so that elements that were removed do not move others.
  for (const { path, kind, after } of [...changes].reverse()) {
    const tokens = ['document', ...(splitPointer(path) ?? [])];
    const last = tokens.pop() as string;
    const parent = tokens.reduce<unknown>((value, token) => (value as Document)[token], root);
    if (kind !== 'REMOVED') setOwn(parent as Document, last, after);
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete (parent as Document)[last];
  }
  return root.document;
}

function setOwn(target: Document, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    ...{ value, configurable: true, enumerable: true, writable: true },
  });
}

/** Containers are copied, BSON values shared. */
function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy: Document = {};
  for (const [key, member] of Object.entries(value)) setOwn(copy, key, clone(member));
  return copy;
}

/** One form for documents whose fields differ in order only. */
function normalize(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const sorted: Document = {};
  for (const key of Object.keys(value).sort())
    setOwn(sorted, key, normalize((value as Document)[key]));
  return sorted;
}

const bytesOf = (document: unknown) =>
  Buffer.from(toStored(normalize(document) as Document).bytes).toString('hex');

describe('a difference', () => {
  test('applied to the first document makes it the second, whatever BSON types are in them', () => {
    const stored = bsonDocument().map((document) => toStored(document).document);
    fc.assert(
      fc.property(stored, stored, fc.boolean(), (one, two, isNested) => {
        const [before, after] = isNested
          ? [
              { ...one, a: [one, two] },
              { ...one, a: [two, one, two] },
            ]
          : [one, two];
        const changes = diffDocuments(before, after);
        expect(bytesOf(applyChanges(before, changes))).toBe(bytesOf(after));
        expect(diffDocuments(after, after)).toStrictEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, Document, Document, readonly object[]]>([
    ['a new field', {}, { a: 1 }, [{ path: '/a', kind: 'ADDED', after: 1 }]],
    ['a removed field', { a: null }, {}, [{ path: '/a', kind: 'REMOVED', before: null }]],
    ['another value', { a: 1 }, { a: 2 }, [{ path: '/a', kind: 'CHANGED', before: 1, after: 2 }]],
    ['another order', { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 }, []],
    [
      'the same number of another type',
      { a: new Int32(1), b: new Int32(1) },
      { a: new Double(1), b: Long.fromNumber(1) },
      [
        { path: '/a', kind: 'CHANGED', before: new Int32(1), after: new Double(1) },
        { path: '/b', kind: 'CHANGED', before: new Int32(1), after: Long.fromNumber(1) },
      ],
    ],
    [
      'a nested field with a name that is escaped',
      { 'a/b': { '~': 1, x: 1 } },
      { 'a/b': { '~': 2, x: 1 } },
      [{ path: '/a~1b/~0', kind: 'CHANGED', before: 1, after: 2 }],
    ],
    ['an array that grew', { a: [1] }, { a: [1, 2] }, [{ path: '/a/1', kind: 'ADDED', after: 2 }]],
    [
      'an array that lost its first element',
      { a: [1, 2] },
      { a: [2] },
      [
        { path: '/a/0', kind: 'CHANGED', before: 1, after: 2 },
        { path: '/a/1', kind: 'REMOVED', before: 2 },
      ],
    ],
    [
      'an array in place of an object',
      { a: { 0: 1 } },
      { a: [1] },
      [{ path: '/a', kind: 'CHANGED', before: { 0: 1 }, after: [1] }],
    ],
  ])('%s', (_what, before, after, changes) => {
    expect(diffDocuments(before, after)).toStrictEqual(changes);
  });
});
