/** Which passwords may be chosen. Those that were chosen under other rules go on logging in. */
import { badInput, GatewayError, type PasswordProblem } from '../errors.ts';
import { COMMON_PASSWORDS } from '../generated/common-passwords.ts';

/** Most characters (Unicode code points) of any password, as in App Services. */
export const MAX_PASSWORD_LENGTH = 128;

/** Fails with `BAD_USER_INPUT` unless the password may be chosen; see `createNewPasswordCheck`. */
export type AssertNewPassword = (password: string) => void;

/**
 * Creates the check of new passwords: from `minLength` to 128 characters (Unicode code points), and none of the
 * commonest, in whatever case they are written. It fails with the reason `PASSWORD_TOO_SHORT` or
 * `PASSWORD_TOO_COMMON`, and without one if the password is too long.
 */
export function createNewPasswordCheck(minLength: number): AssertNewPassword {
  return (password) => {
    const length = countCharacters(password);
    if (length < minLength || length > MAX_PASSWORD_LENGTH) {
      const message = `The "password" must have ${minLength} to ${MAX_PASSWORD_LENGTH} characters`;
      throw length < minLength
        ? refused('PASSWORD_TOO_SHORT', message)
        : badInput(message, '/password');
    }
    if (isCommon(password)) {
      throw refused(
        'PASSWORD_TOO_COMMON',
        'The "password" is one of the commonest, which are guessed first',
      );
    }
  };
}

/** The list is searched as it is: that takes less than a hundredth of what hashing the password does. */
function isCommon(password: string): boolean {
  const folded = password.normalize('NFC').toLowerCase();
  return !folded.includes('\n') && COMMON_PASSWORDS.includes(`\n${folded}\n`);
}

function refused(reason: PasswordProblem, message: string) {
  return new GatewayError('BAD_USER_INPUT', { path: '/password', reason }, { message });
}

/** Unicode code points. A code point takes at most two UTF-16 units, which bounds the work. */
export function countCharacters(text: string): number {
  return text.length > MAX_PASSWORD_LENGTH * 2 ? text.length : [...text].length;
}
