import { describe, expect, test } from '@jest/globals';
import { assertDocumentFits } from '../../../src/custom-data/document-limit.ts';
import type { Document } from '../../../src/values/documents.ts';
import { code } from '../../support/custom-data.ts';
import { nextDocument, objectSchema } from '../../support/schema.ts';

const LIMIT = 512 * 1024;
/** What BSON adds to the one text field of a document. */
const OVERHEAD = 13;

const OUTSIDE = objectSchema({
  a: { type: 'string', 'x-token': false },
  secret: { type: 'string', writeOnly: true },
});
const fits = (before: Document, next: Document, schema = OUTSIDE) =>
  assertDocumentFits(before, nextDocument(next, schema.root), schema);
const ofSize = (size: number) => ({ a: 'x'.repeat(size - OVERHEAD) });

test('what the user sees of a document may take 512 KiB of BSON, and not a byte more', () => {
  expect(() => fits({}, ofSize(LIMIT))).not.toThrow();
  expect(() => fits({}, ofSize(LIMIT + 1))).toThrow(
    code('CUSTOM_DATA_TOO_LARGE', {
      ...{ size: LIMIT + 1, budget: LIMIT },
      largestFields: [{ path: '/a', bytes: expect.any(Number) }],
    }),
  );
  expect(() => fits({}, ofSize(LIMIT + 1))).toThrow('exceed its size limit');
});

test('hidden fields do not count', () => {
  const secret = 'x'.repeat(LIMIT);
  expect(() => fits({}, { a: 'x', secret })).not.toThrow();
  const before = { ...ofSize(LIMIT + 1), secret };
  expect(() => fits(before, ofSize(LIMIT + 2))).toThrow('size limit');
});

test('a write that makes a document smaller that is too large is accepted', () => {
  const before = ofSize(LIMIT + 2);
  expect(() => fits(before, ofSize(LIMIT + 1))).not.toThrow();
  expect(() => fits(before, before)).toThrow('size limit');
});

test('where all travels in tokens, their budget is the limit', () => {
  const schema = objectSchema({ a: { type: 'string' } });
  expect(() => fits({}, ofSize(LIMIT + 1), schema)).not.toThrow();
});

describe('writeOnly fields that a write names', () => {
  const text = { type: 'string', writeOnly: true };
  const box = { type: 'object', properties: { b: text } };
  const schema = objectSchema({ a: text, box, both: { ...text, readOnly: true } });
  /** What BSON adds to a text on its own. */
  const own = 'value'.length - 'a'.length + OVERHEAD;
  const write = (visible: Document, ...named: string[]) =>
    assertDocumentFits({}, { document: visible, visible, named: new Set(named) }, schema);

  test('take 512 KiB at most, an equal share each, wherever they are', () => {
    const share = LIMIT / 2;
    const text = (size: number) => 'x'.repeat(size - own);
    expect(() => write({ a: text(share), box: { b: text(share) } }, '/a', '/box/b')).not.toThrow();
    expect(() => write({ a: text(share + 1) }, '/a')).toThrow(
      code('CUSTOM_DATA_TOO_LARGE', {
        ...{ size: share + 1, budget: share },
        largestFields: [{ path: '/a', bytes: expect.any(Number) }],
      }),
    );
    expect(() => write({ a: 'x', box: { b: text(share + 1) } }, '/a', '/box/b')).toThrow(
      code('CUSTOM_DATA_TOO_LARGE', {
        largestFields: [{ path: '/box/b', bytes: expect.any(Number) }],
      }),
    );
  });

  test('that are removed take nothing', () => {
    expect(() => write({}, '/a', '/box/b')).not.toThrow();
    expect(() => write({ box: 'text' }, '/box/b')).not.toThrow();
  });
});
