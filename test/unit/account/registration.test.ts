import { describe, expect, test } from '@jest/globals';
import { assertEmail, isTooLong } from '../../../src/account/registration.ts';

describe('an e-mail address', () => {
  test.each(['a@b', 'user+tag@example.com', "o'brien@example.com", 'δοκιμή@παράδειγμα.gr'])(
    '%s is accepted',
    (email) => {
      expect(() => assertEmail(email)).not.toThrow();
    },
  );

  test.each(['', '@', 'a@', '@b', 'a', 'a@b@c', 'a b@c', 'a@b\n', '\ta@b', 'a\0@b', '\ud800@b'])(
    '%j is BAD_USER_INPUT',
    (email) => {
      expect(() => assertEmail(email)).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT', details: { path: '/email' } }),
      );
    },
  );

  test('may have 254 bytes, and not one more', () => {
    const email = `${'é'.repeat(121)}@example.com`;
    expect(Buffer.byteLength(email)).toBe(254);
    expect(() => assertEmail(email)).not.toThrow();
    expect(() => assertEmail(`x${email}`)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });
});

test("a password of up to 128 characters, however short, may be somebody's", () => {
  for (const password of ['', '1', 'x'.repeat(128), '👍'.repeat(128)]) {
    expect(isTooLong({ email: 'a@b', password })).toBe(false);
  }
  for (const password of ['x'.repeat(129), '👍'.repeat(129), 'x'.repeat(100_000)]) {
    expect(isTooLong({ email: 'a@b', password })).toBe(true);
  }
});
