/** The use cases of e-mail addresses and passwords: register, confirm, reset. */
import type { Account } from '../account/accounts.ts';
import { assertEmail, assertNewPassword } from '../account/email-password.ts';
import { createIdentity, emailIdentity } from '../account/identities.ts';
import { identityOf, type Registration } from '../account/registrations.ts';
import { GatewayError, isGatewayError } from '../errors.ts';
import {
  badInput,
  type EmailAccountParts,
  findRegistration,
  mailReset,
  refused,
  requireMails,
  requireRegistration,
} from './email-account-parts.ts';
import { assertProviderEnabled } from './log-in.ts';
import type { Verdict } from './operator-functions.ts';
import { createPasswordResets, type PasswordResets } from './password-resets.ts';
import { toProfile } from './user-profile.ts';

export type { EmailAccountParts };

/** The use cases. Every one may fail with `SERVICE_UNAVAILABLE`, also for want of a mail server. */
export interface EmailAccounts extends PasswordResets {
  /**
   * Registers an e-mail address and runs the user creation function. It may have to be confirmed
   * before it can be logged in with. Fails with `ACCOUNT_EXISTS` or `BAD_USER_INPUT`, or as the
   * functions do, and then nothing is registered. Nor is an address that an account owns by import: it gets
   * a mail with a link to choose a password.
   *
   * @returns the id that the user has once logged in, unless the address is linked to another account.
   */
  registerUser(input: { email: string; password: string }): Promise<{ userId: string }>;
  /** Fails with `EMAIL_TOKEN_INVALID` or `USER_ALREADY_CONFIRMED`. */
  confirmUser(input: { token: string; tokenId: string }): Promise<void>;
  /** Sends the confirmation again, by mail or by function as configured. Fails with `USER_NOT_FOUND` or `USER_ALREADY_CONFIRMED`. */
  sendConfirmation(email: string): Promise<void>;
  /** The same for App Services clients, which are told if there is nothing to confirm: `BAD_USER_INPUT`. */
  retryConfirmation(email: string): Promise<void>;
}

/** Creates the use cases of e-mail addresses. */
export function createEmailAccounts(parts: EmailAccountParts): EmailAccounts {
  const { registrations, providers } = parts;
  const assertEnabled = () => assertProviderEnabled(providers, 'email-password');
  return {
    async registerUser(input) {
      assertEnabled();
      return register(parts, input);
    },

    async confirmUser(token) {
      assertEnabled();
      await registrations.confirm(token, (registration) => forgetForeign(parts, registration));
    },

    async sendConfirmation(email) {
      assertEnabled();
      await confirmAgain(parts, email);
    },

    async retryConfirmation(email) {
      assertEnabled();
      if (parts.email.confirmation === 'automatic') {
        // The text is the one that App Services clients know.
        throw badInput(`cannot run confirmation for ${email}: automatic confirmation is enabled`);
      }
      await confirmAgain(parts, email);
    },

    ...createPasswordResets(parts, assertEnabled),
  };
}

async function confirmAgain(parts: EmailAccountParts, email: string): Promise<void> {
  const registration = await requireRegistration(parts, email);
  if (registration.isConfirmed) throw new GatewayError('USER_ALREADY_CONFIRMED', {});
  const verdict = await startConfirmation(parts, registration);
  if (verdict === 'fail') throw refused('confirm', email);
  if (verdict === 'success') await parts.registrations.confirmNow(registration);
}

async function register(
  parts: EmailAccountParts,
  input: { readonly email: string; readonly password: string },
): Promise<{ userId: string }> {
  const { accounts, authFunctions, email, registrations } = parts;
  assertEmail(input.email);
  assertNewPassword(input.password);
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
    if (isGatewayError(error, 'ACCOUNT_EXISTS')) await parts.onUnusedId(userId);
    throw error;
  }
  if (isForeign(await accounts.findByEmail(input.email), registration)) {
    // It was imported meanwhile.
    await registrations.deleteAll([registration._id]);
    await parts.onUnusedId(userId);
    return mailInstead(parts, await requireRegistration(parts, input.email));
  }
  if (!isConfirmed) await confirmOrWithdraw(parts, registration);
  return { userId };
}

/**
 * Of an address that an account owns the mailbox decides who chooses the password. The one that was sent is
 * thrown away.
 */
async function mailInstead(
  parts: EmailAccountParts,
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

/** Whether the account did not get the address by this registration. */
function isForeign(account: Account | null, { _id }: Registration): boolean {
  return account?.identities.every(({ id }) => id !== _id) ?? false;
}

/** Whoever confirms shows that the mailbox is theirs, not who chose the password when it was registered. */
async function forgetForeign(parts: EmailAccountParts, registration: Registration): Promise<void> {
  if (registration.isProven === true) return;
  const owner = await parts.accounts.findByIdentity(emailIdentity(registration.email));
  if (isForeign(owner, registration)) await parts.registrations.forgetPassword(registration);
}

/** If the confirmation cannot even begin, nothing is registered: the client may simply try again. */
async function confirmOrWithdraw(
  parts: EmailAccountParts,
  registration: Registration,
): Promise<void> {
  try {
    const verdict = await startConfirmation(parts, registration);
    if (verdict === 'fail') throw refused('confirm', registration.email);
    if (verdict === 'success') await parts.registrations.confirmNow(registration);
  } catch (error) {
    if (await parts.registrations.withdraw(registration)) {
      await parts.onUnusedId(registration.userId);
    }
    throw error;
  }
}

async function startConfirmation(
  { authFunctions, email, mails, registrations }: EmailAccountParts,
  registration: Registration,
): Promise<Verdict> {
  // An address registered before the operator made confirmation automatic.
  if (email.confirmation === 'automatic') return 'success';
  const token = await registrations.issueToken(registration, 'confirmation');
  if (email.confirmation === 'function') return authFunctions.confirm(registration.email, token);
  await requireMails(mails).sendConfirmation(registration.email, token);
  return 'pending';
}
