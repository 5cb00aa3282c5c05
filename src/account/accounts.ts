/**
 * Accounts: who a user is, whatever way they log in.
 *
 * Everything about one account is in one document, and a unique index on the keys of its identities
 * decides every race, so no operation needs a transaction.
 */
import { isDeepStrictEqual } from 'node:util';
import { ObjectId } from '../bson.ts';
import { mailboxOf } from '../email-address.ts';
import { GatewayError, serviceUnavailable } from '../errors.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
} from '../store/port.ts';
import {
  type Account,
  type AccountDocument,
  assertEnabled,
  CUT,
  createIdentity,
  emailIdentity,
  findAccount,
  type Identity,
  identityKeyOf,
  identityKeysOf,
  mailboxKeyOf,
  NOT_DELETED,
  type ProvenIdentity,
} from './account.ts';
import { createIdentityChanges, withFreeKeys } from './account-identities.ts';
import { createAccountLists } from './account-lists.ts';

/** Finds, creates and changes accounts. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export type Accounts = ReturnType<typeof createAccounts>;

/** Where accounts are kept. */
export const ACCOUNTS_COLLECTION: CollectionDefinition = {
  name: 'accounts',
  unique: ['identityKeys'],
};

/** What accounts are made of. */
export interface AccountParts {
  /** The collection that `ACCOUNTS_COLLECTION` describes. */
  readonly collection: DocumentCollection;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** What happens around the making of an account. */
  readonly hooks?: {
    /** Runs before the account exists; if it fails, there is none. Two first log-ins at once run it twice. */
    readonly beforeCreation?: (account: Account) => Promise<void>;
    /** The id was shown to `beforeCreation`, but another log-in made the account, with another id. */
    readonly onUnusedId?: (userId: string) => Promise<void>;
    /** Completes a deletion that was cut off, so that the identity can be used again. */
    readonly completeDeletion?: (account: Account) => Promise<void>;
  };
}

/**
 * Makes what an account has from its first moment on, before anybody can find the account and change it. Not for
 * an account that another log-in was faster to make: what it returns takes everything back then.
 *
 * @param isIdNew whether the user id was made just now, so that nobody but the hooks has ever heard of it.
 */
export type Prepare = (account: Account, isIdNew: boolean) => Promise<() => Promise<void>>;

/** Creates the access to accounts. */
export function createAccounts(parts: AccountParts) {
  const { collection, now } = parts;
  return {
    /** Creates an account that only its own session can reach. */
    createAnonymous(prepare?: Prepare) {
      const id = new ObjectId().toHexString();
      const own = { id, provider: 'anon-user', externalId: id, data: {} } as const;
      return create(parts, own, prepare);
    },

    /**
     * The account of an identity, made at its first log-in; `data` replaces what was known.
     * Fails with `INVALID_CREDENTIALS` if the account is disabled, of which `onFound` hears before.
     */
    async findOrCreate(
      proven: ProvenIdentity,
      prepare?: Prepare,
      onFound?: (account: Account) => void,
    ): Promise<Account> {
      const found = await findByKey(collection, proven);
      const present = await presentOrNull(parts, found);
      // An identity with an id of its own was deleted with its account.
      if (found !== present && proven.id !== undefined) throw invalidCredentials();
      const account = present ?? (await create(parts, proven, prepare));
      onFound?.(account);
      assertEnabled(account);
      return refreshData(collection, account, proven);
    },

    /** Makes the account of an identity that seems to have none; `null` if it has one after all. */
    async createUnlessTaken(proven: ProvenIdentity, prepare?: Prepare): Promise<Account | null> {
      const made = await attempt(parts, toPromised(proven, now()), prepare);
      return made === 'taken' ? null : made;
    },

    /** The account of an identity, disabled or not, or `null`. A deletion that was cut off is completed. */
    findByIdentity: async (identity: Pick<Identity, 'provider' | 'externalId'>) =>
      presentOrNull(parts, await findByKey(collection, identity)),
    /** The account of an e-mail address as written, else of one that differs in case; as `findByIdentity`. */
    findByEmail: (email: string) => findByEmail(parts, email),
    ...createIdentityChanges(collection, now),

    ...createLookups(collection),

    /** Disables or enables the account; `null` if there is none. */
    setDisabled: (userId: string, disabled: boolean): Promise<Account | null> =>
      collection.findOneAndUpdate<AccountDocument>(
        { _id: userId, ...NOT_DELETED },
        { $set: { disabled }, ...(disabled ? CUT : {}) },
      ),

    /** Makes log-ins void that run now. Whoever ends all sessions of a user calls it first. */
    async cutSessions(userId: string) {
      await collection.updateOne({ _id: userId }, CUT, { makesRoom: true });
    },

    /**
     * From here on nobody finds the account or logs in to it; the caller deletes what belongs to it. With
     * `identityKeys` only an account that has exactly those: nobody has linked it meanwhile.
     *
     * @returns the account, also one whose deletion was begun before; `null` if there is none.
     */
    beginDeletion: (userId: string, identityKeys?: readonly string[]): Promise<Account | null> =>
      collection.findOneAndUpdate<AccountDocument>(
        { _id: userId, ...(identityKeys && { identityKeys: [...identityKeys] }) },
        { $set: { disabled: true, deletedAt: new Date(now()) }, ...CUT },
        { makesRoom: true },
      ),

    /** Removes an account whose deletion was begun. */
    async completeDeletion(userId: string) {
      await collection.deleteOne({ _id: userId, deletedAt: { $exists: true } });
    },
  };
}

