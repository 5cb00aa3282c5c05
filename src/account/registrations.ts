/**
 * Registered e-mail addresses: the credentials of `local-userpass`, with confirmation and reset.
 *
 * A registration is not an account. It proves an identity, as an external provider does, and the
 * first log-in makes the account under the user id that the registration promised; or the identity
 * is linked to an account that exists, and the promised id is never used.
 */
import { ObjectId } from '../bson.ts';
import { mailboxOf } from '../email-address.ts';
import { GatewayError, isGatewayError, serviceUnavailable } from '../errors.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
} from '../store/port.ts';
import type { Identity } from './account.ts';
import { createTokenUses } from './email-tokens.ts';
import type { PasswordHasher } from './passwords.ts';
import { insertOnce } from './records.ts';
import {
  assertEmail,
  type EmailPassword,
  FORGET_PASSWORD,
  findByEmail,
  isTooLong,
  type Registration,
  type RegistrationParts,
} from './registration.ts';

/** Keeps registrations. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export type Registrations = ReturnType<typeof createRegistrations>;

/** Where registrations are kept. */
export const REGISTRATIONS_COLLECTION: CollectionDefinition = {
  name: 'registrations',
  unique: ['email', 'mailbox'],
  indexes: ['userId', 'confirmation.id', 'reset.id'],
};

/** Creates the access to registrations. */
export function createRegistrations(parts: RegistrationParts) {
  const { assertNewPassword, collection, now, hasher } = parts;
  const find = (email: string) => findByEmail(collection, email);
  return {
    /** The registration of the address as written, else of one that differs in case. */
    find,
    /** Fails with `BAD_USER_INPUT` unless the password may be chosen, and stores nothing. */
    assertNewPassword,
    /** The registration that promised this user id, or `null`. */
    findByUserId: (userId: string) => collection.findOne<Registration>({ userId }),

    /** Checks and hashes, stores nothing. Fails with `BAD_USER_INPUT`, or `ACCOUNT_EXISTS`. */
    async prepare({ email, password }: EmailPassword): Promise<Registration> {
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

    /** Fails with `ACCOUNT_EXISTS`. */
    async insert(registration: Registration) {
      if (!(await insertOnce(collection, registration)))
        throw new GatewayError('ACCOUNT_EXISTS', {});
    },

    /**
     * The registration of an address that an account owns by import, made if need be: it is confirmed, and has
     * no password, so there is nothing unproven to replace.
     */
    async adopt(userId: string, { id, externalId: email }: Identity) {
      const proven = { isProven: true, resets: 0, isConfirmed: true, createdAt: new Date(now()) };
      await insertOnce(collection, {
        _id: id,
        userId,
        email,
        mailbox: mailboxOf(email),
        ...proven,
      });
      // Another request may have made it, or somebody registered the address.
      const found = await find(email);
      if (found !== null) return found;
      throw serviceUnavailable(new DuplicateKeyError('The address was registered and given up'));
    },

    ...createRemovals(collection),
    ...createPasswordUses(collection, hasher),
    ...createTokenUses(parts),
  };
}

/** Creates what takes registrations away. */
function createRemovals(collection: DocumentCollection) {
  return {
    /** At most `limit` registrations in the order of ids, those between `after` and `before`. */
    listBefore: (after: string, before: string, limit: number) =>
      collection.find<Registration>(
        { _id: { $gt: after, $lt: before } },
        { sort: { _id: 1 }, limit },
      ),

    /** Takes the registration back; `false` if it was confirmed meanwhile, and stays. */
    async withdraw({ _id }: Registration) {
      const { deletedCount } = await collection.deleteOne({ _id, isConfirmed: false });
      return deletedCount === 1;
    },

    /** Deletes the registrations with these identity ids. */
    async deleteAll(identityIds: readonly string[]) {
      await collection.deleteMany({ _id: { $in: [...identityIds] } });
    },
  };
}

/** Creates what is done with passwords. */
function createPasswordUses(collection: DocumentCollection, hasher: PasswordHasher) {
  return {
    /**
     * Fails with `INVALID_CREDENTIALS`, in the same time whether the address is registered or not, and with
     * `RATE_LIMITED` alike; with the reason `NOT_CONFIRMED` only to someone who knows the password.
     */
    async verify({ email, password }: EmailPassword): Promise<Registration> {
      if (isTooLong({ email, password })) throw new GatewayError('INVALID_CREDENTIALS', {});
      const registration = await findByEmail(collection, email);
      const passwordHash = registration?.passwordHash;
      // Without a registration the decoy is verified, so that the time tells nothing.
      const matches = await hasher.verify(passwordHash ?? hasher.decoy, password);
      if (registration === null || passwordHash === undefined || !matches) {
        throw new GatewayError('INVALID_CREDENTIALS', {});
      }
      if (!registration.isConfirmed) {
        throw new GatewayError('INVALID_CREDENTIALS', { reason: 'NOT_CONFIRMED' });
      }
      if (hasher.isOutdated(passwordHash)) {
        await renewHash(collection, hasher, registration._id, { passwordHash, password });
      }
      return registration;
    },

    /** Whether the registration is there and its password was not reset since it was read. */
    async isCurrent({ _id, resets }: Registration) {
      const stored = await collection.findOne<Registration>({ _id });
      return stored !== null && stored.resets === resets;
    },

    /** Whether this is the password of the registration. */
    hasPassword: async ({ email, passwordHash = hasher.decoy }: Registration, password: string) =>
      !isTooLong({ email, password }) && (await hasher.verify(passwordHash, password)),

    /** Takes the password away; a reset link can set another. */
    async forgetPassword({ _id }: Registration) {
      await collection.updateOne({ _id }, FORGET_PASSWORD);
    },
  };
}

/** With too many passwords in line the old hash stays until the next log-in: this one was right. */
async function renewHash(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  _id: string,
  { passwordHash, password }: { readonly passwordHash: string; readonly password: string },
): Promise<void> {
  try {
    const renewed = await hasher.hash(password);
    // The old hash in the filter: a password changed meanwhile must not be changed back.
    await collection.updateOne({ _id, passwordHash }, { $set: { passwordHash: renewed } });
  } catch (error) {
    if (!isGatewayError(error, 'RATE_LIMITED')) throw error;
  }
}
