/**
 * The methods of App Services functions on a collection, with their arguments read. A store implements
 * `DataCollection`; what the operator's code passes is checked here once for both.
 */
import type { Document } from '../values/documents.ts';
import type { Sort } from '../values/order.ts';
import type { Filter } from './port.ts';

/** Which documents, in which order, and what of them. */
export interface FindOptions {
  readonly projection?: Document | undefined;
  readonly sort?: Sort | undefined;
  readonly skip: number;
  /** 0: no limit. */
  readonly limit: number;
}

/** How an update is applied. */
export interface UpdateOptions {
  readonly upsert: boolean;
  readonly arrayFilters?: readonly Document[] | undefined;
}

/** Which document is changed and returned, and which state of it. */
export interface ModifyOptions extends UpdateOptions {
  readonly projection?: Document | undefined;
  readonly sort?: Sort | undefined;
  readonly returnNewDocument: boolean;
}

/** Update operators, or stages of an aggregation pipeline. */
export type UpdateSpec = Document | readonly Document[];

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

/** What an update did; `upsertedId` only if it inserted. */
export interface UpdateCounts {
  readonly matchedCount: number;
  readonly modifiedCount: number;
  readonly upsertedId?: unknown;
}

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
export interface DataCollection {
  find(filter: Filter, options: FindOptions): Promise<Document[]>;
  count(filter: Filter, options: Pick<FindOptions, 'skip' | 'limit'>): Promise<number>;
  distinct(field: string, filter: Filter): Promise<unknown[]>;
  aggregate(pipeline: readonly Document[]): Promise<Document[]>;
  insertOne(document: Document): Promise<{ readonly insertedId: unknown }>;
  /** In order; stops at the first that is refused, those before it stay. */
  insertMany(documents: readonly Document[]): Promise<{ readonly insertedIds: unknown[] }>;
  update(
    filter: Filter,
    update: UpdateSpec,
    options: UpdateOptions & { readonly many: boolean },
  ): Promise<UpdateCounts>;
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
  delete(
    filter: Filter,
    options: { readonly many: boolean },
  ): Promise<{ readonly deletedCount: number }>;
  bulkWrite(
    operations: readonly BulkOperation[],
    options: { readonly ordered: boolean },
  ): Promise<BulkCounts>;
}
