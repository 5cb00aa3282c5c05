/**
 * Registered e-mail addresses: the credentials of `local-userpass`, with confirmation and reset.
 *
 * A registration is not an account. It proves an identity, as an external provider does, and the
 * first log-in makes the account under the user id that the registration promised; or the identity
 * is linked to an account that exists, and the promised id is never used.
 */
import { ObjectId } from '../bson.ts';
import { GatewayError, isGatewayError } from '../errors.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
} from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import { assertEmail, assertNewPassword, isTooLong } from './email-password.ts';
import {
  assertFresh,
  createEmailToken,
  type EmailToken,
  invalidEmailToken,
  isEmailToken,
  type StoredEmailToken,
} from './email-tokens.ts';
import type { ProvenIdentity } from './identities.ts';
import { createPasswordHasher, type PasswordHasher } from './passwords.ts';

/** An e-mail address, compared exactly as written, and a password. */
export interface EmailPassword {
  readonly email: string;
  readonly password: string;
}

/** A registered e-mail address. */
export interface Registration extends Document {
  /** Id of the identity, 24 hex digits. */
  readonly _id: string;
  /** User id that an account gets if a log-in with this address makes it. */
  readonly userId: string;
  readonly email: string;
  /** PHC string. */
  readonly passwordHash: string;
  /** How often the password was reset. */
  readonly resets: number;
  readonly isConfirmed: boolean;
  readonly createdAt: Date;
  /** The latest token of each kind. That of a confirmed address stays, to tell who uses it again. */
  readonly confirmation?: StoredEmailToken;
  readonly reset?: StoredEmailToken;
}

/** What a token is for; one kind is never accepted for the other. */
export type TokenPurpose = 'confirmation' | 'reset';

/** Keeps registrations. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface Registrations {
  /** Checks and hashes, stores nothing. Fails with `BAD_USER_INPUT`, or `ACCOUNT_EXISTS`. */
  prepare(input: EmailPassword): Promise<Registration>;
  /** Fails with `ACCOUNT_EXISTS`. */
  insert(registration: Registration): Promise<void>;
  /** Takes the registration back; `false` if it was confirmed meanwhile, and stays. */
  withdraw(registration: Registration): Promise<boolean>;
  find(email: string): Promise<Registration | null>;
  /** The registration that promised this user id, or `null`. */
  findByUserId(userId: string): Promise<Registration | null>;
  /**
   * Fails with `INVALID_CREDENTIALS`, in the same time whether the address is registered or not, and with
   * `RATE_LIMITED` alike; with the reason `NOT_CONFIRMED` only to someone who knows the password.
   */
  verify(input: EmailPassword): Promise<Registration>;
  /** Whether the registration is there and its password was not reset since it was read. */
  isCurrent(registration: Registration): Promise<boolean>;
  /** Whether this is the password of the registration. */
  hasPassword(registration: Registration, password: string): Promise<boolean>;
  /**
   * A new token; it replaces the one before. Fails with `RATE_LIMITED`, or with `USER_NOT_FOUND` if the
   * registration is gone.
   */
  issueToken(registration: Registration, purpose: TokenPurpose): Promise<EmailToken>;
  /** Fails with `EMAIL_TOKEN_INVALID` or `USER_ALREADY_CONFIRMED`. */
  confirm(token: EmailToken): Promise<void>;
  /** Confirms without a token. */
  confirmNow(registration: Registration): Promise<void>;
  /** The registration whose password the token may set. Fails with `EMAIL_TOKEN_INVALID`. */
  findByResetToken(token: EmailToken): Promise<Registration>;
  /** Sets the password and uses the token up. Fails with `EMAIL_TOKEN_INVALID` or `BAD_USER_INPUT`. */
  resetPassword(token: EmailToken, password: string): Promise<void>;
  /** Makes a reset token useless; one that was issued since stays. */
  dropResetToken(registration: Registration, token: EmailToken): Promise<void>;
  /** Deletes the registrations with these identity ids. */
  deleteAll(identityIds: readonly string[]): Promise<void>;
}

/** Where registrations are kept. */
export const REGISTRATIONS_COLLECTION: CollectionDefinition = {
  name: 'registrations',
  unique: ['email'],
  indexes: ['userId', 'confirmation.id', 'reset.id'],
};

/** What registrations are made of. */
export interface RegistrationParts {
  /** The collection that `REGISTRATIONS_COLLECTION` describes. */
  readonly collection: DocumentCollection;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly hasher?: PasswordHasher;
}

/** The identity that a registration proves to whoever knows its password. */
export function identityOf({ _id, userId, email }: Registration): ProvenIdentity {
  return { id: _id, userId, provider: 'local-userpass', externalId: email, data: { email } };
}

