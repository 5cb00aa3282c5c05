/** What the tokens in mails do to a registration: confirm its address, replace its password. */
import { mailboxOf } from '../email-address.ts';
import { GatewayError } from '../errors.ts';
import type { DocumentCollection } from '../store/port.ts';
import { assertNewPassword } from './email-password.ts';
import {
  assertFresh,
  countMail,
  createEmailToken,
  type EmailToken,
  invalidEmailToken,
  isEmailToken,
  type StoredEmailToken,
} from './email-tokens.ts';
import type { PasswordHasher } from './passwords.ts';
import type { OnRegistration, Registration, TokenPurpose } from './registration.ts';
import { FORGET_PASSWORD, findByEmail } from './registration-records.ts';

/** Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface TokenUses {
  /**
   * A new token; it replaces the one before. Fails with `RATE_LIMITED`, or with `USER_NOT_FOUND` if the
   * registration is gone.
   */
  issueToken(registration: Registration, purpose: TokenPurpose): Promise<EmailToken>;
  /**
   * Fails with `EMAIL_TOKEN_INVALID` or `USER_ALREADY_CONFIRMED`. `beforehand` runs before the address
   * counts as confirmed.
   */
  confirm(token: EmailToken, beforehand?: OnRegistration): Promise<void>;
  /**
   * Sets the password, which is proven then, and uses the token up. `meanwhile` runs while no password is
   * good: what it shuts out, nobody opens again. Cut off there, the token still works. Fails with
   * `EMAIL_TOKEN_INVALID` or `BAD_USER_INPUT`.
   */
  resetPassword(token: EmailToken, password: string, meanwhile?: OnRegistration): Promise<void>;
}

/** Creates what tokens do. `now` is epoch milliseconds. */
export function createTokenUses(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  now: () => number,
): TokenUses {
  const findByToken = async (purpose: TokenPurpose, token: EmailToken) => {
    const filter = { [`${purpose}.id`]: token.tokenId };
    const registration = await collection.findOne<Registration>(filter);
    const stored = registration?.[purpose];
    if (registration === null || stored === undefined || !isEmailToken(stored, token)) {
      throw invalidEmailToken('INVALID');
    }
    return { registration, stored };
  };
  return {
    issueToken: (registration, purpose) => issueToken(collection, { registration, purpose, now }),

    async confirm(token, beforehand) {
      const { registration, stored } = await findByToken('confirmation', token);
      if (!registration.isConfirmed) {
        assertFresh(stored, now());
        await beforehand?.(registration);
        const { _id } = registration;
        const update = { $set: { isConfirmed: true } };
        const { matchedCount } = await collection.updateOne({ _id, isConfirmed: false }, update);
        if (matchedCount === 1) return;
      }
      throw new GatewayError('USER_ALREADY_CONFIRMED', {});
    },

    async resetPassword(token, password, meanwhile) {
      assertNewPassword(password);
      const { registration, stored } = await findByToken('reset', token);
      assertFresh(stored, now());
      // First, because it may have to wait in line and be turned away.
      const passwordHash = await hasher.hash(password);
      // The token in the filter: of two uses at once, one sets the password.
      const filter = { _id: registration._id, 'reset.hash': stored.hash };
      const closed = await collection.findOneAndUpdate<Registration>(filter, FORGET_PASSWORD);
      if (closed === null) throw invalidEmailToken('INVALID');
      await meanwhile?.(closed);
      const { matchedCount } = await collection.updateOne(filter, {
        $set: { passwordHash, isProven: true },
        $unset: { reset: '' },
      });
      if (matchedCount === 0) throw invalidEmailToken('INVALID');
    },
  };
}

interface Issuing {
  readonly registration: Registration;
  readonly purpose: TokenPurpose;
  readonly now: () => number;
}

async function issueToken(
  collection: DocumentCollection,
  { registration, purpose, now }: Issuing,
): Promise<EmailToken> {
  // Of the version before there may be several registrations of one mailbox: their mails count as one.
  const mailbox = mailboxOf(registration.email);
  const first = registration.email === mailbox ? null : await findByEmail(collection, mailbox);
  if (first !== null && first._id !== registration._id) {
    await replaceToken(collection, first._id, purpose, (previous) => countMail(previous, now()));
  }
  let issued: EmailToken | undefined;
  await replaceToken(collection, registration._id, purpose, (previous) => {
    const { token, stored } = createEmailToken(previous, now());
    issued = token;
    return stored;
  });
  if (issued === undefined) throw new Error('No token was made');
  return issued;
}

async function replaceToken(
  collection: DocumentCollection,
  _id: string,
  purpose: TokenPurpose,
  next: (previous: StoredEmailToken | undefined) => StoredEmailToken,
): Promise<void> {
  // Each turn meets a token that another request has issued meanwhile, and they are bounded.
  for (;;) {
    const registration = await collection.findOne<Registration>({ _id });
    if (registration === null) throw new GatewayError('USER_NOT_FOUND', {});
    const previous = registration[purpose];
    const unchanged = {
      [`${purpose}.hash`]: previous?.hash ?? { $exists: false },
      [`${purpose}.count`]: previous?.count ?? { $exists: false },
    };
    const update = { $set: { [purpose]: next(previous) } };
    const { matchedCount } = await collection.updateOne({ _id, ...unchanged }, update);
    if (matchedCount === 1) return;
  }
}
