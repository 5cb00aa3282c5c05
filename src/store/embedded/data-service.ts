/**
 * The data service on the embedded store: the operator's functions use the collections that the
 * gateway uses, with their indexes. Loaded when first asked for, with all of mingo.
 */
import type { DataCollection } from '../data-collection.ts';
import { type CollectionName, createDataService } from '../data-service.ts';
import type { DataService, OperationListener } from '../port.ts';
import { loadAggregation } from '../query/aggregation.ts';
import { type Access, openAccess } from './access.ts';
import type { DataContext } from './data-context.ts';
import { asDataOperation } from './data-errors.ts';
import { createDataReads } from './data-reads.ts';
import { createDataWrites } from './data-writes.ts';
import type { Environment } from './environment.ts';
import { collectionKey, documentsDatabase } from './index-catalogue.ts';

/** What the data service needs. `now` is epoch milliseconds. */
export interface EmbeddedDataParts {
  readonly environment: Environment;
  readonly now: () => number;
  readonly onOperation: OperationListener;
}

/** Creates the data service of an environment. */
export async function createEmbeddedDataService(parts: EmbeddedDataParts): Promise<DataService> {
  const { environment, now, onOperation } = parts;
  const aggregation = await loadAggregation();
  const opened = new Map<string, Access>();

  async function open(name: CollectionName): Promise<Access> {
    const key = collectionKey({ database: name.database, name: name.collection });
    const access = opened.get(key) ?? (await openAccess(environment, key));
    opened.set(key, access);
    return access;
  }

  async function existing(name: CollectionName): Promise<Access | undefined> {
    const key = collectionKey({ database: name.database, name: name.collection });
    return environment.hasDatabase(documentsDatabase(key)) ? open(name) : undefined;
  }

  return createDataService({
    // The gateway's own collections have no database, and every collection named here has one.
    isReserved: () => false,
    open: (name) =>
      guarded({
        aggregation,
        now,
        count: (command) => onOperation({ name: command, collection: name.collection }),
        existing: (collection = name.collection) => existing({ ...name, collection }),
        open: () => open(name),
      }),
  });
}

/** The collection, whose every failure is one of the port's. */
function guarded(context: DataContext): DataCollection {
  const collection: DataCollection = { ...createDataReads(context), ...createDataWrites(context) };
  return Object.fromEntries(
    Object.entries(collection).map(([name, method]) => [
      name,
      (...args: never[]) =>
        asDataOperation(() => (method as (...args: never[]) => unknown)(...args)),
    ]),
  ) as unknown as DataCollection;
}
