/**
 * The stored history: for each user a list of entries that only grows at its end and only shrinks at
 * its beginning.
 *
 * The store refuses a number that is taken, so of two gateways that add an entry one comes second and
 * knows it; no clock decides about the order.
 */
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
  type Filter,
} from '../../store/port.ts';
import { entryId, type HistoryEntry, type Intent, MAX_HISTORY_BYTES } from './entry.ts';

/** Where histories live: in the gateway's own database, apart from the documents. */
export const HISTORY_COLLECTION: CollectionDefinition = {
  name: 'custom-data-history',
  indexes: ['userId'],
};

/** Which entries are listed. */
export interface ListRange {
  /** Only those before the one with this number; absent: from the newest on. */
  readonly before?: number | undefined;
  /** How many at most. */
  readonly limit: number;
}

/** Access to the stored histories. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export type HistoryEntries = ReturnType<typeof createHistoryEntries>;

/** Numbers that no entry reaches. */
const END = 10 ** 10 - 1;
/** A number of intents that only an outage leads to; those beyond are not noted. */
const MAX_INTENTS = 50;
const NEWEST_FIRST = { _id: -1 } as const;
const OLDEST_FIRST = { _id: 1 } as const;

/**
 * Creates the access to the histories in a collection. `keep` is how many revisions are kept; one entry
 * more is, to tell what the oldest of them changed.
 */
export function createHistoryEntries(collection: DocumentCollection, keep: number) {
  return {
    /** The newest entry of the user. */
    newest: (userId: string) =>
      collection.findOne<HistoryEntry>(entriesOf(userId, END), { sort: NEWEST_FIRST }),

    /** The oldest entry of the user that is kept. */
    oldest: (userId: string) =>
      collection.findOne<HistoryEntry>(entriesOf(userId, END), { sort: OLDEST_FIRST }),

    /** Adds an entry; `false` if its number is taken. */
    async add(entry: HistoryEntry) {
      try {
        await collection.insertOne(entry);
        return true;
      } catch (error) {
        if (error instanceof DuplicateKeyError) return false;
        throw error;
      }
    },

    /** Notes on an entry what is about to follow it. Nothing happens if it is gone. */
    async announce({ _id, intents }: HistoryEntry, intent: Intent) {
      if (intents.length >= MAX_INTENTS) return;
      await collection.updateOne({ _id }, { $addToSet: { intents: intent } });
    },

    /** Says whose change an entry is about that somebody found and knew no writer of. */
    async attribute({ _id, revision, writer, at }: HistoryEntry) {
      await collection.updateOne({ _id, revision, writer: 'OUTSIDE' }, { $set: { writer, at } });
    },

    /** Lists entries, the newest first. */
    list: (userId: string, { before = END, limit }: ListRange) =>
      collection.find<HistoryEntry>(entriesOf(userId, before), { sort: NEWEST_FIRST, limit }),

    /** The newest entry with the revision. */
    find: (userId: string, revision: string) =>
      collection.findOne<HistoryEntry>({ userId, revision }, { sort: NEWEST_FIRST }),

    /** Removes what is too old or too much once the entry is the newest. */
    async trim({ userId, sequence, start, size }: HistoryEntry) {
      const end = start + size;
      if (sequence <= keep && end <= MAX_HISTORY_BYTES) return;
      await collection.deleteMany({
        userId,
        $or: [{ sequence: { $lt: sequence - keep } }, { start: { $lt: end - MAX_HISTORY_BYTES } }],
      });
    },

    /** Removes all entries of the user. */
    async deleteAll(userId: string) {
      await collection.deleteMany({ userId });
    },
  };
}

/** By `_id`, so that a database with no other index than on that finds the newest at once. */
function entriesOf(userId: string, before: number): Filter {
  return { userId, _id: { $gte: entryId(userId, 0), $lt: entryId(userId, before) } };
}
