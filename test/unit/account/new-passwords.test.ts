import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { rendered } from '../../../scripts/write-common-passwords.mjs';
import { createNewPasswordCheck } from '../../../src/account/new-passwords.ts';
import { COMMON_PASSWORDS } from '../../../src/generated/common-passwords.ts';

/** Why the password may not be chosen: the reason, `'no reason'`, or `null` if it may be. */
function refusalOf(password: string, minLength = 8): unknown {
  try {
    createNewPasswordCheck(minLength)(password);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', details: { path: '/password' } });
    const { details } = error as { details: { reason?: string } };
    return details.reason ?? 'no reason';
  }
}

describe('a new password', () => {
  test.each(['correct horse', 'x7!kq0pW', '👍'.repeat(8), 'x'.repeat(128), '👍'.repeat(128)])(
    'of 8 to 128 characters may be chosen, case %#',
    (password) => {
      expect(refusalOf(password)).toBeNull();
    },
  );

  test.each(['', 'x7!kq0p', '👍'.repeat(7)])('of fewer is too short, case %#', (password) => {
    expect(refusalOf(password)).toBe('PASSWORD_TOO_SHORT');
  });

  test.each(['x'.repeat(129), '👍'.repeat(129), 'x'.repeat(1_000_000)])(
    'of more is refused, case %#',
    (password) => {
      expect(refusalOf(password)).toBe('no reason');
    },
  );

  test('has as many characters as the operator wants', () => {
    expect(refusalOf('x7!kq0', 6)).toBeNull();
    expect(refusalOf('x7!kq', 6)).toBe('PASSWORD_TOO_SHORT');
    expect(refusalOf('correct horse', 14)).toBe('PASSWORD_TOO_SHORT');
    expect(() => createNewPasswordCheck(14)('correct horse')).toThrow('14 to 128 characters');
  });

  test.each(['password', 'PassWord', '12345678', 'iloveyou', 'qwertyuiop', 'Password1'])(
    'may not be one of the commonest: %s',
    (password) => {
      expect(refusalOf(password)).toBe('PASSWORD_TOO_COMMON');
    },
  );

  test('may hold one of them, or two on two lines', () => {
    expect(refusalOf('my password is longer')).toBeNull();
    const [, first, second] = COMMON_PASSWORDS.split('\n');
    expect(refusalOf(`${first}\n${second}`)).toBeNull();
  });

  test('is looked for among the shorter ones too, where those are allowed', () => {
    expect(refusalOf('123456', 6)).toBe('PASSWORD_TOO_COMMON');
    expect(refusalOf('DRAGON', 6)).toBe('PASSWORD_TOO_COMMON');
  });
});

test('the list of the commonest is what the script makes of the library', () => {
  const file = new URL('../../../src/generated/common-passwords.ts', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(rendered);
  expect(Buffer.byteLength(rendered)).toBeLessThan(300_000);
});
