/** The users of a store as rows, which `import users` reads. */
import type { Account, AccountDocument, Identity } from '../../account/account.ts';
import { ACCOUNTS_COLLECTION } from '../../account/accounts.ts';
import { API_KEYS_COLLECTION, type MovedApiKey, readMovedKeys } from '../../account/api-keys.ts';
import type { Registration } from '../../account/registration.ts';
import { REGISTRATIONS_COLLECTION } from '../../account/registrations.ts';
import { formatDocument } from '../../custom-data/extended-json-format.ts';
import type { DocumentCollection } from '../../store/port.ts';
import type { OpenedStore } from '../with-store.ts';
import { inBatches, readDocuments } from './read-documents.ts';

/** Accounts, then registrations that nobody has logged in with. */
export async function* readUsers(
  { store }: OpenedStore,
  withSecrets: boolean,
): AsyncGenerator<readonly unknown[]> {
  const accounts = await store.collection(ACCOUNTS_COLLECTION);
  const registrations = await store.collection(REGISTRATIONS_COLLECTION);
  const apiKeys = withSecrets ? await store.collection(API_KEYS_COLLECTION) : null;
  for await (const batch of inBatches(readDocuments(accounts))) {
    const present = (batch as AccountDocument[]).filter(({ deletedAt }) => deletedAt === undefined);
    const registered = await registrationsOf(registrations, present);
    const purges = new Map(present.map(({ _id, purges: count }) => [_id, count]));
    const keys = apiKeys === null ? undefined : await readMovedKeys(apiKeys, purges);
    yield present.map((account) => ({
      ...showAccount(account),
      ...showRegistration(registeredOf(account, registered), withSecrets),
      ...showKeys(keys?.get(account._id)),
    }));
  }
  for await (const batch of inBatches(readDocuments(registrations))) {
    const taken = await takenAmong(accounts, batch as Registration[]);
    yield (batch as Registration[])
      .filter(({ email }) => !taken.has(email))
      .map((each) => ({ ...showBare(each), ...showRegistration(each, withSecrets) }));
  }
}

async function registrationsOf(
  registrations: DocumentCollection,
  accounts: readonly Account[],
): Promise<ReadonlyMap<string, Registration>> {
  const emails = accounts.flatMap(({ identities }) => identities.filter(isEmail));
  const filter = { email: { $in: emails.map(({ externalId }) => externalId) } };
  const found = await registrations.find<Registration>(filter);
  return new Map(found.map((each) => [each.email, each]));
}

/** Not one that somebody else has made of the address before it was imported. */
function registeredOf(
  { identities }: Account,
  registered: ReadonlyMap<string, Registration>,
): Registration | undefined {
  const identity = identities.find(isEmail);
  const registration = registered.get(identity?.externalId ?? '');
  if (registration === undefined) return undefined;
  const isOwn = registration._id === identity?.id || registration.isProven !== false;
  return isOwn ? registration : undefined;
}

/** Which addresses belong to accounts. */
async function takenAmong(
  accounts: DocumentCollection,
  registrations: readonly Registration[],
): Promise<ReadonlySet<string>> {
  const keys = registrations.map(({ email }) => `local-userpass:${email}`);
  const found = await accounts.find<AccountDocument>({ identityKeys: { $in: keys } });
  const emails = found.flatMap(({ identities }) => identities.filter(isEmail));
  return new Set(emails.map(({ externalId }) => externalId));
}

function showAccount({ _id: id, createdAt, disabled, identities }: Account) {
  return {
    id,
    createdAt: createdAt.toISOString(),
    isDisabled: disabled,
    identities: identities.map((identity) => ({
      ...identity,
      data: formatDocument(identity.data, 'canonical'),
      createdAt: identity.createdAt.toISOString(),
    })),
  };
}

function showBare({ _id, createdAt, email, userId }: Registration) {
  const at = createdAt.toISOString();
  const identity = { id: _id, provider: 'local-userpass', externalId: email, createdAt: at };
  return { id: userId, createdAt: at, identities: [identity], isRegistrationOnly: true };
}

function showRegistration(registration: Registration | undefined, withSecrets: boolean) {
  if (registration === undefined) return {};
  const { isConfirmed, isProven = false, passwordHash } = registration;
  return {
    isConfirmed,
    isPasswordProven: isProven,
    ...(withSecrets && passwordHash !== undefined ? { passwordHash } : {}),
  };
}

function showKeys(keys: readonly MovedApiKey[] | undefined) {
  if (keys === undefined) return {};
  return { apiKeys: keys.map((key) => ({ ...key, createdAt: key.createdAt.toISOString() })) };
}

function isEmail({ provider }: Identity): boolean {
  return provider === 'local-userpass';
}
