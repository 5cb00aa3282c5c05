/** Adding one more way to log in to an account. */
import type { Account } from '../account/account.ts';
import { type EmailPassword, identityOf } from '../account/registration.ts';
import { badInput, GatewayError } from '../errors.ts';
import { assertProviderEnabled, type Credentials, proveIdentity } from './log-in.ts';
import type { SessionRecord } from './session-records.ts';
import type { UserParts } from './user-parts.ts';

/**
 * Adds what the credentials prove to the account of the session. Fails with `IDENTITY_IN_USE`, with
 * `BAD_USER_INPUT` for credentials that prove no identity (anonymous, API key), and as `logIn` does for
 * credentials that are refused.
 *
 * @returns `null` if the account is gone or disabled by now, or was purged since the session began.
 */
export async function linkCredentials(
  parts: UserParts,
  session: SessionRecord,
  credentials: Credentials,
): Promise<Account | null> {
  switch (credentials.provider) {
    case 'anonymous':
    case 'api-key':
      throw badInput(`Credentials of the provider "${credentials.provider}" cannot be linked`);
    case 'email-password':
      return linkEmail(parts, session, credentials);
    default: {
      const proven = await proveIdentity(parts, credentials);
      return parts.accounts.link(session.userId, proven, session.purges);
    }
  }
}

async function linkEmail(
  { accounts, onUnusedId, providers, registrations }: UserParts,
  { userId, purges }: SessionRecord,
  credentials: EmailPassword,
): Promise<Account | null> {
  assertProviderEnabled(providers, 'email-password');
  const registration = await registrations.verify(credentials);
  const proven = identityOf(registration);
  const owner = await accounts.findByIdentity(proven);
  const account = await accounts.link(userId, proven, purges);
  // A reset that came in between has ended no session of this account, since the address was not its own.
  if (owner === null && !(await registrations.isCurrent(registration))) {
    await accounts.unlink(userId, proven);
    throw new GatewayError('INVALID_CREDENTIALS', {});
  }
  // The account that the registration promised will never be.
  if (account !== null && registration.userId !== userId) await onUnusedId(registration.userId);
  return account;
}
