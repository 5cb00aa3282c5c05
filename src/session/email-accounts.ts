/** The use cases of e-mail addresses and passwords: register, confirm, reset. */
import type { Accounts } from '../account/accounts.ts';
import { assertNewPassword } from '../account/email-password.ts';
import type { EmailToken } from '../account/email-tokens.ts';
import { createIdentity } from '../account/identities.ts';
import { identityOf, type Registration, type Registrations } from '../account/registrations.ts';
import type { EmailConfig, Provider } from '../config.ts';
import { GatewayError, isGatewayError } from '../errors.ts';
import type { UserMails } from '../mail/user-mails.ts';
import type { AuthFunctions, Verdict } from './auth-functions.ts';
import { assertProviderEnabled } from './log-in.ts';

/** The use cases. Every one may fail with `SERVICE_UNAVAILABLE`, also for want of a mail server. */
export interface EmailAccounts {
  /**
   * Registers an e-mail address and runs the user creation function. It may have to be confirmed
   * before it can be logged in with. Fails with `ACCOUNT_EXISTS` or `BAD_USER_INPUT`, or as the
   * functions do, and then nothing is registered.
   *
   * @returns the id that the user has once logged in, unless the address is linked to another account.
   */
  registerUser(input: { email: string; password: string }): Promise<{ userId: string }>;
  /** Fails with `EMAIL_TOKEN_INVALID` or `USER_ALREADY_CONFIRMED`. */
  confirmUser(input: { token: string; tokenId: string }): Promise<void>;
  /** Sends the confirmation again, by mail or by function as configured. Fails with `USER_NOT_FOUND` or `USER_ALREADY_CONFIRMED`. */
  sendConfirmation(email: string): Promise<void>;
  /**
   * Sets the password and ends all sessions of the user; it does not confirm the address. Fails with
   * `EMAIL_TOKEN_INVALID` or `BAD_USER_INPUT`.
   */
  resetPassword(input: { token: string; tokenId: string; password: string }): Promise<void>;
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

/** What the use cases are made of. */
export interface EmailAccountParts {
  readonly accounts: Accounts;
  readonly registrations: Registrations;
  readonly authFunctions: AuthFunctions;
  readonly providers: readonly Provider[];
  readonly email: Pick<EmailConfig, 'confirmation' | 'reset'>;
  /** `null` without a mail server. */
  readonly mails: UserMails | null;
  /** Ends every session of the user, those of log-ins that run now included. */
  readonly endSessions: (userId: string) => Promise<void>;
  /** The id was promised to somebody who will not use it. */
  readonly onUnusedId: (userId: string) => Promise<void>;
  /** Epoch milliseconds. */
  readonly now: () => number;
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
      await registrations.confirm(token);
    },

    async sendConfirmation(email) {
      assertEnabled();
      const registration = await requireRegistration(registrations, email);
      if (registration.isConfirmed) throw new GatewayError('USER_ALREADY_CONFIRMED', {});
      const verdict = await startConfirmation(parts, registration);
      if (verdict === 'fail') throw refused('confirm', email);
      if (verdict === 'success') await registrations.confirmNow(registration);
    },

    ...createResets(parts, assertEnabled),
  };
}

async function register(
  parts: EmailAccountParts,
  input: { readonly email: string; readonly password: string },
): Promise<{ userId: string }> {
  const { authFunctions, email, registrations } = parts;
  // Completes the deletion of an account that had the address, if one was cut off.
  await parts.accounts.findByIdentity({ provider: 'local-userpass', externalId: input.email });
  const isConfirmed = email.confirmation === 'automatic';
  const registration = { ...(await registrations.prepare(input)), isConfirmed };
  const { userId } = registration;
  const identity = createIdentity(identityOf(registration), parts.now());
  await authFunctions.beforeCreation({ _id: userId, identities: [identity] });
  try {
    await registrations.insert(registration);
  } catch (error) {
    if (isGatewayError(error, 'ACCOUNT_EXISTS')) await parts.onUnusedId(userId);
    throw error;
  }
  if (!isConfirmed) await confirmOrWithdraw(parts, registration);
  return { userId };
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

function createResets(
  parts: EmailAccountParts,
  assertEnabled: () => void,
): Pick<EmailAccounts, 'resetPassword' | 'sendResetPasswordEmail' | 'callResetPasswordFunction'> {
  const { authFunctions, email: config, mails, registrations } = parts;
  const assertReset = (kind: 'email' | 'function') => {
    assertEnabled();
    if (config.reset !== kind) throw badInput(`Passwords are not reset by ${kind}`);
  };

  /** Before, so that a crash leaves no session behind; after, for log-ins with the old password. */
  const setPassword = async (registration: Registration, token: EmailToken, password: string) => {
    await endSessionsOf(parts, registration);
    await registrations.resetPassword(token, password);
    await endSessionsOf(parts, registration);
  };

  return {
    async resetPassword({ password, ...token }) {
      assertEnabled();
      if (config.reset === 'off') throw badInput('Passwords are not reset');
      assertNewPassword(password);
      await setPassword(await registrations.findByResetToken(token), token, password);
    },

    async sendResetPasswordEmail(email) {
      assertReset('email');
      const registration = await requireRegistration(registrations, email);
      const token = await registrations.issueToken(registration, 'reset');
      await requireMails(mails).sendReset(email, token);
    },

    async callResetPasswordFunction({ email, password, currentPassword, args }) {
      assertReset('function');
      assertNewPassword(password);
      const registration = await requireRegistration(registrations, email);
      // First, because the number of tokens bounds the work that strangers can cause.
      const token = await registrations.issueToken(registration, 'reset');
      try {
        const currentPasswordValid =
          typeof currentPassword === 'string' &&
          (await registrations.hasPassword(registration, currentPassword));
        const request = { ...token, email, password, currentPasswordValid };
        const verdict = await authFunctions.reset(request, args);
        if (verdict === 'fail') throw refused('reset password for', email);
        if (verdict === 'success') await setPassword(registration, token, password);
      } catch (error) {
        await registrations.dropResetToken(registration, token);
        throw error;
      }
    },
  };
}

async function endSessionsOf(
  { accounts, endSessions }: EmailAccountParts,
  { email }: Registration,
): Promise<void> {
  const account = await accounts.findByIdentity({ provider: 'local-userpass', externalId: email });
  if (account !== null) await endSessions(account._id);
}

async function requireRegistration(
  registrations: Registrations,
  email: string,
): Promise<Registration> {
  const registration = await registrations.find(email);
  if (registration === null) throw new GatewayError('USER_NOT_FOUND', {});
  return registration;
}

function requireMails(mails: UserMails | null): UserMails {
  if (mails === null) throw new Error('No mail server is configured');
  return mails;
}

/** The text is the one that App Services clients know. It names the address that the caller sent. */
function refused(what: string, email: string): GatewayError<'BAD_USER_INPUT'> {
  return badInput(`failed to ${what} user "${email}"`);
}

function badInput(message: string): GatewayError<'BAD_USER_INPUT'> {
  return new GatewayError('BAD_USER_INPUT', {}, { message });
}
