/** The use cases of forgotten passwords. */

import { emailIdentity } from '../account/account.ts';
import type { EmailToken } from '../account/registration.ts';
import { assertNewPassword } from '../account/registration.ts';
import {
  badInput,
  type EmailAccountParts,
  mailReset,
  refused,
  requireRegistration,
} from './email-account-parts.ts';
import { NO_REMOVAL, type Removal, shutOut } from './removal.ts';

/** The use cases. Every one may fail with `SERVICE_UNAVAILABLE`, also for want of a mail server. */
export interface PasswordResets {
  /**
   * Sets the password and ends all sessions of the user; it does not confirm the address. If nobody had
   * shown that the password of before was the owner's, it shuts out what may be somebody else's. Fails with
   * `EMAIL_TOKEN_INVALID` or `BAD_USER_INPUT`.
   *
   * @returns what was shut out.
   */
  resetPassword(input: { token: string; tokenId: string; password: string }): Promise<Removal>;
  /** Mails a reset link. Fails with `USER_NOT_FOUND`, or `BAD_USER_INPUT` if resets by mail are off. */
  sendResetPasswordEmail(email: string): Promise<void>;
  /**
   * Resets by the operator's function, which gets the arguments (BSON values) and says whether it may be.
   * Fails with `USER_NOT_FOUND`, or `BAD_USER_INPUT` if the function refuses or resets by function are off.
   */
  callResetPasswordFunction(input: {
    email: string;
    /** The new one. */
    password: string;
    /** Lets the function know that the user knows it. */
    currentPassword?: string | null | undefined;
    args: readonly unknown[];
  }): Promise<void>;
}

/** Creates the use cases of resets. */
export function createPasswordResets(
  parts: EmailAccountParts,
  assertEnabled: () => void,
): PasswordResets {
  const { authFunctions, email: config, registrations } = parts;
  const assertReset = (kind: 'email' | 'function') => {
    assertEnabled();
    if (config.reset === kind) return;
    // The text is the one that App Services clients know.
    if (config.reset === 'function') throw badInput('please use reset password via function');
    throw badInput(`Passwords are not reset by ${kind}`);
  };

  return {
    async resetPassword({ password, ...token }) {
      assertEnabled();
      if (config.reset === 'off') throw badInput('Passwords are not reset');
      return setPassword(parts, token, password);
    },

    async sendResetPasswordEmail(email) {
      assertReset('email');
      await mailReset(parts, await requireRegistration(parts, email));
    },

    async callResetPasswordFunction({ email, password, currentPassword, args }) {
      assertReset('function');
      assertNewPassword(password);
      const registration = await requireRegistration(parts, email);
      // First, because the number of tokens bounds the work that strangers can cause.
      const token = await registrations.issueToken(registration, 'reset');
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
    },
  };
}

/**
 * While no password is good, whatever else may be an intruder's is shut out in one operation, and then the
 * sessions end: nothing that they might still do opens the account again, wherever a crash cuts this off.
 */
async function setPassword(
  parts: EmailAccountParts,
  token: EmailToken,
  password: string,
): Promise<Removal> {
  let removal = NO_REMOVAL;
  await parts.registrations.resetPassword(token, password, async ({ email, isProven }) => {
    const account = await parts.accounts.findByIdentity(emailIdentity(email));
    if (account === null) return;
    if (isProven !== true) removal = await shutOut(parts, account, email);
    await parts.endSessions(account._id);
  });
  return removal;
}
