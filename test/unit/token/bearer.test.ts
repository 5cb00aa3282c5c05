import { describe, expect, test } from '@jest/globals';
import { parseBearer } from '../../../src/token/bearer.ts';

describe('the bearer token', () => {
  test.each(['Bearer abc', 'bearer abc', 'BEARER   abc'])('is read from "%s"', (header) => {
    expect(parseBearer(header)).toBe('abc');
  });

  test.each(['', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', ' Bearer abc', 'Bearerabc'])(
    'is TOKEN_MALFORMED in "%s"',
    (header) => {
      expect(() => parseBearer(header)).toThrow(
        expect.objectContaining({
          code: 'UNAUTHENTICATED',
          details: { reason: 'TOKEN_MALFORMED' },
        }),
      );
    },
  );
});
