import type {
  CollectionDefinition,
  DocumentCollection,
  OperationListener,
  Store,
} from '../../../src/store/port.ts';

/** What the tests of the suite work with; valid inside a test. */
export interface Contract {
  /** A collection of the store, empty at the start of a test. */
  readonly collection: (
    definition?: Omit<CollectionDefinition, 'name'>,
  ) => Promise<DocumentCollection>;
  /** The same collection through another store. */
  readonly secondCollection: (
    definition?: Omit<CollectionDefinition, 'name'>,
  ) => Promise<DocumentCollection>;
  readonly store: () => Store;
  /** A database for the operator's own functions, empty at the start of a test. */
  readonly database: () => string;
  /** What the database under test lacks. */
  readonly limits: Limits;
  /** Documents decoded by queries in pieces since the start of the test; 0 where the database does not tell. */
  readonly decoded: () => number;
  /** Operations since the start of the test. */
  readonly operations: () => readonly Parameters<OperationListener>[0][];
}

/** What a stand-in for a database cannot do, so that the suite does not ask for it. */
export interface Limits {
  /** Whether it can hold and compare a value. */
  readonly canHold: (value: unknown) => boolean;
  /** Whether it writes a number of another type, or nested fields in another order, at all. */
  readonly writesEqualValues: boolean;
  /** Whether it replaces documents that have a field named "a.b" or "$a". */
  readonly replacesUnusualNames: boolean;
  /** Whether projections may be nested documents, and have "$" where the query has an operator. */
  readonly projectsEveryWay: boolean;
}

/** The limits of a real database. */
export const NO_LIMITS: Limits = {
  canHold: () => true,
  writesEqualValues: true,
  replacesUnusualNames: true,
  projectsEveryWay: true,
};
