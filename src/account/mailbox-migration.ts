/**
 * Format version 2: addresses that were stored with capital letters are found in every case. All others are
 * their own mailbox and stay as they are.
 */
import { mailboxOf } from '../email-address.ts';
import type { Migration } from '../store/format.ts';
import { type DocumentCollection, DuplicateKeyError, type Store } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import { type AccountDocument, mailboxKeyOf } from './account.ts';
import { ACCOUNTS_COLLECTION } from './accounts.ts';
import { inBatches } from './records.ts';
import type { Registration } from './registration.ts';
import { REGISTRATIONS_COLLECTION } from './registrations.ts';

/** The migration; of two addresses that differ in case, the older gets what they have in common. */
export const mailboxMigration: Migration = {
  to: 2,

  isDue: async (store) => (await findChanges(store).next()).done !== true,

  async run(store) {
    for await (const { collection, _id, update } of findChanges(store)) {
      try {
        await collection.updateOne({ _id }, update);
      } catch (error) {
        // It is the younger one, and goes on being found as it is written.
        if (!(error instanceof DuplicateKeyError)) throw error;
      }
    }
  },
};

interface Change {
  readonly collection: DocumentCollection;
  readonly _id: string;
  readonly update: { readonly $set: Document } | { readonly $addToSet: Document };
}

async function* findChanges(store: Store): AsyncGenerator<Change> {
  yield* findRegistrations(store);
  yield* findAccounts(store);
}

async function* findRegistrations(store: Store): AsyncGenerator<Change> {
  const collection = await store.collection(REGISTRATIONS_COLLECTION);
  for await (const { _id, email, mailbox } of readAll<Registration>(collection)) {
    if (mailbox !== undefined || email === mailboxOf(email)) continue;
    yield { collection, _id, update: { $set: { mailbox: mailboxOf(email) } } };
  }
}

async function* findAccounts(store: Store): AsyncGenerator<Change> {
  const collection = await store.collection(ACCOUNTS_COLLECTION);
  for await (const { _id, identities, identityKeys } of readAll<AccountDocument>(collection)) {
    for (const { provider, externalId } of identities) {
      if (provider !== 'local-userpass' || externalId === mailboxOf(externalId)) continue;
      const key = mailboxKeyOf(externalId);
      if (identityKeys.includes(key)) continue;
      yield { collection, _id, update: { $addToSet: { identityKeys: key } } };
    }
  }
}

/** In the order of ids, which is that of age. */
function readAll<T extends Document & { readonly _id: string }>(
  collection: DocumentCollection,
): AsyncGenerator<T> {
  return inBatches((after, limit) =>
    collection.find<T>({ _id: { $gt: after } }, { sort: { _id: 1 }, limit }),
  );
}
