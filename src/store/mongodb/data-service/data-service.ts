/** The data service on MongoDB: the driver's methods on any collection. Loaded when first asked for. */
import type { MongoClient } from 'mongodb';
import { createDataService, type DataServiceParts } from '../../data-service/data-service.ts';
import type { OperationLimits } from '../../operation-limits.ts';
import type { DataService } from '../../port.ts';
import { decodeTyped } from '../../stored-document.ts';
import { toDataError } from '../driver-errors.ts';
import type { CollectionContext } from '../mongodb-collection.ts';
import type { Runner } from '../runner.ts';
import { createOperatorCollection } from './operator-collection.ts';

/** What the data service needs. */
export interface MongoDataParts
  extends Omit<CollectionContext, 'collection' | 'decode' | 'limits'>,
    Pick<DataServiceParts, 'isReserved'> {
  readonly client: MongoClient;
}

/** Creates the data service. */
export function createMongoDataService(parts: MongoDataParts): DataService {
  const { client, isReserved, ...shared } = parts;
  const runner = forOperator(shared.runner);
  const timeOf = ({ timeLeft }: OperationLimits) =>
    Math.max(1, Math.floor(Math.min(shared.maxTimeMS, timeLeft())));
  return createDataService({
    isReserved,
    names: (database, limits) => {
      const settings = { nameOnly: true, maxTimeMS: timeOf(limits) } as const;
      return runner.run(async () => {
        const found =
          database === null
            ? (await client.db().admin().listDatabases(settings)).databases
            : await client.db(database).listCollections({}, settings).toArray();
        return found.map(({ name }) => name);
      });
    },
    open: ({ database, collection: name }, limits) => {
      const collection = client.db(database).collection(name);
      const own = { collection, runner, limits, maxTimeMS: timeOf(limits), decode: decodeTyped };
      return createOperatorCollection({ ...shared, ...own });
    },
  });
}

/** The server's errors are the operator's to see, and its writes are none of the gateway's. */
function forOperator(runner: Runner): Runner {
  return {
    ...runner,
    run: (operation, options) =>
      runner.run(operation, { ...options, isWrite: false, translate: toDataError }),
  };
}
