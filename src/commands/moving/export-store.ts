/** `custom-user-data export`: what `import` reads back. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account, AccountDocument, Identity } from '../../account/account.ts';
import { ACCOUNTS_COLLECTION } from '../../account/accounts.ts';
import { API_KEYS_COLLECTION, type MovedApiKey, readMovedKeys } from '../../account/api-keys.ts';
import type { Registration } from '../../account/registration.ts';
import { REGISTRATIONS_COLLECTION } from '../../account/registrations.ts';
import type { Config } from '../../config.ts';
import { formatDocument } from '../../custom-data/extended-json-format.ts';
import { createLog } from '../../log.ts';
import { customDataCollections } from '../../open-store.ts';
import type { DocumentCollection } from '../../store/port.ts';
import { type CommandLine, describeError, requireConfig } from '../command-line.ts';
import { type OpenedStore, withStore } from '../with-store.ts';
import { createProgress } from './progress.ts';
import { readDocuments } from './read-documents.ts';
import { createSideFile } from './side-file.ts';

/** Options of `export`. */
export interface ExportOptions {
  /** Whether hashes of passwords and API keys are exported as well. */
  readonly withSecrets?: boolean;
  readonly json?: boolean;
}

const BATCH = 200;
const OWNER_ONLY = 0o700;

/** Exports users and documents into a directory that is empty or not there. */
export async function exportStore(
  line: CommandLine,
  directory: string,
  options: ExportOptions,
): Promise<void> {
  const config = requireConfig(line);
  try {
    await withStore(config, createLog('warn', { write: line.writeError }), async (opened) => {
      await makeDirectory(directory);
      const counts = {
        users: await writeRows(line, directory, 'users', readUsers(opened, options)),
        documents: await writeRows(line, directory, 'documents', readRows(opened, config)),
      };
      const { kind } = opened.store;
      const { withSecrets = false } = options;
      const createdAt = new Date(opened.now()).toISOString();
      const manifest = createSideFile(join(directory, 'manifest.json'));
      await manifest.write([{ createdAt, store: kind, hasSecrets: withSecrets, ...counts }]);
      await manifest.close();
      const { users, documents } = counts;
      line.write(
        options.json
          ? `${JSON.stringify({ directory, ...counts })}\n`
          : `${directory}: ${users} users, ${documents} documents\n`,
      );
    });
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY });
  if ((await readdir(directory)).length > 0) throw new Error(`"${directory}" is not empty`);
}

/** How many rows there were. */
async function writeRows(
  line: CommandLine,
  directory: string,
  what: string,
  batches: AsyncIterable<readonly unknown[]>,
): Promise<number> {
  const file = createSideFile(join(directory, `${what}.ndjson`));
  const clock = () => performance.now();
  const onProgress = createProgress({ what, total: 0, write: line.writeError, clock });
  let count = 0;
  try {
    for await (const rows of batches) {
      await file.write(rows);
      count += rows.length;
      onProgress(0, count);
    }
  } finally {
    await file.close();
  }
  return count;
}

/** The documents with every type kept, as they are stored. */
async function* readRows(
  { store }: OpenedStore,
  config: Config,
): AsyncGenerator<readonly unknown[]> {
  const [definition] = customDataCollections(config);
  const collection = await store.collection(definition);
  for await (const documents of inBatches(readDocuments(collection))) {
    const stored = await Promise.all(documents.map(({ _id }) => collection.findStored({ _id })));
    yield stored.flatMap((each) =>
      each === null ? [] : [formatDocument(each.document, 'canonical')],
    );
  }
}

/** Accounts, then registrations that nobody has logged in with. */
async function* readUsers(
  { store }: OpenedStore,
  { withSecrets = false }: ExportOptions,
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

async function* inBatches<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
