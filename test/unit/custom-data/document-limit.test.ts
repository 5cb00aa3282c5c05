import { expect, test } from '@jest/globals';
import { assertDocumentFits } from '../../../src/custom-data/document-limit.ts';
import { code } from '../../support/custom-data.ts';
import { fieldsOf } from '../../support/schema.ts';

const LIMIT = 512 * 1024;
/** What BSON adds to the one text field of a document. */
const OVERHEAD = 13;

const OUTSIDE = fieldsOf({
  a: { type: 'string', 'x-token': false },
  secret: { type: 'string', writeOnly: true },
});
const ofSize = (size: number) => ({ a: 'x'.repeat(size - OVERHEAD) });

test('what the user sees of a document may take 512 KiB of BSON, and not a byte more', () => {
  expect(() => assertDocumentFits({}, ofSize(LIMIT), OUTSIDE)).not.toThrow();
  expect(() => assertDocumentFits({}, ofSize(LIMIT + 1), OUTSIDE)).toThrow(
    code('CUSTOM_DATA_TOO_LARGE', {
      ...{ size: LIMIT + 1, budget: LIMIT },
      largestFields: [{ path: '/a', bytes: expect.any(Number) }],
    }),
  );
  expect(() => assertDocumentFits({}, ofSize(LIMIT + 1), OUTSIDE)).toThrow('exceed its size limit');
});

test('hidden fields do not count', () => {
  const secret = 'x'.repeat(LIMIT);
  expect(() => assertDocumentFits({}, { a: 'x', secret }, OUTSIDE)).not.toThrow();
  const before = { ...ofSize(LIMIT + 1), secret };
  expect(() => assertDocumentFits(before, ofSize(LIMIT + 2), OUTSIDE)).toThrow('size limit');
});

test('a write that makes a document smaller that is too large is accepted', () => {
  const before = ofSize(LIMIT + 2);
  expect(() => assertDocumentFits(before, ofSize(LIMIT + 1), OUTSIDE)).not.toThrow();
  expect(() => assertDocumentFits(before, before, OUTSIDE)).toThrow('size limit');
});

test('where all travels in tokens, their budget is the limit', () => {
  const root = fieldsOf({ a: { type: 'string' } });
  expect(() => assertDocumentFits({}, ofSize(LIMIT + 1), root)).not.toThrow();
});
