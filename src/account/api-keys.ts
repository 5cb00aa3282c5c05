/** API keys: secrets that log in to the account of the user who made them. */
import { createHash, randomBytes } from 'node:crypto';
import { ObjectId } from '../bson.ts';
import { badInput, GatewayError } from '../errors.ts';
import type { CollectionDefinition, DocumentCollection } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import { insertOnce } from './records.ts';

/** An API key as it is shown after it was made. */
export interface ApiKey {
  /** 24 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly isDisabled: boolean;
  readonly createdAt: Date;
}

/** A new API key with its secret, which is shown this once. */
export interface CreatedApiKey extends ApiKey {
  /** 64 characters, base64url. */
  readonly key: string;
}

/**
 * Keeps API keys. Every operation may fail with `SERVICE_UNAVAILABLE`. `purges` is `Account.purges` when the
 * session began that asks: keys of an earlier count are disabled, and so is what such a session makes.
 */
export type ApiKeys = ReturnType<typeof createApiKeys>;

/** Where API keys are kept. */
export const API_KEYS_COLLECTION: CollectionDefinition = {
  name: 'api-keys',
  unique: ['hash', 'nameKey', 'place'],
  indexes: ['userId'],
};

/** Most API keys of one user, as in App Services. */
export const MAX_API_KEYS = 20;

/** An API key as the store keeps it. */
interface ApiKeyDocument extends Document {
  readonly _id: string;
  readonly userId: string;
  readonly name: string;
  /** User id and name: makes names unique per user. */
  readonly nameKey: string;
  /** User id and a number below `MAX_API_KEYS`: bounds the keys of a user, under races too. */
  readonly place: string;
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
  readonly isDisabled: boolean;
  readonly createdAt: Date;
  /** When somebody first logged in with it; absent: not since the version that notes it. */
  readonly firstUsedAt?: Date;
  /** `Account.purges` of the session that made or enabled it; absent: none. */
  readonly purges?: number;
}

/** An API key that is good. */
export interface VerifiedKey extends Pick<ApiKeyDocument, 'userId' | 'purges'> {
  readonly id: string;
  /** Whether nobody has logged in with it yet. */
  readonly isUnused: boolean;
}

const SECRET_BYTES = 48;
/** The characters are those of App Services. */
const NAME = /^[A-Za-z0-9_-]+$/;
const MAX_NAME_LENGTH = 100;
/** Longest text worth hashing. */
const MAX_KEY_LENGTH = 256;

/** An API key that is moved to another store: it stays good there. */
export interface MovedApiKey extends ApiKey {
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
}

/** The keys of a user as they are stored, in the order of `keys`, of which there are `MAX_API_KEYS` at most. */
export function toStoredKeys(userId: string, keys: readonly MovedApiKey[]): ApiKeyDocument[] {
  return keys.map(({ id, ...key }, number) => ({
    _id: id,
    userId,
    ...key,
    nameKey: `${userId}:${key.name}`,
    place: `${userId}:${number}`,
  }));
}

/** The keys of some users in `collection`, as they are moved. `purgesOf`: `Account.purges` by user id. */
export async function readMovedKeys(
  collection: DocumentCollection,
  purgesOf: ReadonlyMap<string, number | undefined>,
): Promise<ReadonlyMap<string, readonly MovedApiKey[]>> {
  const filter = { userId: { $in: [...purgesOf.keys()] } };
  const found = await collection.find<ApiKeyDocument>(filter, { sort: { _id: 1 } });
  const moved = new Map<string, MovedApiKey[]>();
  for (const key of found) {
    const keys = moved.get(key.userId) ?? [];
    keys.push({ ...toApiKey(key, purgesOf.get(key.userId)), hash: key.hash });
    moved.set(key.userId, keys);
  }
  return moved;
}

/** Creates the access to the API keys in `collection`. `now` is epoch milliseconds. */
export function createApiKeys(collection: DocumentCollection, now: () => number) {
  // By `_id` alone, which every database looks up in its primary index.
  const find = async (userId: string, id: string) => {
    const found = await collection.findOne<ApiKeyDocument>({ _id: id });
    return found?.userId === userId ? found : null;
  };
  const list = (userId: string) =>
    collection.find<ApiKeyDocument>({ userId }, { sort: { _id: 1 } });

  return {
    /** Fails with `API_KEY_EXISTS`, or `BAD_USER_INPUT` for a bad name or one key too many. */
    async create(userId: string, name: string, purges?: number): Promise<CreatedApiKey> {
      assertName(name);
      const key = randomBytes(SECRET_BYTES).toString('base64url');
      const _id = new ObjectId().toHexString();
      const document = {
        _id,
        userId,
        name,
        nameKey: `${userId}:${name}`,
        hash: hashKey(key),
        isDisabled: false,
        createdAt: new Date(now()),
        ...(purges === undefined ? {} : { purges }),
      };
      // Each turn meets one more key that another request has made meanwhile, so this ends.
      for (;;) {
        const place = freePlace(userId, name, await list(userId));
        if (await insertOnce(collection, { ...document, place })) break;
      }
      return { ...toApiKey(document, purges), key };
    },

    /** The oldest first. */
    list: async (userId: string, purges?: number) =>
      (await list(userId)).map((key) => toApiKey(key, purges)),

    /** Fails with `API_KEY_NOT_FOUND`, as `setDisabled` and `delete`. */
    async find(userId: string, id: string, purges?: number) {
      return toApiKey((await find(userId, id)) ?? throwNotFound(), purges);
    },

    async setDisabled(userId: string, id: string, isDisabled: boolean, purges?: number) {
      const filter = { _id: id, userId };
      const madeAt = isDisabled || purges === undefined ? {} : { purges };
      const update = { $set: { isDisabled, ...madeAt } };
      const { matchedCount } = await collection.updateOne(filter, update);
      if (matchedCount === 0) throwNotFound();
    },

    async delete(userId: string, id: string) {
      const { deletedCount } = await collection.deleteOne({ _id: id, userId });
      if (deletedCount === 0) throwNotFound();
    },

    /** Which of these users have API keys. */
    async ownersAmong(userIds: readonly string[]): Promise<ReadonlySet<string>> {
      const found = await collection.find<ApiKeyDocument>({ userId: { $in: [...userIds] } });
      return new Set(found.map(({ userId }) => userId));
    },

    async deleteAll(userId: string) {
      await collection.deleteMany({ userId });
    },

    ...createLogInUses(collection, now),
  };
}

/** What a log-in does with a key. */
function createLogInUses(collection: DocumentCollection, now: () => number) {
  return {
    /**
     * Whose key it is, and `Account.purges` when it was made or enabled: with another one by now it is disabled.
     * Fails with `INVALID_CREDENTIALS` if there is none or it is disabled; of the owner `onFound` hears before.
     */
    async verify(key: string, onFound?: (userId: string) => void): Promise<VerifiedKey> {
      const found =
        key.length > MAX_KEY_LENGTH
          ? null
          : await collection.findOne<ApiKeyDocument>({ hash: hashKey(key) });
      if (found !== null) onFound?.(found.userId);
      if (found === null || found.isDisabled) throw new GatewayError('INVALID_CREDENTIALS', {});
      const { _id: id, firstUsedAt, purges, userId } = found;
      const isUnused = firstUsedAt === undefined;
      return { id, userId, isUnused, ...(purges === undefined ? {} : { purges }) };
    },

    /** Notes that the key was logged in with; `false`: it had been before. */
    async noteFirstUse(id: string): Promise<boolean> {
      const filter = { _id: id, firstUsedAt: { $exists: false } };
      const update = { $set: { firstUsedAt: new Date(now()) } };
      return (await collection.updateOne(filter, update)).matchedCount === 1;
    },
  };
}

function assertName(name: string): void {
  if (NAME.test(name) && name.length <= MAX_NAME_LENGTH) return;
  const rule = NAME.test(name)
    ? `can have at most ${MAX_NAME_LENGTH} characters`
    : 'can only contain ASCII letters, numbers, underscores, and hyphens';
  throw badInput(`The name of an API key ${rule}`, '/name');
}

/** The first place that none of the user's keys has. */
function freePlace(userId: string, name: string, taken: readonly ApiKeyDocument[]): string {
  if (taken.some((key) => key.name === name)) throw new GatewayError('API_KEY_EXISTS', {});
  const places = new Set(taken.map(({ place }) => place));
  for (let number = 0; number < MAX_API_KEYS; number += 1) {
    const place = `${userId}:${number}`;
    if (!places.has(place)) return place;
  }
  throw badInput(`A user has at most ${MAX_API_KEYS} API keys`);
}

/** The secret has 384 random bits: a slow hash would protect it no better. */
function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

type ShownFields = Pick<ApiKeyDocument, '_id' | 'name' | 'isDisabled' | 'createdAt' | 'purges'>;

function toApiKey(
  { _id, name, isDisabled, createdAt, purges: madeAt }: ShownFields,
  purges: number | undefined,
): ApiKey {
  return { id: _id, name, isDisabled: isDisabled || madeAt !== purges, createdAt };
}

function throwNotFound(): never {
  throw new GatewayError('API_KEY_NOT_FOUND', {});
}
