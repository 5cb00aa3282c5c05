/**
 * The store port: what the gateway needs of a database, and nothing more.
 *
 * Two backends implement it (`embedded/`, `mongodb/`) and one contract suite holds both to it.
 * Filters and updates are MongoDB's, limited to what both support. Every operation fails with
 * `SERVICE_UNAVAILABLE` (a `GatewayError`) when the database does not answer in bounded time.
 */

import type { Deadline } from '../deadline.ts';
import type { Document } from '../values/documents.ts';
import type { Sort } from '../values/order.ts';
import type { OperationLimits } from './operation-limits.ts';

/** A document as stored: its exact BSON bytes and the value they decode to, every BSON type kept. */
export interface StoredDocument {
  readonly bytes: Uint8Array;
  /** Decoded without promotion: `Int32`, `Double`, `Long`, `Binary`, `BSONRegExp` … stay themselves. */
  readonly document: Document;
}

/** What a collection is called and which indexes it has. */
export interface CollectionDefinition {
  /** Database that holds the collection; the gateway's own state database if absent. */
  readonly database?: string;
  readonly name: string;
  /**
   * Fields with a unique index over the documents that have the field; any number may lack it. A field
   * that holds an array indexes each element (multikey). `_id` is unique without being named.
   */
  readonly unique?: readonly string[];
  /** Fields with an index that is not unique. */
  readonly indexes?: readonly string[];
  /** Date field at which a document expires. The store removes it within about a minute after. */
  readonly expiresAt?: string;
  /**
   * What to do when existing documents break a unique index: `fail` (default) refuses to open,
   * `report` goes on with an index that is not unique and lists the offending values in `duplicateKeys`.
   */
  readonly onDuplicates?: 'fail' | 'report';
}

/** MongoDB query filter. */
export type Filter = Document;

/** MongoDB update document: `$set`, `$unset`, `$setOnInsert`, `$inc`, `$push`, `$pull`, `$addToSet`. */
export type Update = Readonly<Record<`$${string}`, Document>>;

/** Which documents an answer has, in which order, and what of them. */
export interface FindOptions {
  readonly sort?: Sort | undefined;
  readonly skip?: number;
  /** 0: no limit. */
  readonly limit?: number;
  readonly projection?: Document | undefined;
}

/** How an update is run. */
export interface UpdateOptions {
  /** Whether to insert a document if none matches. */
  readonly upsert?: boolean;
  readonly arrayFilters?: readonly Document[] | undefined;
  /**
   * Whether it is part of a deletion or of the end of a session. A store on a full disk still takes those,
   * as it takes every `delete`.
   */
  readonly makesRoom?: boolean;
}

/** Which document is changed and returned, and as it is before or after it; `after` by default. */
export interface ModifyOptions extends UpdateOptions, Pick<FindOptions, 'sort' | 'projection'> {
  readonly returnDocument?: 'before' | 'after';
}

/** What the driver would have returned for an update. */
export interface UpdateResult {
  readonly acknowledged: boolean;
  readonly matchedCount: number;
  readonly modifiedCount: number;
  /** `_id` of the document that an upsert inserted, else `null`. */
  readonly upsertedId: unknown;
}

/** Thrown when a write would break a unique index. Portable servers agree on the number 11000 only. */
export class DuplicateKeyError extends Error {
  override readonly name = 'DuplicateKeyError';
}

/** How many values `duplicateKeys` lists; one more says that there are others. */
export const MAX_DUPLICATES = 100;

/**
 * One collection of documents: what the gateway needs of the driver's methods, under the driver's names, and
 * what it has beside them. Every write is atomic and, once acknowledged, durable.
 */
export interface DocumentCollection {
  /**
   * Values that occur more than once although the field was declared unique, at most
   * `MAX_DUPLICATES` + 1 of them; empty as a rule.
   */
  readonly duplicateKeys: readonly unknown[];

  /** Inserts one document; adds an ObjectId `_id` if it has none. Fails with `DuplicateKeyError`. */
  insertOne(document: Document): Promise<{ readonly insertedId: unknown }>;
  /** The first match in `sort` order, or `null`. */
  findOne<T extends Document>(
    filter: Filter,
    options?: Pick<FindOptions, 'sort' | 'projection'>,
  ): Promise<T | null>;
  /** All matches in `sort` order. With a range of `_id` and its order, no more is read than `limit` says. */
  find<T extends Document>(filter: Filter, options?: FindOptions): Promise<T[]>;
  /** Updates the first match atomically; with `upsert` inserts if there is none. */
  updateOne(filter: Filter, update: Update, options?: UpdateOptions): Promise<UpdateResult>;
  /** Updates the first match in `sort` order atomically and returns it, or `null`. */
  findOneAndUpdate<T extends Document>(
    filter: Filter,
    update: Update,
    options?: ModifyOptions,
  ): Promise<T | null>;
  /** Deletes the first match. */
  deleteOne(filter: Filter): Promise<{ readonly deletedCount: number }>;
  /** Deletes every match. */
  deleteMany(filter: Filter): Promise<{ readonly deletedCount: number }>;

