/** What the tokens in mails do to a registration: confirm its address, replace its password. */
import { GatewayError } from '../errors.ts';
import type { DocumentCollection } from '../store/port.ts';
import { assertNewPassword } from './email-password.ts';
import {
  assertFresh,
  createEmailToken,
  type EmailToken,
  invalidEmailToken,
  isEmailToken,
} from './email-tokens.ts';
import type { PasswordHasher } from './passwords.ts';
import type { OnRegistration, Registration, TokenPurpose } from './registration.ts';
import { FORGET_PASSWORD } from './registration-records.ts';

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
    async issueToken({ _id }, purpose) {
      // Each turn meets a token that another request has issued meanwhile, and they are bounded.
      for (;;) {
        const registration = await collection.findOne<Registration>({ _id });
        if (registration === null) throw new GatewayError('USER_NOT_FOUND', {});
        const previous = registration[purpose];
        const { token, stored } = createEmailToken(previous, now());
        const unchanged = { [`${purpose}.hash`]: previous?.hash ?? { $exists: false } };
        const filter = { _id, ...unchanged };
        const { matchedCount } = await collection.updateOne(filter, {
          $set: { [purpose]: stored },
        });
        if (matchedCount === 1) return token;
      }
    },

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
