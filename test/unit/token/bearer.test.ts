import { describe, expect, test } from '@jest/globals';
import { parseBearer } from '../../../src/token/bearer.ts';

describe('the bearer token', () => {
  test.each(['Bearer abc', 'bearer abc', 'BEARER   abc', ' Bearer abc'])(
    'is read from "%s"',
    (header) => {
      expect(parseBearer(header)).toBe('abc');
    },
  );

  test.each([undefined, '', ' ', 'Bearer', 'Bearer ', 'bearer'])('is nobody in "%s"', (header) => {
    expect(parseBearer(header)).toBeNull();
  });

  test.each(['Basic abc', 'Bearer a b', 'Bearerabc'])('is TOKEN_MALFORMED in "%s"', (header) => {
    expect(() => parseBearer(header)).toThrow(
      expect.objectContaining({
        code: 'UNAUTHENTICATED',
        details: { reason: 'TOKEN_MALFORMED' },
      }),
    );
  });
});
