/**
 * The tokens in confirmation and reset links, and what they do to a registration. They are good once, for 30
 * minutes, and stored hashed.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ObjectId } from '../bson.ts';
import { mailboxOf } from '../email-address.ts';
import { GatewayError } from '../errors.ts';
import type { DocumentCollection } from '../store/port.ts';
import {
  type EmailToken,
  FORGET_PASSWORD,
  findByEmail,
  type OnRegistration,
  type Registration,
  type RegistrationParts,
  type StoredEmailToken,
  type TokenPurpose,
} from './registration.ts';

/** Minutes that a link lives, as in App Services. */
export const LINK_MINUTES = 30;

/** Most tokens of one kind in the time that one lives: nobody's mailbox is flooded by asking again. */
const MAX_TOKENS = 10;

const TOKEN_BYTES = 32;
const MILLISECONDS_PER_SECOND = 1000;
/** Of a link, in milliseconds. */
const LIFE = LINK_MINUTES * 60 * MILLISECONDS_PER_SECOND;

/** Creates what tokens do; every operation may fail with `SERVICE_UNAVAILABLE`. */
export function createTokenUses({ assertNewPassword, collection, hasher, now }: RegistrationParts) {
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
    /**
     * A new token; it replaces the one before. Fails with `RATE_LIMITED`, or with `USER_NOT_FOUND` if the
     * registration is gone.
     */
    issueToken: (registration: Registration, purpose: TokenPurpose) =>
      issueToken(collection, registration, purpose, now()),

    /**
     * Fails with `EMAIL_TOKEN_INVALID` or `USER_ALREADY_CONFIRMED`. `beforehand` runs before the address
     * counts as confirmed.
     */
    async confirm(token: EmailToken, beforehand?: OnRegistration) {
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

    /** Confirms without a token. */
    async confirmNow({ _id }: Registration) {
      await collection.updateOne({ _id }, { $set: { isConfirmed: true } });
    },

    /**
     * Sets the password, which is proven then, and uses the token up. `meanwhile` runs while no password is
     * good: what it shuts out, nobody opens again. Cut off there, the token still works. Fails with
     * `EMAIL_TOKEN_INVALID` or `BAD_USER_INPUT`.
     */
    async resetPassword(token: EmailToken, password: string, meanwhile?: OnRegistration) {
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

    /** Makes a reset token useless; one that was issued since stays. */
    async dropResetToken({ _id }: Registration, { tokenId }: EmailToken) {
      // No token has this hash. The count of tokens stays.
      const dropped = { $set: { 'reset.hash': '' } };
      await collection.updateOne({ _id, 'reset.id': tokenId }, dropped);
    },
  };
}

async function issueToken(
  collection: DocumentCollection,
  { _id, email }: Registration,
  purpose: TokenPurpose,
  now: number,
): Promise<EmailToken> {
  // Of the version before there may be several registrations of one mailbox: their mails count as one.
  const mailbox = mailboxOf(email);
  const first = email === mailbox ? null : await findByEmail(collection, mailbox);
  if (first !== null && first._id !== _id) {
    await replaceToken(collection, first._id, purpose, (previous) => ({
      // No token has this hash.
      ...(previous ?? { id: '', hash: '', expiresAt: new Date(now) }),
      ...countToken(previous, now),
    }));
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const tokenId = new ObjectId().toHexString();
  const stored = { id: tokenId, hash: hashEmailToken(token), expiresAt: new Date(now + LIFE) };
  await replaceToken(collection, _id, purpose, (previous) => ({
    ...stored,
    ...countToken(previous, now),
  }));
  return { token, tokenId };
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

/** Whether `token` is the one that was stored, however old. */
function isEmailToken(stored: StoredEmailToken | undefined, given: EmailToken): boolean {
  if (stored === undefined || stored.id !== given.tokenId) return false;
  const [expected, actual] = [Buffer.from(stored.hash), Buffer.from(hashEmailToken(given.token))];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Fails with `EMAIL_TOKEN_INVALID` (`EXPIRED`) if the token is too old. */
function assertFresh(stored: StoredEmailToken, now: number): void {
  if (stored.expiresAt.getTime() <= now) throw invalidEmailToken('EXPIRED');
}

function invalidEmailToken(reason: 'INVALID' | 'EXPIRED'): GatewayError<'EMAIL_TOKEN_INVALID'> {
  return new GatewayError('EMAIL_TOKEN_INVALID', { reason });
}

/** How many there are with one more. Fails with `RATE_LIMITED` if there were too many of late. */
function countToken(
  previous: StoredEmailToken | undefined,
  now: number,
): Pick<StoredEmailToken, 'count' | 'countedSince'> {
  const end = (previous?.countedSince.getTime() ?? 0) + LIFE;
  if (previous === undefined || end <= now) return { count: 1, countedSince: new Date(now) };
  if (previous.count >= MAX_TOKENS) {
    const retryAfterSeconds = Math.ceil((end - now) / MILLISECONDS_PER_SECOND);
    throw new GatewayError('RATE_LIMITED', { retryAfterSeconds });
  }
  return { count: previous.count + 1, countedSince: previous.countedSince };
}

function hashEmailToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
