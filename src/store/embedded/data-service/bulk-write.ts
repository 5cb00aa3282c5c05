/** Bulk writes: one operation after the other, each a write of its own. */

import type { Document } from '../../../values/documents.ts';
import type {
  BulkCounts,
  BulkOperation,
  OperatorCollection,
} from '../../data-service/operator-collection.ts';
import type { Filter, UpdateResult } from '../../port.ts';

/** The writes that a bulk write is made of. */
export interface BulkWrites
  extends Pick<
    OperatorCollection,
    'insertOne' | 'updateOne' | 'updateMany' | 'deleteOne' | 'deleteMany'
  > {
  readonly replaceOne: (
    filter: Filter,
    replacement: Document,
    upsert: boolean,
  ) => Promise<UpdateResult>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Counts = Mutable<BulkCounts> & {
  insertedIds: Record<number, unknown>;
  upsertedIds: Record<number, unknown>;
};

/**
 * Runs the operations. Ordered, the first failure ends it; otherwise the others are run before it is
 * reported. What was written before stays.
 */
export async function runBulk(
  writes: BulkWrites,
  operations: readonly BulkOperation[],
  ordered: boolean,
): Promise<BulkCounts> {
  const counts: Counts = {
    insertedCount: 0,
    matchedCount: 0,
    modifiedCount: 0,
    deletedCount: 0,
    upsertedCount: 0,
    insertedIds: {},
    upsertedIds: {},
  };
  const failures: unknown[] = [];
  for (const [position, operation] of operations.entries()) {
    try {
      await runOperation(writes, operation, position, counts);
    } catch (error) {
      failures.push(error);
      if (ordered) break;
    }
  }
  if (failures.length > 0) throw failures[0];
  return counts;
}

async function runOperation(
  writes: BulkWrites,
  operation: BulkOperation,
  position: number,
  counts: Counts,
): Promise<void> {
  switch (operation.type) {
    case 'insertOne': {
      const { insertedId } = await writes.insertOne(operation.document);
      counts.insertedCount += 1;
      counts.insertedIds[position] = insertedId;
      return;
    }
    case 'updateOne':
    case 'updateMany': {
      const { filter, type, update } = operation;
      addUpdate(counts, position, await writes[type](filter, update, operation));
      return;
    }
    case 'replaceOne': {
      const { filter, replacement, upsert } = operation;
      addUpdate(counts, position, await writes.replaceOne(filter, replacement, upsert));
      return;
    }
    case 'deleteOne':
    case 'deleteMany':
      counts.deletedCount += (await writes[operation.type](operation.filter)).deletedCount;
  }
}

function addUpdate(counts: Counts, position: number, result: UpdateResult): void {
  counts.matchedCount += result.matchedCount;
  counts.modifiedCount += result.modifiedCount;
  if (result.upsertedId === null) return;
  counts.upsertedCount += 1;
  counts.upsertedIds[position] = result.upsertedId;
}
