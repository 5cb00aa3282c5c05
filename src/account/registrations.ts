/**
 * Registered e-mail addresses: the credentials of `local-userpass`, with confirmation and reset.
 *
 * A registration is not an account. It proves an identity, as an external provider does, and the
 * first log-in makes the account under the user id that the registration promised; or the identity
 * is linked to an account that exists, and the promised id is never used.
 */
import { ObjectId } from '../bson.ts';
import { mailboxOf } from '../email-address.ts';
import { GatewayError } from '../errors.ts';
import type { CollectionDefinition, DocumentCollection } from '../store/port.ts';
import { assertEmail, assertNewPassword, isTooLong } from './email-password.ts';
import type { EmailToken } from './email-tokens.ts';
import type { Identity, ProvenIdentity } from './identities.ts';
import { createPasswordHasher, type PasswordHasher } from './passwords.ts';
import type { EmailPassword, Registration } from './registration.ts';
import { verify } from './registration-passwords.ts';
import { adopt, FORGET_PASSWORD, findByEmail, insert } from './registration-records.ts';
import { createTokenUses, type TokenUses } from './registration-tokens.ts';

export type { EmailPassword, Registration };

/** Keeps registrations. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface Registrations extends TokenUses {
  /** Checks and hashes, stores nothing. Fails with `BAD_USER_INPUT`, or `ACCOUNT_EXISTS`. */
  prepare(input: EmailPassword): Promise<Registration>;
  /** Fails with `ACCOUNT_EXISTS`. */
  insert(registration: Registration): Promise<void>;
  /** Takes the registration back; `false` if it was confirmed meanwhile, and stays. */
  withdraw(registration: Registration): Promise<boolean>;
  /** The registration of the address as written, else of one that differs in case. */
  find(email: string): Promise<Registration | null>;
  /**
   * The registration of an address that an account owns by import, made if need be: it is confirmed, and has
   * no password, so there is nothing unproven to replace.
   */
  adopt(userId: string, identity: Identity): Promise<Registration>;
  /** Takes the password away; a reset link can set another. */
  forgetPassword(registration: Registration): Promise<void>;
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
  /** Confirms without a token. */
  confirmNow(registration: Registration): Promise<void>;
  /** Makes a reset token useless; one that was issued since stays. */
  dropResetToken(registration: Registration, token: EmailToken): Promise<void>;
  /** Deletes the registrations with these identity ids. */
  deleteAll(identityIds: readonly string[]): Promise<void>;
}

/** Where registrations are kept. */
export const REGISTRATIONS_COLLECTION: CollectionDefinition = {
  name: 'registrations',
  unique: ['email', 'mailbox'],
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
  const find = (email: string) => findByEmail(collection, email);
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
        mailbox: mailboxOf(email),
        passwordHash: await hasher.hash(password),
        isProven: false,
        resets: 0,
        isConfirmed: false,
        createdAt: new Date(now()),
      };
    },

    insert: (registration) => insert(collection, registration),
    adopt: (userId, identity) => adopt(collection, { userId, identity, now: now() }),

    async forgetPassword({ _id }) {
      await collection.updateOne({ _id }, FORGET_PASSWORD);
    },

    async withdraw({ _id }) {
      const { deletedCount } = await collection.deleteOne({ _id, isConfirmed: false });
      return deletedCount === 1;
    },

    verify: (input) => verify(collection, hasher, input),

    async isCurrent({ _id, resets }) {
      const stored = await collection.findOne<Registration>({ _id });
      return stored !== null && stored.resets === resets;
    },

    hasPassword: async ({ email, passwordHash = hasher.decoy }, password) =>
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