  /** Like `findOne`, byte-faithful. */
  findStored(filter: Filter, options?: Pick<FindOptions, 'sort'>): Promise<StoredDocument | null>;
  /** Shows the bytes of each match, in any order and one after the other: not all are in memory at once. */
  scanStored(filter: Filter, onFound: (bytes: Uint8Array) => void): Promise<void>;
  /**
   * Compare-and-set: makes `before` into `after` if the stored document still is `before`, or
   * inserts `after` if `before` is `null`. Returns the document as it is in the store afterwards,
   * or `null` if the comparison failed (changed, deleted or, for an insert, already there).
   * `after` has the `_id` of `before`; only the top-level fields that differ are written.
   *
   * A store that makes changes in the order in which they are asked for calls `onOrdered`, once the change has its
   * place, with the document as it is then going to be: a comparison with it may be asked for at once.
   */
  compareAndSet(
    before: StoredDocument | null,
    after: Document,
    onOrdered?: (stored: StoredDocument) => void,
  ): Promise<StoredDocument | null>;
  /** Deletes the document if it still is `before`; `false` if the comparison failed. */
  compareAndDelete(before: StoredDocument): Promise<boolean>;

  /** The same collection for one request: its operations fail with `SERVICE_UNAVAILABLE` at the deadline. */
  within(deadline: Deadline): DocumentCollection;
}

/** Methods of a collection that the operator's functions may call: those of App Services functions. */
export const DATA_METHODS = [
  'find',
  'findOne',
  'count',
  'distinct',
  'aggregate',
  'insertOne',
  'insertMany',
  'updateOne',
  'updateMany',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
  'deleteOne',
  'deleteMany',
  'bulkWrite',
] as const;
/** One of `DATA_METHODS`. */
export type DataMethod = (typeof DATA_METHODS)[number];

/** One call of a method of a collection. */
export interface DataOperation {
  readonly database: string;
  readonly collection: string;
  readonly method: DataMethod;
  /** The arguments as App Services functions give them, BSON values. */
  readonly args: readonly unknown[];
}

/** A call that the database refuses: a bad operator, a broken unique index … The text is the operator's to see. */
export class DataOperationError extends Error {
  override readonly name = 'DataOperationError';
  /** The server's number where there is one; 11000: a unique index holds the value already. */
  readonly code: number | undefined;

  constructor(
    message: string,
    { code, cause }: { readonly code?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/**
 * The driver's methods on any collection, for code that the operator wrote. Not for anything that a
 * client can shape: filters and updates are run as they are.
 */
export interface DataService {
  /**
   * Runs one operation and resolves to what the driver would: documents, arrays, numbers or result
   * objects, every BSON type kept. Fails with `DataOperationError`, `SERVICE_UNAVAILABLE` or what the
   * limits say; without limits it may take and hold what it needs.
   */
  run(operation: DataOperation, limits?: OperationLimits): Promise<unknown>;
  /** Names of the collections of a database in order, or of the databases (`null`); none of the gateway's own collections. */
  names(database: string | null, limits?: OperationLimits): Promise<readonly string[]>;
}

/** What a collection is like before anything is done about it. */
export interface CollectionInspection {
  readonly exists: boolean;
  /** The indexes that the definition asks for. */
  readonly indexes: readonly InspectedIndex[];
  /** The first match, or `null`. */
  findOne(filter: Filter): Promise<Document | null>;
}

/** An index that a definition asks for. */
export interface InspectedIndex {
  readonly field: string;
  readonly purpose: 'unique' | 'plain' | 'expiry';
  /** Whether an index that does the work is there: otherwise opening the collection builds one. */
  readonly isThere: boolean;
  /**
   * Values that stand in the way of a unique index that is missing, at most `MAX_DUPLICATES` + 1;
   * `null` if they could not be looked for in time.
   */
  readonly duplicates: readonly unknown[] | null;
}

/** A database that the gateway can keep its state and its users' documents in. */
export interface Store {
  /** What the store is, for logs and `/health/ready`: `embedded` or `mongodb`. */
  readonly kind: 'embedded' | 'mongodb';
  /** Opens a collection and sees to its indexes. */
  collection(definition: CollectionDefinition): Promise<DocumentCollection>;
  /** Looks at a collection without making it or an index. */
  inspect(definition: CollectionDefinition): Promise<CollectionInspection>;
  /** The driver's methods on any collection, for the operator's functions; loaded when first asked for. */
  dataService(): Promise<DataService>;
  /**
   * Copies everything to a place beside the store whose name begins with `label`. The place; `null` if the
   * database is not the gateway's to copy.
   */
  backup(label: string): Promise<string | null>;
  /**
   * A number that is another one after each change of anything in the store, by whichever process; `null`: the
   * database does not tell. Costs no operation.
   */
  changeMark(): number | null;
  /** Resolves if the database answers and takes writes; fails with `SERVICE_UNAVAILABLE` otherwise. */
  ping(): Promise<void>;
  /** Finishes running operations and releases every resource. */
  close(): Promise<void>;
}

/**
 * Told of every operation sent to the database, for metrics and for tests that count them.
 * The name is the driver's command name (`find`, `update`, `findAndModify` …).
 */
export type OperationListener = (operation: {
  readonly name: string;
  readonly collection: string;
}) => void;
