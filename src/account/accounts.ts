/** Accounts: who a user is, whatever way they log in. */
import { isDeepStrictEqual } from 'node:util';
import { ObjectId } from '../bson.ts';
import { GatewayError } from '../errors.ts';
import {
  type CollectionDefinition,
  type Document,
  type DocumentCollection,
  DuplicateKeyError,
} from '../store/port.ts';
import { assertEmail, assertNewPassword, isTooLong } from './email-password.ts';
import { createIdentity, type Identity, type IdentityInput, identityKeyOf } from './identities.ts';
import { createPasswordHasher, type PasswordHasher } from './passwords.ts';

/** A user of the gateway. */
export interface Account {
  /** The user id: 24 hex digits, never changed. */
  readonly _id: string;
  readonly createdAt: Date;
  /** A disabled account cannot be logged in to. */
  readonly disabled: boolean;
  readonly identities: readonly Identity[];
  /** One key per identity, unique among all accounts: what a log-in looks up. */
  readonly identityKeys: readonly string[];
}

/** An e-mail address, compared exactly as written, and a password. */
export interface EmailPassword {
  readonly email: string;
  readonly password: string;
}

/** What an external provider says about who logs in. */
export interface ExternalLogIn {
  readonly provider: Exclude<Identity['provider'], 'anon-user' | 'local-userpass'>;
  readonly externalId: string;
  readonly data: Document;
}

/** Finds and creates accounts. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface Accounts {
  /** Creates an account that only its own session can reach. */
  createAnonymous(): Promise<Account>;
  /** Fails with `ACCOUNT_EXISTS`, or `BAD_USER_INPUT` for a bad e-mail address or password. */
  registerEmailPassword(input: EmailPassword): Promise<Account>;
  /** Fails with `INVALID_CREDENTIALS`, in the same time whether the account exists or not. */
  verifyEmailPassword(input: EmailPassword): Promise<Account>;
  /**
   * The account of an external identity, made at its first log-in; `data` replaces what was known.
   * Fails with `INVALID_CREDENTIALS` if the account is disabled.
   */
  findOrCreate(logIn: ExternalLogIn): Promise<Account>;
  /** The account, disabled or not, or `null`. */
  find(userId: string): Promise<Account | null>;
}

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
  readonly hasher?: PasswordHasher;
}

/** Creates the access to accounts. */
export function createAccounts({
  collection,
  now,
  hasher = createPasswordHasher(),
}: AccountParts): Accounts {
  const insert = (input: IdentityInput) => insertAccount(collection, createIdentity(input, now()));

  return {
    createAnonymous: () => insert({ provider: 'anon-user', data: {} }),

    async registerEmailPassword({ email, password }) {
      assertEmail(email);
      assertNewPassword(password);
      const passwordHash = await hasher.hash(password);
      try {
        return await insert({
          provider: 'local-userpass',
          externalId: email,
          data: { email },
          passwordHash,
        });
      } catch (error) {
        if (error instanceof DuplicateKeyError) throw new GatewayError('ACCOUNT_EXISTS', {});
        throw error;
      }
    },

    verifyEmailPassword: (input) => verifyEmailPassword(collection, hasher, input),

    async findOrCreate(logIn) {
      const account =
        (await findByIdentity(collection, logIn)) ??
        (await insertOrFind(collection, logIn, insert));
      if (account.disabled) throw invalidCredentials();
      return refreshData(collection, account, logIn);
    },

    find: (userId) => collection.findOne<AccountDocument>({ _id: userId }),
  };
}

/** An account as the store types it. */
type AccountDocument = Account & Document;
type IdentityKey = Pick<Identity, 'provider' | 'externalId'>;

async function insertAccount(collection: DocumentCollection, identity: Identity): Promise<Account> {
  const account: AccountDocument = {
    _id: new ObjectId().toHexString(),
    createdAt: identity.createdAt,
    disabled: false,
    identities: [identity],
    identityKeys: [identityKeyOf(identity)],
  };
  try {
    await collection.insertOne(account);
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    // A driver that retries on a server without deduplication collides with its own first try.
    const own = await collection.findOne<AccountDocument>({ _id: account._id });
    if (own === null) throw error;
  }
  return account;
}

function findByIdentity(
  collection: DocumentCollection,
  identity: IdentityKey,
): Promise<Account | null> {
  return collection.findOne<AccountDocument>({ identityKeys: identityKeyOf(identity) });
}

/** Of two first log-ins at once the second finds the account that the first has made. */
async function insertOrFind(
  collection: DocumentCollection,
  logIn: ExternalLogIn,
  insert: (input: IdentityInput) => Promise<Account>,
): Promise<Account> {
  try {
    return await insert(logIn);
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    const winner = await findByIdentity(collection, logIn);
    if (winner === null) throw error;
    return winner;
  }
}

async function verifyEmailPassword(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  { email, password }: EmailPassword,
): Promise<Account> {
  if (isTooLong({ email, password })) throw invalidCredentials();
  const key = { provider: 'local-userpass', externalId: email } as const;
  const account = await findByIdentity(collection, key);
  const index = account === null ? -1 : indexOfIdentity(account, key);
  const passwordHash = account?.identities[index]?.passwordHash;
  // Without an account the decoy is verified, so that the time tells nothing.
  const matches = await hasher.verify(passwordHash ?? hasher.decoy, password);
  if (account === null || passwordHash === undefined || !matches || account.disabled) {
    throw invalidCredentials();
  }
  if (hasher.isOutdated(passwordHash)) {
    const field = `identities.${index}.passwordHash`;
    // The old hash in the filter: a password changed meanwhile must not be changed back.
    await collection.updateOne(
      { _id: account._id, [field]: passwordHash },
      { $set: { [field]: await hasher.hash(password) } },
    );
  }
  return account;
}

/** Stores what the provider says now, if it says something else than before. */
async function refreshData(
  collection: DocumentCollection,
  account: Account,
  logIn: ExternalLogIn,
): Promise<Account> {
  const index = indexOfIdentity(account, logIn);
  const identity = account.identities[index];
  if (identity === undefined || isDeepStrictEqual(identity.data, logIn.data)) return account;
  const updated = await collection.findOneAndUpdate<AccountDocument>(
    { _id: account._id, [`identities.${index}.id`]: identity.id },
    { $set: { [`identities.${index}.data`]: logIn.data } },
  );
  return updated ?? account;
}

function indexOfIdentity(account: Account, { provider, externalId }: IdentityKey): number {
  return account.identities.findIndex(
    (identity) => identity.provider === provider && identity.externalId === externalId,
  );
}

function invalidCredentials(): GatewayError<'INVALID_CREDENTIALS'> {
  return new GatewayError('INVALID_CREDENTIALS', {});
}
