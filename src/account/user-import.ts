/**
 * Users from elsewhere, put into the store a batch at a time while gateways run.
 *
 * Each user is one insertion of an account, and then one of a registration if there is a password. What is there
 * already is left as it is, so that an import that was cut off is simply run again.
 */
import { createHash } from 'node:crypto';
import { mailboxOf } from '../email-address.ts';
import { type DocumentCollection, DuplicateKeyError } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import {
  type Account,
  type AccountDocument,
  type Identity,
  identityKeyOf,
  identityKeysOf,
} from './account.ts';
import { type MovedApiKey, toStoredKeys } from './api-keys.ts';
import type { Registration } from './registration.ts';

/** A user who is to be imported. */
export interface ImportedUser {
  /** 24 hex digits. */
  readonly id: string;
  readonly createdAt: Date;
  readonly isDisabled: boolean;
  /** At least one, and one e-mail address at most. */
  readonly identities: readonly Identity[];
  /** Of the e-mail address; one that `parseForeignHash` takes. */
  readonly passwordHash?: string | undefined;
  /** Good here as they were there. */
  readonly apiKeys: readonly MovedApiKey[];
  /** Whether the address may be logged in with. */
  readonly isConfirmed: boolean;
  /** Whether the password is known to be chosen by who reads the mailbox. */
  readonly isProven: boolean;
  /** A registration that nobody has logged in with: there is no account yet. */
  readonly isRegistrationOnly: boolean;
}

/** What became of a user. */
export type ImportOutcome =
  | { readonly type: 'IMPORTED' | 'PRESENT'; readonly hasLostPassword?: boolean }
  | { readonly type: 'REFUSED'; readonly reason: string };

/** What an import is made of. */
export interface UserImportParts {
  /** The collection that `ACCOUNTS_COLLECTION` describes. */
  readonly accounts: DocumentCollection;
  /** The collection that `REGISTRATIONS_COLLECTION` describes. */
  readonly registrations: DocumentCollection;
  /** The collection that `API_KEYS_COLLECTION` describes. */
  readonly apiKeys: DocumentCollection;
  /** Whether nothing is to be written. */
  readonly isDryRun: boolean;
}

/** Imports the users of one batch; `outcomes` has one for each, in order. */
export type ImportUsers = (users: readonly ImportedUser[]) => Promise<readonly ImportOutcome[]>;

/** Creates the import. Two users of one batch must not have an id or an identity in common. */
export function createUserImport(parts: UserImportParts): ImportUsers {
  return async (users) => {
    const stored = await readStored(parts, users);
    return Promise.all(users.map((user) => importUser(parts, user, stored)));
  };
}

/** 24 hex digits that are the same whenever they are made of the same text. */
export function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/** What the store has already of a batch. */
interface Stored {
  readonly byId: ReadonlyMap<string, Account>;
  readonly byKey: ReadonlyMap<string, Account>;
  readonly registrations: ReadonlyMap<string, Registration>;
}

async function readStored(
  { accounts, registrations }: UserImportParts,
  users: readonly ImportedUser[],
): Promise<Stored> {
  const ids = users.map(({ id }) => id);
  const keys = users.flatMap(({ identities }) => identities.map(identityKeyOf));
  const emails = users.flatMap((user) => emailOf(user)?.externalId ?? []);
  const [byId, byKey, registered] = await Promise.all([
    accounts.find<AccountDocument>({ _id: { $in: ids } }),
    accounts.find<AccountDocument>({ identityKeys: { $in: keys } }),
    registrations.find<Registration>({ email: { $in: emails } }),
  ]);
  return {
    byId: new Map(byId.map((account) => [account._id, account])),
    byKey: new Map(
      byKey.flatMap((account) => account.identityKeys.map((key) => [key, account] as const)),
    ),
    registrations: new Map(registered.map((each) => [each.email, each])),
  };
}

