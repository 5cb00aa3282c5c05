/** The rules for e-mail addresses and passwords, those of App Services. */
import { isAddress, MAX_ADDRESS_BYTES } from '../email-address.ts';
import { GatewayError } from '../errors.ts';

const PASSWORD_LENGTH = { min: 6, max: 128 } as const;

/** Fails with `BAD_USER_INPUT` unless the text is an e-mail address; a mailbox proves the rest. */
export function assertEmail(email: string): void {
  if (isAddress(email)) return;
  throw badInput('/email', 'The "email" is not an e-mail address');
}

/** Fails with `BAD_USER_INPUT` unless the password has 6 to 128 characters. */
export function assertNewPassword(password: string): void {
  const length = countCharacters(password);
  if (length >= PASSWORD_LENGTH.min && length <= PASSWORD_LENGTH.max) return;
  const { min, max } = PASSWORD_LENGTH;
  throw badInput('/password', `The "password" must have ${min} to ${max} characters`);
}

/** Whether no account can have these, so that hashing megabytes of password is not worth while. */
export function isTooLong(input: { readonly email: string; readonly password: string }): boolean {
  return (
    Buffer.byteLength(input.email) > MAX_ADDRESS_BYTES ||
    countCharacters(input.password) > PASSWORD_LENGTH.max
  );
}

/** Unicode code points. A code point takes at most two UTF-16 units, which bounds the work. */
function countCharacters(text: string): number {
  return text.length > PASSWORD_LENGTH.max * 2 ? text.length : [...text].length;
}

function badInput(path: string, message: string): GatewayError<'BAD_USER_INPUT'> {
  return new GatewayError('BAD_USER_INPUT', { path }, { message });
}
