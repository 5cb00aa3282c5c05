/**
 * The data service on the embedded store: the operator's functions use the collections that the
 * gateway uses, with their indexes. Loaded when first asked for, with all of mingo.
 */
import { isGatewayError } from '../../../errors.ts';
import { type CollectionName, createDataService } from '../../data-service/data-service.ts';
import type { OperatorCollection } from '../../data-service/operator-collection.ts';
import { DataOperationError, type DataService, DuplicateKeyError } from '../../port.ts';
import { loadAggregation } from '../../query/aggregation/aggregation.ts';
import { decodeTyped } from '../../stored-document.ts';
import { type Access, openAccess } from '../collection-access.ts';
import { gatewayContext, type StoreParts } from '../collection-context.ts';
import { collectionKey, documentsDatabase, listCollections } from '../index-catalogue.ts';
import { createOperatorCollection } from './operator-collection.ts';
import type { OperatorContext } from './pipeline.ts';

/** Creates the data service of an environment. */
export async function createEmbeddedDataService(parts: StoreParts): Promise<DataService> {
  const { environment, turns } = parts;
  const aggregation = await loadAggregation();
  const opened = new Map<string, Access>();

  async function open(name: CollectionName, isMade: boolean): Promise<Access | undefined> {
    const key = collectionKey({ database: name.database, name: name.collection });
    if (!isMade && !environment.hasDatabase(documentsDatabase(key))) return undefined;
    const access = opened.get(key) ?? (await openAccess(environment, key));
    opened.set(key, access);
    return access;
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
    open: ({ database, collection }, limits) => {
      const work = turns.begin(limits.signal);
      const openNamed = (name: string) => async (isMade: boolean) => {
        limits.signal.throwIfAborted();
        return open({ database, collection: name }, isMade);
      };
      const context: OperatorContext = {
        ...gatewayContext(parts, { name: collection }, openNamed(collection)),
        aggregation,
        limits,
        expressions: aggregation,
        decode: decodeTyped,
        begin: () => work,
        other: (name) => ({ ...context, open: openNamed(name) }),
      };
      return guarded(createOperatorCollection(context));
    },
  });
}

/** The collection, whose every failure is one of the port's. */
function guarded(collection: OperatorCollection): OperatorCollection {
  return Object.fromEntries(
    Object.entries(collection).map(([name, method]) => [
      name,
      async (...args: never[]) => {
        try {
          return await (method as (...args: never[]) => unknown)(...args);
        } catch (error) {
          throw toDataError(error);
        }
      },
    ]),
  ) as unknown as OperatorCollection;
}

/** The server's number for a value that a unique index holds already. */
const DUPLICATE_KEY = 11000;

/**
 * What the operator's code gets to see: faults are its own as a rule, a malformed filter or an update that
 * does not fit. An outage stays `SERVICE_UNAVAILABLE`.
 */
function toDataError(error: unknown): unknown {
  if (isGatewayError(error) || error instanceof DataOperationError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (!(cause instanceof DuplicateKeyError))
    return new DataOperationError(cause.message, { cause });
  const message = `E${DUPLICATE_KEY} duplicate key error: ${cause.message}`;
  return new DataOperationError(message, { code: DUPLICATE_KEY, cause });
}