async function importUser(
  parts: UserImportParts,
  user: ImportedUser,
  stored: Stored,
): Promise<ImportOutcome> {
  const reason = obstacleTo(user, stored);
  if (reason !== undefined) return { type: 'REFUSED', reason };
  const account = stored.byId.get(user.id);
  if (account === undefined && !user.isRegistrationOnly && !parts.isDryRun) {
    // Before the account: nobody can use them yet, and who is there already has the keys that they have.
    for (const key of toStoredKeys(user.id, user.apiKeys)) await insertOnce(parts.apiKeys, key);
    if (!(await insertAccount(parts.accounts, user))) {
      return { type: 'REFUSED', reason: 'Somebody else has got the id or an identity meanwhile' };
    }
  }
  const registration = await importRegistration(parts, user, stored);
  const isPresent = user.isRegistrationOnly ? registration !== 'MADE' : account !== undefined;
  return {
    type: isPresent ? 'PRESENT' : 'IMPORTED',
    ...(registration === 'OTHER' ? { hasLostPassword: true } : {}),
  };
}

/** Why the user cannot be imported; nothing if all is well, or the user is there already. */
function obstacleTo(
  user: ImportedUser,
  { byId, byKey, registrations }: Stored,
): string | undefined {
  const account = byId.get(user.id);
  if (account?.deletedAt !== undefined) return 'A user with the id is being deleted';
  const keys = user.identities.map(identityKeyOf);
  if (account !== undefined && !keys.every((key) => account.identityKeys.includes(key))) {
    return 'Another user has the id';
  }
  for (const identity of user.identities) {
    const owner = byKey.get(identityKeyOf(identity));
    if (owner === undefined || owner._id === user.id) continue;
    return `The user ${owner._id} has the identity of "${identity.provider}"`;
  }
  const registered = registrations.get(emailOf(user)?.externalId ?? '');
  if (user.isRegistrationOnly && registered !== undefined && registered.userId !== user.id) {
    return 'The e-mail address is registered already';
  }
  return undefined;
}

/** Whether the account is there now. */
async function insertAccount(accounts: DocumentCollection, user: ImportedUser): Promise<boolean> {
  const { createdAt, id: _id, identities, isDisabled: disabled } = user;
  // A mailbox may be another account's, whose address differs in case: each is then found as it is written.
  for (const keysOf of [identityKeysOf, ownKeysOf]) {
    const identityKeys = identities.flatMap(keysOf);
    if (await insertOnce(accounts, { _id, createdAt, disabled, identities, identityKeys })) {
      return true;
    }
  }
  const found = await accounts.findOne<AccountDocument>({ _id });
  return found !== null && identities.every((each) => hasKey(found, each));
}

/** `MADE`: it is there now; `OTHER`: somebody else's is; `NONE`: there is none to make. */
async function importRegistration(
  { isDryRun, registrations }: UserImportParts,
  user: ImportedUser,
  stored: Stored,
): Promise<'MADE' | 'PRESENT' | 'OTHER' | 'NONE'> {
  const { createdAt, id: userId, isConfirmed, isProven, passwordHash } = user;
  const identity = emailOf(user);
  if (identity === undefined) return 'NONE';
  if (passwordHash === undefined && !user.isRegistrationOnly) return 'NONE';
  const email = identity.externalId;
  const found = stored.registrations.get(email);
  if (found !== undefined) return found.userId === userId ? 'PRESENT' : 'OTHER';
  if (isDryRun) return 'MADE';
  const account = stored.byId.get(userId);
  const own = account?.identities.find((each) => identityKeyOf(each) === identityKeyOf(identity));
  const registration = {
    _id: (own ?? identity).id,
    ...{ userId, email, isProven, resets: 0, isConfirmed, createdAt },
    ...(passwordHash === undefined ? {} : { passwordHash }),
  };
  const mailbox = mailboxOf(email);
  if (await insertOnce(registrations, { ...registration, mailbox })) return 'MADE';
  return (await insertOnce(registrations, registration)) ? 'MADE' : 'OTHER';
}

function ownKeysOf(identity: Identity): string[] {
  return [identityKeyOf(identity)];
}

function hasKey({ identityKeys }: Account, identity: Identity): boolean {
  return identityKeys.includes(identityKeyOf(identity));
}

function emailOf({ identities }: ImportedUser): Identity | undefined {
  return identities.find(({ provider }) => provider === 'local-userpass');
}

async function insertOnce(collection: DocumentCollection, document: Document): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (error) {
    if (error instanceof DuplicateKeyError) return false;
    throw error;
  }
}
