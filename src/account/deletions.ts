/**
 * Which deletions of users have begun and are not over: what a crash leaves is found here, at the cost of
 * what there is to do, however many accounts there are.
 *
 * A user who is deleted stays here as a tombstone for a while, because a write that another gateway began
 * before may still make the document anew.
 */
import type { CollectionDefinition, DocumentCollection } from '../store/port.ts';
import type { Document } from '../values/documents.ts';

/** One deletion of a user. */
export interface Deletion extends Document {
  /** The user id. */
  readonly _id: string;
  readonly begunAt: Date;
  /** Whether the document and its history go too, as configured when the deletion began. */
  readonly deletesDocument: boolean;
  /** When everything was deleted; absent until then. */
  readonly clearedAt?: Date;
}

/** Where deletions are noted. */
export const DELETIONS_COLLECTION: CollectionDefinition = { name: 'user-deletions' };

/** The notes. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export interface Deletions {
  /** Notes a deletion before anything of it is done; one that is noted already stays as it is. */
  begin(userId: string, deletesDocument: boolean): Promise<void>;
  /** Everything of the user is deleted: from now on there is a tombstone. */
  markCleared(userId: string): Promise<void>;
  /** The deletion is over, or never began. */
  remove(deletion: Deletion): Promise<void>;
  /** At most `limit` deletions in the order of user ids, those after `after`. */
  list(after: string, limit: number): Promise<Deletion[]>;
  /** Whether deletions that an earlier version had begun, which noted none, have been noted since. */
  areEarlierNoted(): Promise<boolean>;
  markEarlierNoted(): Promise<void>;
}

/** No user id. */
const EARLIER_NOTED = 'earlier-noted';

/** Creates the access to the notes in a collection. `now` is epoch milliseconds. */
export function createDeletions(collection: DocumentCollection, now: () => number): Deletions {
  return {
    async begin(_id, deletesDocument) {
      const noted = { begunAt: new Date(now()), deletesDocument };
      const options = { upsert: true, makesRoom: true };
      await collection.updateOne({ _id }, { $setOnInsert: noted }, options);
    },

    async markCleared(_id) {
      const cleared = { clearedAt: new Date(now()) };
      await collection.updateOne({ _id }, { $set: cleared }, { makesRoom: true });
    },

    async remove({ _id }) {
      await collection.deleteOne({ _id });
    },

    list: (after, limit) =>
      collection.find<Deletion>(
        { _id: { $gt: after }, begunAt: { $exists: true } },
        { sort: { _id: 1 }, limit },
      ),

    areEarlierNoted: async () => (await collection.findOne({ _id: EARLIER_NOTED })) !== null,

    async markEarlierNoted() {
      const notedAt = new Date(now());
      const options = { upsert: true, makesRoom: true };
      await collection.updateOne({ _id: EARLIER_NOTED }, { $set: { notedAt } }, options);
    },
  };
}
