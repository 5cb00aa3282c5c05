/** Resetting a forgotten password: by a link in a mail, or by the operator's function. */
import { emailIdentity } from '../account/account.ts';
import type { EmailToken, Registration } from '../account/registration.ts';
import { badInput } from '../errors.ts';
import { assertProviderEnabled } from './log-in.ts';
import { describePurge, foreseePurge, NO_PURGE, type Purge, purge } from './purge.ts';
import { mailsTo, refused, requireRegistration, type UserParts } from './user-parts.ts';

/**
 * Sets the password and ends all sessions of the user; it does not confirm the address. If nobody had
 * shown that the password of before was the owner's, it purges the account of what may be somebody else's.
 * Fails with `EMAIL_TOKEN_INVALID` or `BAD_USER_INPUT`.
 *
 * @returns what was purged.
 */
export async function resetPassword(
  parts: UserParts,
  { password, ...token }: EmailToken & { readonly password: string },
): Promise<Purge> {
  assertProviderEnabled(parts.providers, 'email-password');
  if (parts.email.reset === 'off') throw badInput('Passwords are not reset');
  return setPassword(parts, token, password);
}

/** Mails a reset link. Fails with `USER_NOT_FOUND`, or `BAD_USER_INPUT` if resets by mail are off. */
export async function sendResetPasswordEmail(parts: UserParts, email: string): Promise<void> {
  assertResetBy(parts, 'email');
  await mailReset(parts, await requireRegistration(parts, email));
}

/** What a reset by function is asked with. */
export interface FunctionReset {
  readonly email: string;
  /** The new one. */
  readonly password: string;
  /** Lets the function know that the user knows it. */
  readonly currentPassword?: string | null | undefined;
  /** For the function, BSON values. */
  readonly args: readonly unknown[];
}

/**
 * Resets by the operator's function, which says whether it may be. Fails with `USER_NOT_FOUND`, or
 * `BAD_USER_INPUT` if the function refuses or resets by function are off.
 */
export async function callResetPasswordFunction(
  parts: UserParts,
  { email, password, currentPassword, args }: FunctionReset,
): Promise<void> {
  const { authFunctions, registrations } = parts;
  assertResetBy(parts, 'function');
  registrations.assertNewPassword(password);
  const registration = await requireRegistration(parts, email);
  // First, because the number of tokens bounds the work that strangers can cause.
  const token = await registrations.issueToken(registration, 'reset');
  await tellRequested(parts, registration);
  try {
    const currentPasswordValid =
      typeof currentPassword === 'string' &&
      (await registrations.hasPassword(registration, currentPassword));
    const request = { ...token, email: registration.email, password, currentPasswordValid };
    const verdict = await authFunctions.reset(request, args);
    if (verdict === 'fail') throw refused('reset password for', email);
    if (verdict === 'success') await setPassword(parts, token, password);
  } catch (error) {
    await registrations.dropResetToken(registration, token);
    throw error;
  }
}

/** Mails a link that sets a password, to the address as it was registered. */
export async function mailReset(parts: UserParts, registration: Registration): Promise<void> {
  const removal = describePurge(await foreseePurge(parts, registration), 'will');
  const token = await parts.registrations.issueToken(registration, 'reset');
  const userId = await tellRequested(parts, registration);
  const { mails, to } = await mailsTo(parts, { ...registration, userId }, token);
  await mails.sendReset(to, removal);
}

/** @returns whose address it is: the id of an account, or of one that its first log-in makes. */
async function tellRequested(
  { accounts, tell }: UserParts,
  registration: Registration,
): Promise<string> {
  const account = await accounts.findByIdentity(emailIdentity(registration.email));
  const userId = account?._id ?? registration.userId;
  tell({ type: 'RESET_REQUESTED', userId });
  return userId;
}

function assertResetBy({ email, providers }: UserParts, kind: 'email' | 'function'): void {
  assertProviderEnabled(providers, 'email-password');
  if (email.reset === kind) return;
  // The text is the one that App Services clients know.
  if (email.reset === 'function') throw badInput('please use reset password via function');
  throw badInput(`Passwords are not reset by ${kind}`);
}

/**
 * While no password is good, whatever else may be an intruder's is purged in one operation, and then the
 * sessions end: nothing that they might still do opens the account again, wherever a crash cuts this off.
 */
async function setPassword(parts: UserParts, token: EmailToken, password: string): Promise<Purge> {
  let purged = NO_PURGE;
  let userId = '';
  await parts.registrations.resetPassword(token, password, async (registration) => {
    const { email, isProven } = registration;
    const account = await parts.accounts.findByIdentity(emailIdentity(email));
    userId = account?._id ?? registration.userId;
    if (account === null) return;
    if (isProven !== true) purged = await purge(parts, account, email);
    await parts.endSessions(userId, 'PASSWORD_RESET');
  });
  parts.tell({ type: 'PASSWORD_RESET', userId });
  const isPurged = purged.apiKeys > 0 || purged.providers.length > 0;
  if (isPurged) parts.tell({ type: 'ACCOUNT_PURGED', userId, ...purged });
  return purged;
}
