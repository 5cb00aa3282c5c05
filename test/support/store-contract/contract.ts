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
  /** Operations since the start of the test. */
  readonly operations: () => readonly Parameters<OperationListener>[0][];
}
