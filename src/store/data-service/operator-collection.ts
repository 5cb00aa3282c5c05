/** A collection as the operator's functions use it, their arguments read: the port's and more of the driver. */
import type { Document } from '../../values/documents.ts';
import type {
  DocumentCollection,
  Filter,
  FindOptions,
  ModifyOptions,
  Update,
  UpdateOptions,
  UpdateResult,
} from '../port.ts';

/** Update operators, or stages of an aggregation pipeline. */
export type UpdateSpec = Update | readonly Document[];

/** One operation of a bulk write. */
export type BulkOperation =
  | { readonly type: 'insertOne'; readonly document: Document }
  | ({
      readonly type: 'updateOne' | 'updateMany';
      readonly filter: Filter;
      readonly update: UpdateSpec;
    } & UpdateOptions)
  | {
      readonly type: 'replaceOne';
      readonly filter: Filter;
      readonly replacement: Document;
      readonly upsert: boolean;
    }
  | { readonly type: 'deleteOne' | 'deleteMany'; readonly filter: Filter };

/** What a bulk write did; ids by the position of their operation. */
export interface BulkCounts {
  readonly insertedCount: number;
  readonly matchedCount: number;
  readonly modifiedCount: number;
  readonly deletedCount: number;
  readonly upsertedCount: number;
  readonly insertedIds: Readonly<Record<number, unknown>>;
  readonly upsertedIds: Readonly<Record<number, unknown>>;
}

/**
 * One collection, for code of the operator's. Documents come with every BSON type kept. Every method
 * fails with `DataOperationError` or `SERVICE_UNAVAILABLE`.
 */
export interface OperatorCollection
  extends Pick<DocumentCollection, 'find' | 'findOne' | 'insertOne' | 'deleteOne' | 'deleteMany'> {
  countDocuments(filter: Filter, options: Pick<FindOptions, 'skip' | 'limit'>): Promise<number>;
  distinct(field: string, filter: Filter): Promise<unknown[]>;
  aggregate(pipeline: readonly Document[]): Promise<Document[]>;
  /** In order; stops at the first that is refused, those before it stay. */
  insertMany(documents: readonly Document[]): Promise<{ readonly insertedIds: unknown[] }>;
  updateOne(filter: Filter, update: UpdateSpec, options: UpdateOptions): Promise<UpdateResult>;
  updateMany(filter: Filter, update: UpdateSpec, options: UpdateOptions): Promise<UpdateResult>;
  findOneAndUpdate(
    filter: Filter,
    update: UpdateSpec,
    options: ModifyOptions,
  ): Promise<Document | null>;
  findOneAndReplace(
    filter: Filter,
    replacement: Document,
    options: ModifyOptions,
  ): Promise<Document | null>;
  findOneAndDelete(
    filter: Filter,
    options: Pick<ModifyOptions, 'projection' | 'sort'>,
  ): Promise<Document | null>;
  bulkWrite(
    operations: readonly BulkOperation[],
    options: { readonly ordered: boolean },
  ): Promise<BulkCounts>;
}
