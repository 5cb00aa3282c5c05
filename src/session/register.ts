/** Registering an e-mail address and a password. */
import { createIdentity, emailIdentity } from '../account/account.ts';
import {
  assertEmail,
  type EmailPassword,
  identityOf,
  type Registration,
} from '../account/registration.ts';
import { GatewayError, isGatewayError } from '../errors.ts';
import { beginConfirmation, isForeign } from './confirm.ts';
import { assertProviderEnabled } from './log-in.ts';
import { mailReset } from './reset-password.ts';
import { findRegistration, requireRegistration, type UserParts } from './user-parts.ts';
import { toProfile } from './user-profile.ts';

/**
 * Registers an e-mail address and runs the user creation function. It may have to be confirmed
 * before it can be logged in with. Fails with `ACCOUNT_EXISTS` or `BAD_USER_INPUT`, or as the
 * functions do, and then nothing is registered. Nor is an address that an account owns by import: it gets
 * a mail with a link to choose a password.
 *
 * @returns the id that the user has once logged in, unless the address is linked to another account.
 */
export async function registerUser(
  parts: UserParts,
  input: EmailPassword,
): Promise<{ userId: string }> {
  const { accounts, authFunctions, email, onUnusedId, registrations } = parts;
  assertProviderEnabled(parts.providers, 'email-password');
  assertEmail(input.email);
  registrations.assertNewPassword(input.password);
  // Completes the deletion of an account that had the address, if one was cut off.
  await accounts.findByEmail(input.email);
  const owned = await findRegistration(parts, input.email);
  if (owned !== null) return mailInstead(parts, owned);
  const isConfirmed = email.confirmation === 'automatic';
  const registration = { ...(await registrations.prepare(input)), isConfirmed };
  const { userId } = registration;
  const identity = createIdentity(identityOf(registration), parts.now());
  await authFunctions.beforeCreate(toProfile({ _id: userId, identities: [identity] }));
  try {
    await registrations.insert(registration);
  } catch (error) {
    if (isGatewayError(error, 'ACCOUNT_EXISTS')) await onUnusedId(userId);
    throw error;
  }
  if (isForeign(await accounts.findByEmail(input.email), registration)) {
    // It was imported meanwhile.
    await registrations.deleteAll([registration._id]);
    await onUnusedId(userId);
    return mailInstead(parts, await requireRegistration(parts, input.email));
  }
  if (isConfirmed) {
    parts.tell({ type: 'REGISTERED', userId });
    return { userId };
  }
  try {
    await beginConfirmation(parts, registration, registration.email);
  } catch (error) {
    // It cannot even begin, so nothing is registered: the client may simply try again.
    if (await registrations.withdraw(registration)) await onUnusedId(userId);
    throw error;
  }
  parts.tell({ type: 'REGISTERED', userId });
  return { userId };
}

/**
 * Of an address that an account owns the mailbox decides who chooses the password. The one that was sent is
 * thrown away.
 */
async function mailInstead(
  parts: UserParts,
  registration: Registration,
): Promise<{ userId: string }> {
  const { accounts, email, log, mails } = parts;
  if (registration.passwordHash !== undefined) throw new GatewayError('ACCOUNT_EXISTS', {});
  const account = await accounts.findByIdentity(emailIdentity(registration.email));
  const userId = account?._id ?? registration.userId;
  if (mails === null || email.reset === 'off') {
    const why = mails === null ? 'no mail server is configured' : 'PASSWORD_RESET is off';
    log.warn({ userId, why }, 'an address that an account owns cannot get a password');
    throw new GatewayError('ACCOUNT_EXISTS', {});
  }
  await mailReset(parts, registration);
  return { userId };
}
