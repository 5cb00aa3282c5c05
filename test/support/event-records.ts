/** Events of triggers in memory, as the store keeps them. */
import { isDeepStrictEqual } from 'node:util';
import type { EventRecord, EventRecords } from '../../src/functions/triggers/event-records.ts';

/** The records, and what there is of them. */
export interface MemoryRecords extends EventRecords {
  readonly all: () => EventRecord[];
}

/** Creates them. */
export function createMemoryRecords(): MemoryRecords {
  const stored = new Map<string, EventRecord>();
  const change = async ({ _id, dueAt }: EventRecord, next: Date, by: number) => {
    const record = stored.get(_id);
    if (record === undefined || !isDeepStrictEqual(record.dueAt, dueAt)) return null;
    const changed = { ...record, dueAt: next, tries: record.tries + by };
    stored.set(_id, changed);
    return changed;
  };
  const records: MemoryRecords = {
    all: () => [...stored.values()],
    async add(record) {
      if (!stored.has(record._id)) stored.set(record._id, record);
    },
    take: (record, dueAt) => change(record, dueAt, 1),
    postpone: (record, dueAt) => change(record, dueAt, 0),
    release: (record, dueAt) => change(record, dueAt, -1),
    async remove({ _id }) {
      stored.delete(_id);
    },
    async list(after, limit) {
      return [...stored.values()]
        .filter(({ _id }) => _id > after)
        .sort((left, right) => (left._id < right._id ? -1 : 1))
        .slice(0, limit);
    },
    within: () => records,
  };
  return records;
}
