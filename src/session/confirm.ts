/** Confirming an e-mail address. */
import { type Account, emailIdentity } from '../account/account.ts';
import type { EmailToken, Registration } from '../account/registration.ts';
import { badInput, GatewayError } from '../errors.ts';
import { assertProviderEnabled } from './log-in.ts';
import type { Verdict } from './operator-functions.ts';
import { mailsTo, refused, requireRegistration, type UserParts } from './user-parts.ts';

/**
 * Confirms with the token of a mail. Fails with `EMAIL_TOKEN_INVALID` or `USER_ALREADY_CONFIRMED`.
 *
 * Whoever confirms shows that the mailbox is theirs, not who chose the password when it was registered: that
 * of an address which an account has otherwise is forgotten.
 */
export async function confirmUser(parts: UserParts, token: EmailToken): Promise<void> {
  const { accounts, providers, registrations } = parts;
  assertProviderEnabled(providers, 'email-password');
  await registrations.confirm(token, async (registration) => {
    if (registration.isProven === true) return;
    const owner = await accounts.findByIdentity(emailIdentity(registration.email));
    if (isForeign(owner, registration)) await registrations.forgetPassword(registration);
  });
}

/** Confirms again, by mail or by function as configured. Fails with `USER_NOT_FOUND` or `USER_ALREADY_CONFIRMED`. */
export async function sendConfirmation(parts: UserParts, email: string): Promise<void> {
  assertProviderEnabled(parts.providers, 'email-password');
  const registration = await requireRegistration(parts, email);
  if (registration.isConfirmed) throw new GatewayError('USER_ALREADY_CONFIRMED', {});
  await beginConfirmation(parts, registration, email);
}

/** The same for App Services clients, which are told if there is nothing to confirm: `BAD_USER_INPUT`. */
export async function retryConfirmation(parts: UserParts, email: string): Promise<void> {
  assertProviderEnabled(parts.providers, 'email-password');
  if (parts.email.confirmation === 'automatic') {
    // The text is the one that App Services clients know.
    throw badInput(`cannot run confirmation for ${email}: automatic confirmation is enabled`);
  }
  await sendConfirmation(parts, email);
}

/** Sends the mail, or calls the function and does what it says. `email` is what the caller sent. */
export async function beginConfirmation(
  parts: UserParts,
  registration: Registration,
  email: string,
): Promise<void> {
  const verdict = await askForConfirmation(parts, registration);
  if (verdict === 'fail') throw refused('confirm', email);
  if (verdict === 'success') await parts.registrations.confirmNow(registration);
}

async function askForConfirmation(parts: UserParts, registration: Registration): Promise<Verdict> {
  const { confirmation } = parts.email;
  // An address registered before the operator made confirmation automatic.
  if (confirmation === 'automatic') return 'success';
  const token = await parts.registrations.issueToken(registration, 'confirmation');
  if (confirmation === 'function') return parts.authFunctions.confirm(registration.email, token);
  const { mails, to } = await mailsTo(parts, registration, token);
  await mails.sendConfirmation(to);
  return 'pending';
}

/** Whether the account did not get the address by this registration. */
export function isForeign(account: Account | null, { _id }: Registration): boolean {
  return account?.identities.every(({ id }) => id !== _id) ?? false;
}
