/** A collection in memory that does what the history asks of one, and fails when told to. */
import type { HistoryEntry, Intent } from '../../src/custom-data/history/entry.ts';
import { type DocumentCollection, DuplicateKeyError, type Filter } from '../../src/store/port.ts';
import type { Document } from '../../src/values/documents.ts';

/** What the history does to its collection. */
export type HistoryOperation = 'newest' | 'list' | 'insert' | 'announce' | 'attribute' | 'delete';

/** The collection, with a way to make it fail. */
export interface MemoryHistory extends DocumentCollection {
  /** The entries, the oldest first. */
  readonly entries: HistoryEntry[];
  /** Called before each operation; what it throws is what the operation fails with. */
  beforeOperation: (operation: HistoryOperation) => void;
}

const unused = () => Promise.reject(new Error('The history does not use this operation'));

/** Creates an empty collection. */
export function createMemoryHistory(): MemoryHistory {
  let entries: HistoryEntry[] = [];
  const start = async (operation: HistoryOperation) => {
    await Promise.resolve();
    history.beforeOperation(operation);
  };
  const matching = (filter: Filter) => entries.filter((entry) => matches(entry, filter)).reverse();
  const history: MemoryHistory = {
    get entries() {
      return entries;
    },
    beforeOperation: () => undefined,
    duplicateKeys: [],
    within: () => history,
    findStored: unused,
    scanStored: unused,
    findOneAndUpdate: unused,
    deleteOne: unused,
    compareAndSet: unused,
    compareAndDelete: unused,
    async findOne(filter, { sort } = {}) {
      await start('newest');
      const found = sort?._id === 1 ? matching(filter).at(-1) : matching(filter)[0];
      return (found ?? null) as never;
    },
    async find(filter, { limit } = {}) {
      await start('list');
      return matching(filter).slice(0, limit) as never[];
    },
    async insertOne(document) {
      await start('insert');
      const entry = document as HistoryEntry;
      if (entries.some(({ _id }) => _id === entry._id)) throw new DuplicateKeyError();
      entries = [...entries, entry].sort((left, right) => (left._id < right._id ? -1 : 1));
      return { insertedId: entry._id };
    },
    async updateOne(filter, update) {
      await start(update.$set === undefined ? 'announce' : 'attribute');
      const intents = update.$addToSet === undefined ? [] : [update.$addToSet.intents as Intent];
      entries = entries.map((entry) =>
        matches(entry, filter)
          ? { ...entry, ...update.$set, intents: [...entry.intents, ...intents] }
          : entry,
      );
      return { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedId: null };
    },
    async deleteMany(filter) {
      await start('delete');
      const left = entries.filter((entry) => !matches(entry, filter));
      const deletedCount = entries.length - left.length;
      entries = left;
      return { deletedCount };
    },
  };
  return history;
}

function matches(entry: Document, filter: Filter): boolean {
  return Object.entries(filter).every(([name, condition]) => {
    if (name === '$or') return (condition as Filter[]).some((one) => matches(entry, one));
    if (typeof condition !== 'object' || condition === null) return entry[name] === condition;
    const { $gte, $in, $lt } = condition as { $gte?: string; $in?: string[]; $lt?: string };
    const value = entry[name] as string;
    if ($in !== undefined) return $in.includes(value);
    return ($gte === undefined || value >= $gte) && ($lt === undefined || value < $lt);
  });
}
