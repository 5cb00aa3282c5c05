/** What every store must do. Each backend runs this suite on a database of its own. */
import { afterEach, beforeEach, describe } from '@jest/globals';
import type { OperationListener, Store } from '../../src/store/port.ts';
import { describeComparisons } from './store-contract/comparisons.ts';
import { describeConcurrency } from './store-contract/concurrency.ts';
import { type Contract, type Limits, NO_LIMITS } from './store-contract/contract.ts';
import { describeDataService } from './store-contract/data-service.ts';
import { describeFidelity } from './store-contract/fidelity.ts';
import { describeIndexes } from './store-contract/indexes.ts';
import { describeQueries } from './store-contract/queries.ts';
import { describeUpdates } from './store-contract/updates.ts';

/** A store on an empty database. */
export interface OpenedStore {
  readonly store: Store;
  /** A database for the operator's own functions, empty. */
  readonly database: string;
  /** Another store on the same data. */
  readonly second: () => Promise<Store>;
  /** How many documents the first store has decoded in queries, if it tells. */
  readonly decoded?: () => number;
  /** Closes every store and removes the data. */
  readonly cleanup: () => Promise<void>;
}

/** Name of the collection that every test uses. */
const COLLECTION = 'contract';

/**
 * Describes the behaviour that backends share.
 *
 * @param open opens the store before each test; the store it opens first reports to `onOperation`.
 * @param limits what the database lacks; tests that need it are left out.
 */
export function describeStoreContract(
  name: string,
  open: (onOperation: OperationListener) => Promise<OpenedStore>,
  limits: Limits = NO_LIMITS,
): void {
  describe(`${name} store`, () => {
    let opened: OpenedStore | undefined;
    let operations: Parameters<OperationListener>[0][] = [];

    const current = (): OpenedStore => {
      if (opened === undefined) throw new Error('The store is open inside tests only');
      return opened;
    };
    beforeEach(async () => {
      operations = [];
      opened = await open((operation) => operations.push(operation));
    });
    afterEach(() => current().cleanup());

    const contract: Contract = {
      collection: (definition) => current().store.collection({ name: COLLECTION, ...definition }),
      secondCollection: async (definition) =>
        (await current().second()).collection({ name: COLLECTION, ...definition }),
      store: () => current().store,
      database: () => current().database,
      limits,
      decoded: () => current().decoded?.() ?? 0,
      operations: () => operations,
    };
    describeQueries(contract);
    describeIndexes(contract);
    describeUpdates(contract);
    describeComparisons(contract);
    describeConcurrency(contract);
    describeFidelity(contract);
    describeDataService(contract);
  });
}