/** Reads by user id. */
function createLookups(collection: DocumentCollection) {
  return {
    /** The account, disabled or not, or `null`. */
    find: (userId: string) => findAccount(collection, userId),
    /** The same, but also what is left of one whose deletion was begun. */
    findWithDeleted: (userId: string): Promise<Account | null> =>
      collection.findOne<AccountDocument>({ _id: userId }),

    ...createAccountLists(collection),
  };
}

function invalidCredentials(): GatewayError<'INVALID_CREDENTIALS'> {
  return new GatewayError('INVALID_CREDENTIALS', {});
}

function findByKey(
  collection: DocumentCollection,
  identity: Pick<Identity, 'provider' | 'externalId'>,
): Promise<Account | null> {
  return collection.findOne<AccountDocument>({ identityKeys: identityKeyOf(identity) });
}

async function findByEmail(parts: AccountParts, email: string): Promise<Account | null> {
  const small = identityKeyOf(emailIdentity(mailboxOf(email)));
  const keys = [identityKeyOf(emailIdentity(email)), small, mailboxKeyOf(email)];
  const found = await parts.collection.find<AccountDocument>({ identityKeys: { $in: keys } });
  const rankOf = ({ identityKeys }: Account) => keys.findIndex((key) => identityKeys.includes(key));
  for (const each of found.sort((a, b) => rankOf(a) - rankOf(b))) {
    const account = await presentOrNull(parts, each);
    if (account !== null) return account;
  }
  return null;
}

/** Only an account of the present counts; the remains of a deleted one are removed. */
async function presentOrNull(
  { hooks }: AccountParts,
  found: Account | null,
): Promise<Account | null> {
  if (found?.deletedAt === undefined) return found;
  await hooks?.completeDeletion?.(found);
  return null;
}

/** Of two first log-ins at once the second finds the account that the first has made. */
async function create(
  parts: AccountParts,
  proven: ProvenIdentity,
  prepare: Prepare | undefined,
): Promise<Account> {
  const { collection, hooks, now } = parts;
  const promised = toPromised(proven, now());
  const made = await attempt(parts, promised, prepare);
  if (made !== 'taken') return made;
  const userId = promised.account._id;
  // Also where a driver that retries without the server's help collides with its own first try.
  const winner = await findByKey(collection, proven);
  if (winner !== null && winner.deletedAt === undefined) {
    if (winner._id !== userId) await hooks?.onUnusedId?.(userId);
    return winner;
  }
  // The promised id is that of an account which the identity was removed from.
  if (winner === null && (await findAccount(collection, userId)) !== null) {
    throw invalidCredentials();
  }
  // It was deleted again, all at the same moment: the next try finds the way clear.
  throw serviceUnavailable(new DuplicateKeyError('The account was made and deleted meanwhile'));
}

/** An account that is to be made. */
interface Promised {
  readonly account: Account;
  readonly identity: Identity;
  readonly isIdNew: boolean;
}

function toPromised(proven: ProvenIdentity, now: number): Promised {
  const { userId = new ObjectId().toHexString() } = proven;
  const identity = createIdentity(proven, now);
  const account = {
    _id: userId,
    createdAt: new Date(now),
    disabled: false,
    identities: [identity],
    identityKeys: identityKeysOf(identity),
  };
  return { account, identity, isIdNew: proven.userId === undefined };
}

/** Makes the account, unless its identity or its id is taken. */
async function attempt(
  { collection, hooks }: AccountParts,
  { account, identity, isIdNew }: Promised,
  prepare: Prepare | undefined,
): Promise<Account | 'taken'> {
  await hooks?.beforeCreation?.(account);
  const takeBack = await prepare?.(account, isIdNew);
  const made = await withFreeKeys(identity, async (identityKeys) => {
    const keyed = { ...account, identityKeys };
    await collection.insertOne(keyed);
    return keyed;
  });
  if (made === 'taken') await takeBack?.();
  return made;
}

/** Stores what the provider says now, if it says something else than before. */
async function refreshData(
  collection: DocumentCollection,
  account: Account,
  proven: ProvenIdentity,
): Promise<Account> {
  const index = account.identities.findIndex(
    ({ provider, externalId }) => provider === proven.provider && externalId === proven.externalId,
  );
  const identity = account.identities[index];
  if (identity === undefined || isDeepStrictEqual(identity.data, proven.data)) return account;
  const updated = await collection.findOneAndUpdate<AccountDocument>(
    { _id: account._id, [`identities.${index}.id`]: identity.id },
    { $set: { [`identities.${index}.data`]: proven.data } },
  );
  return updated ?? account;
}