/** Creates the access to registrations. */
export function createRegistrations({
  collection,
  now,
  hasher = createPasswordHasher(),
}: RegistrationParts): Registrations {
  const find = (email: string) => collection.findOne<Registration>({ email });
  return {
    find,
    findByUserId: (userId) => collection.findOne<Registration>({ userId }),

    async prepare({ email, password }) {
      assertEmail(email);
      assertNewPassword(password);
      if ((await find(email)) !== null) throw new GatewayError('ACCOUNT_EXISTS', {});
      return {
        _id: new ObjectId().toHexString(),
        userId: new ObjectId().toHexString(),
        email,
        passwordHash: await hasher.hash(password),
        resets: 0,
        isConfirmed: false,
        createdAt: new Date(now()),
      };
    },

    insert: (registration) => insert(collection, registration),

    async withdraw({ _id }) {
      const { deletedCount } = await collection.deleteOne({ _id, isConfirmed: false });
      return deletedCount === 1;
    },

    verify: (input) => verify(collection, hasher, input),

    async isCurrent({ _id, resets }) {
      const stored = await collection.findOne<Registration>({ _id });
      return stored !== null && stored.resets === resets;
    },

    hasPassword: async ({ email, passwordHash }, password) =>
      !isTooLong({ email, password }) && (await hasher.verify(passwordHash, password)),

    ...createTokenUses(collection, hasher, now),

    async confirmNow({ _id }) {
      await collection.updateOne({ _id }, { $set: { isConfirmed: true } });
    },

    async dropResetToken({ _id }, { tokenId }) {
      // No token has this hash. The count of tokens stays.
      const dropped = { $set: { 'reset.hash': '' } };
      await collection.updateOne({ _id, 'reset.id': tokenId }, dropped);
    },

    async deleteAll(identityIds) {
      await collection.deleteMany({ _id: { $in: [...identityIds] } });
    },
  };
}

function createTokenUses(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  now: () => number,
): Pick<Registrations, 'issueToken' | 'confirm' | 'findByResetToken' | 'resetPassword'> {
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

    async confirm(token) {
      const { registration, stored } = await findByToken('confirmation', token);
      if (!registration.isConfirmed) {
        assertFresh(stored, now());
        const { _id } = registration;
        const update = { $set: { isConfirmed: true } };
        const { matchedCount } = await collection.updateOne({ _id, isConfirmed: false }, update);
        if (matchedCount === 1) return;
      }
      throw new GatewayError('USER_ALREADY_CONFIRMED', {});
    },

    async findByResetToken(token) {
      const { registration, stored } = await findByToken('reset', token);
      assertFresh(stored, now());
      return registration;
    },

    async resetPassword(token, password) {
      assertNewPassword(password);
      const { registration, stored } = await findByToken('reset', token);
      assertFresh(stored, now());
      const passwordHash = await hasher.hash(password);
      // The token in the filter: of two uses at once, one sets the password.
      const { matchedCount } = await collection.updateOne(
        { _id: registration._id, 'reset.hash': stored.hash },
        { $set: { passwordHash }, $unset: { reset: '' }, $inc: { resets: 1 } },
      );
      if (matchedCount === 0) throw invalidEmailToken('INVALID');
    },
  };
}

async function insert(collection: DocumentCollection, registration: Registration): Promise<void> {
  try {
    await collection.insertOne(registration);
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    // A driver that retries on a server without deduplication collides with its own first try.
    const own = await collection.findOne({ _id: registration._id });
    if (own === null) throw new GatewayError('ACCOUNT_EXISTS', {});
  }
}

async function verify(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  { email, password }: EmailPassword,
): Promise<Registration> {
  if (isTooLong({ email, password })) throw new GatewayError('INVALID_CREDENTIALS', {});
  const registration = await collection.findOne<Registration>({ email });
  // Without a registration the decoy is verified, so that the time tells nothing.
  const matches = await hasher.verify(registration?.passwordHash ?? hasher.decoy, password);
  if (registration === null || !matches) throw new GatewayError('INVALID_CREDENTIALS', {});
  if (!registration.isConfirmed) {
    throw new GatewayError('INVALID_CREDENTIALS', { reason: 'NOT_CONFIRMED' });
  }
  if (!hasher.isOutdated(registration.passwordHash)) return registration;
  await renewHash(collection, hasher, registration, password);
  return registration;
}

/** With too many passwords in line the old hash stays until the next log-in: this one was right. */
async function renewHash(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  { _id, passwordHash }: Registration,
  password: string,
): Promise<void> {
  try {
    const renewed = await hasher.hash(password);
    // The old hash in the filter: a password changed meanwhile must not be changed back.
    await collection.updateOne({ _id, passwordHash }, { $set: { passwordHash: renewed } });
  } catch (error) {
    if (!isGatewayError(error, 'RATE_LIMITED')) throw error;
  }
}
