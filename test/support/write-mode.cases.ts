/** What each write mode makes of a document. `docs/write-modes.md` shows this table. */
import type { WriteMode } from '../../src/custom-data/write-mode.ts';
import type { Document } from '../../src/values/documents.ts';

/** One input, written over `STORED` in each mode. Identity fields are left out. */
export interface WriteModeCase {
  readonly what: string;
  readonly input: Document;
  readonly results: Readonly<Record<WriteMode, Document>>;
}

/** The document before each write. */
export const STORED: Document = { a: { x: 1, y: [1, 2] }, b: 'kept' };

/** The table. */
export const WRITE_MODE_CASES: readonly WriteModeCase[] = [
  {
    what: 'absent: nothing is named',
    input: {},
    results: { MERGE: STORED, REPLACE: {}, DEEP_MERGE: STORED },
  },
  {
    what: 'a scalar',
    input: { a: 7 },
    results: { MERGE: { a: 7, b: 'kept' }, REPLACE: { a: 7 }, DEEP_MERGE: { a: 7, b: 'kept' } },
  },
  {
    what: 'null',
    input: { a: null },
    results: { MERGE: { a: null, b: 'kept' }, REPLACE: { a: null }, DEEP_MERGE: { b: 'kept' } },
  },
  {
    what: 'a nested null',
    input: { a: { x: null } },
    results: {
      MERGE: { a: { x: null }, b: 'kept' },
      REPLACE: { a: { x: null } },
      DEEP_MERGE: { a: { y: [1, 2] }, b: 'kept' },
    },
  },
  {
    what: 'null for a field that is not there',
    input: { c: null },
    results: {
      MERGE: { ...STORED, c: null },
      REPLACE: { c: null },
      DEEP_MERGE: STORED,
    },
  },
  {
    what: 'an array',
    input: { a: { y: [3] } },
    results: {
      MERGE: { a: { y: [3] }, b: 'kept' },
      REPLACE: { a: { y: [3] } },
      DEEP_MERGE: { a: { x: 1, y: [3] }, b: 'kept' },
    },
  },
  {
    what: 'an array with null in it',
    input: { a: [null] },
    results: {
      MERGE: { a: [null], b: 'kept' },
      REPLACE: { a: [null] },
      DEEP_MERGE: { a: [null], b: 'kept' },
    },
  },
  {
    what: 'an empty object',
    input: { a: {} },
    results: { MERGE: { a: {}, b: 'kept' }, REPLACE: { a: {} }, DEEP_MERGE: STORED },
  },
  {
    what: 'a nested object',
    input: { a: { z: { n: 1 } } },
    results: {
      MERGE: { a: { z: { n: 1 } }, b: 'kept' },
      REPLACE: { a: { z: { n: 1 } } },
      DEEP_MERGE: { a: { x: 1, y: [1, 2], z: { n: 1 } }, b: 'kept' },
    },
  },
  {
    what: 'an object in place of a scalar',
    input: { b: { n: 1, m: null } },
    results: {
      MERGE: { a: STORED.a, b: { n: 1, m: null } },
      REPLACE: { b: { n: 1, m: null } },
      DEEP_MERGE: { a: STORED.a, b: { n: 1 } },
    },
  },
];
