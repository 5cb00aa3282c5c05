/** What may be guessed, and what of it counts as wrong. */
import { mailboxOf } from '../../email-address.ts';
import { isGatewayError } from '../../errors.ts';
import type { Credentials } from '../log-in.ts';
import type { RequestLimits } from './limits.ts';

/**
 * Logs in or links with credentials, within the limits. Wrong ones count; credentials that were right, of a disabled
 * account say, do not. An anonymous log-in proves nothing and makes an account, so each counts.
 */
export function guessCredentials<Result>(
  limits: RequestLimits,
  credentials: Credentials,
  run: () => Promise<Result>,
): Promise<Result> {
  const { provider } = credentials;
  if (provider === 'anonymous') return limits.spend('logIn.anonymous', run);
  const account = provider === 'email-password' ? mailboxOf(credentials.email) : undefined;
  return limits.guess({ operation: 'logIn', account, isWrong: areWrong, run });
}

function areWrong(error: unknown): boolean {
  return isGatewayError(error, 'INVALID_CREDENTIALS') && error.details.reason === undefined;
}

/** Uses a refresh token, within the limits: one that is refused counts. */
export function guessRefreshToken<Result>(
  limits: RequestLimits,
  run: () => Promise<Result>,
): Promise<Result> {
  const isWrong = (error: unknown) => isGatewayError(error, 'UNAUTHENTICATED');
  return limits.guess({ operation: 'refreshSession', isWrong, run });
}

/** Uses the token of a mailed link, within the limits: one that is refused counts. */
export function guessEmailToken<Result>(
  limits: RequestLimits,
  operation: 'confirmUser' | 'resetPassword',
  run: () => Promise<Result>,
): Promise<Result> {
  const isWrong = (error: unknown) => isGatewayError(error, 'EMAIL_TOKEN_INVALID');
  return limits.guess({ operation, isWrong, run });
}
