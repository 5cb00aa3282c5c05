import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundDetails, boundMessage } from '../../src/error-bounds.ts';

test('what is short stays as it is', () => {
  const details = { reason: 'TOKEN_EXPIRED', size: 1, paths: ['/a', '/b'], revision: null };
  expect(boundDetails(details)).toEqual(details);
  expect(boundMessage('The write names fields that users may not write')).toBe(
    'The write names fields that users may not write',
  );
});

test('whatever the details are, they have less than 64 KB of JSON', () => {
  const path = fc.tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50_000 }));
  fc.assert(
    fc.property(fc.array(path, { maxLength: 20 }), fc.integer({ min: 1, max: 30 }), (texts, n) => {
      const paths = texts.flatMap(([text, times]) => Array(n).fill(text.repeat(times)));
      const text = JSON.stringify(boundDetails({ paths, path: paths.join('') }));
      expect(Buffer.byteLength(text)).toBeLessThan(65_536);
    }),
    { numRuns: 30 },
  );
});

test('a long message is cut', () => {
  expect(boundMessage('x'.repeat(100_000))).toHaveLength(500);
});
