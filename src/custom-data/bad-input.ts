/** Refusal of a malformed argument. */
import { GatewayError } from '../errors.ts';

/** `BAD_USER_INPUT` about the value at a JSON Pointer into the argument. */
export function badInput(
  message: string,
  path: string,
  cause?: unknown,
): GatewayError<'BAD_USER_INPUT'> {
  return new GatewayError('BAD_USER_INPUT', { path }, { message, cause });
}
