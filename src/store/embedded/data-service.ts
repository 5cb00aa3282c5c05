/**
 * The data service on the embedded store: the operator's functions use the collections that the
 * gateway uses, with their indexes. Loaded when first asked for, with all of mingo.
 */
import type { DataCollection } from '../data-collection.ts';
import { type CollectionName, createDataService } from '../data-service.ts';
import type { DataService, OperationListener } from '../port.ts';
import { loadAggregation } from '../query/aggregation.ts';
import type { Turns } from '../turns.ts';
import { type Access, openAccess } from './access.ts';
import type { DataContext } from './data-context.ts';
import { asDataOperation } from './data-errors.ts';
import { createDataReads } from './data-reads.ts';
import { createDataWrites } from './data-writes.ts';
import type { Environment } from './environment.ts';
import { collectionKey, documentsDatabase, listCollections } from './index-catalogue.ts';
import type { Source } from './scan.ts';

/** What the data service needs. `now` is epoch milliseconds. */
export interface EmbeddedDataParts {
  readonly environment: Environment;
  readonly now: () => number;
  readonly onOperation: OperationListener;
  readonly turns: Turns;
  readonly onPiece: Source['onPiece'];
}

/** Creates the data service of an environment. */
export async function createEmbeddedDataService(parts: EmbeddedDataParts): Promise<DataService> {
  const { environment, now, onOperation, onPiece, turns } = parts;
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
    async names(database) {
      if (database !== null) {
        return listCollections(environment, database).map(({ collection }) => collection);
      }
      const databases = new Set(listCollections(environment).map((name) => name.database));
      databases.delete('');
      return [...databases];
    },
    open: (name, limits) => {
      const work = turns.begin(limits.signal);
      const sourceOf = (access: Access): Source => ({ access, work, limits, onPiece });
      return guarded({
        ...{ aggregation, limits, now, work },
        count: (command) => onOperation({ name: command, collection: name.collection }),
        async existing(collection = name.collection) {
          limits.signal.throwIfAborted();
          const access = await existing({ ...name, collection });
          return access && sourceOf(access);
        },
        async open() {
          limits.signal.throwIfAborted();
          return sourceOf(await open(name));
        },
      });
    },
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
