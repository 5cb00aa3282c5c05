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
export type Deletions = ReturnType<typeof createDeletions>;

/** No user id. */
const EARLIER_NOTED = 'earlier-noted';

/** Creates the access to the notes in a collection. `now` is epoch milliseconds. */
export function createDeletions(collection: DocumentCollection, now: () => number) {
  const note = async (_id: string, fields: Document, isNew: boolean) => {
    const update = isNew ? { $setOnInsert: fields } : { $set: fields };
    await collection.updateOne({ _id }, update, { upsert: isNew, makesRoom: true });
  };
  return {
    /** Notes a deletion before anything of it is done; one that is noted already stays as it is. */
    begin: (userId: string, deletesDocument: boolean) =>
      note(userId, { begunAt: new Date(now()), deletesDocument }, true),

    /** Everything of the user is deleted: from now on there is a tombstone. */
    markCleared: (userId: string) => note(userId, { clearedAt: new Date(now()) }, false),

    /** The deletion is over, or never began. */
    async remove({ _id }: Deletion): Promise<void> {
      await collection.deleteOne({ _id });
    },

    /** At most `limit` deletions in the order of user ids, those after `after`. */
    list: (after: string, limit: number) =>
      collection.find<Deletion>(
        { _id: { $gt: after }, begunAt: { $exists: true } },
        { sort: { _id: 1 }, limit },
      ),

    /** Whether deletions that an earlier version had begun, which noted none, have been noted since. */
    areEarlierNoted: async () => (await collection.findOne({ _id: EARLIER_NOTED })) !== null,
    markEarlierNoted: () => note(EARLIER_NOTED, { notedAt: new Date(now()) }, true),
  };
}
