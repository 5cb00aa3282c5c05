/** Events of triggers as the store keeps them: from before they happen until their trigger has run. */
import type { Binary } from '../../bson.ts';
import type { AuthOperation } from '../../config.ts';
import { type DocumentCollection, DuplicateKeyError } from '../../store/port.ts';
import type { Document } from '../../values/documents.ts';

/** One event for one trigger. */
export interface EventRecord extends Document {
  /** 24 hex digits: the store reads ids of one length in their order. */
  readonly _id: string;
  /** Name of the trigger. */
  readonly trigger: string;
  readonly operation: AuthOperation;
  readonly userId: string;
  /** What the function is told, encoded. */
  readonly event: Binary;
  /** How often the trigger began to run. */
  readonly tries: number;
  /**
   * From when on anybody may take it. Until then whoever noted or took it sees to it: a lease, which lapses when that
   * process is gone.
   */
  readonly dueAt: Date;
  /** When it is given up without a word: its trigger has long been taken out of the app. */
  readonly expiresAt: Date;
}

/** Access to the stored events. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export type EventRecords = ReturnType<typeof createEventRecords>;

/** Creates the access. A full disk takes them as long as it takes deletions: each is deleted in the end. */
export function createEventRecords(collection: DocumentCollection) {
  /** Changes it unless somebody else has taken it: as it is then, or `null`. */
  const change = ({ _id, dueAt }: EventRecord, update: { dueAt: Date; by?: 1 | -1 }) =>
    collection.findOneAndUpdate<EventRecord>(
      { _id, dueAt },
      {
        $set: { dueAt: update.dueAt },
        ...(update.by === undefined ? {} : { $inc: { tries: update.by } }),
      },
      { makesRoom: true },
    );

  return {
    /** Adds one; one that is there already stays as it is. */
    async add({ _id, ...fields }: EventRecord): Promise<void> {
      const options = { upsert: true, makesRoom: true };
      try {
        await collection.updateOne({ _id }, { $setOnInsert: fields }, options);
      } catch (error) {
        // Of two upserts at once one is late on MongoDB.
        if (!(error instanceof DuplicateKeyError)) throw error;
      }
    },

    /** Takes it for a try, until `dueAt`; `null`: somebody else has. */
    take: (record: EventRecord, dueAt: Date) => change(record, { dueAt, by: 1 }),
    /** Keeps it, or leaves it to whoever comes first, until or from `dueAt`. */
    postpone: (record: EventRecord, dueAt: Date) => change(record, { dueAt }),
    /** The same of one whose try does not count. */
    release: (record: EventRecord, dueAt: Date) => change(record, { dueAt, by: -1 }),

    async remove({ _id }: Pick<EventRecord, '_id'>): Promise<void> {
      await collection.deleteOne({ _id });
    },

    /** At most `limit`, due or not, in the order of their ids, those after `after`. */
    list: (after: string, limit: number) =>
      collection.find<EventRecord>({ _id: { $gt: after } }, { sort: { _id: 1 }, limit }),

    within: (...deadline: Parameters<DocumentCollection['within']>) =>
      createEventRecords(collection.within(...deadline)),
  };
}
