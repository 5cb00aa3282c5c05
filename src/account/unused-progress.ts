/** How far the search for unused accounts and registrations has come, for all gateways on the store. */
import type { CollectionDefinition, DocumentCollection } from '../store/port.ts';
import type { Document } from '../values/documents.ts';

/** The progress. */
export interface UnusedProgress extends Document {
  readonly _id: string;
  /**
   * When the search began on this store, or the life of refresh tokens was last changed: what was used when before that
   * is not known, so nothing counts as unused for longer.
   */
  readonly since: Date;
  readonly refreshTtlSeconds: number;
  /** The last account that was looked at; `''`: the first comes next. */
  readonly accountsAfter: string;
  readonly registrationsAfter: string;
}

/** Where it is kept. */
export const SWEEPS_COLLECTION: CollectionDefinition = { name: 'sweeps' };

const _id = 'unused';

/** Access to the progress. `now` is epoch milliseconds. */
export function createUnusedProgress(collection: DocumentCollection, now: () => number) {
  const save = async (fields: Partial<UnusedProgress>) => {
    const update = { $set: { ...fields } };
    await collection.updateOne({ _id }, update, { upsert: true, makesRoom: true });
  };
  return {
    /** The progress, which begins now if there is none or sessions live for another time. */
    async find(refreshTtlSeconds: number): Promise<UnusedProgress> {
      const found = await collection.findOne<UnusedProgress>({ _id });
      if (found?.refreshTtlSeconds === refreshTtlSeconds) return found;
      const since = new Date(now());
      const begun = { since, refreshTtlSeconds, accountsAfter: '', registrationsAfter: '' };
      await save(begun);
      return { _id, ...begun };
    },

    save,
  };
}
