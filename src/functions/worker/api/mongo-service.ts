/** `context.services.get('mongodb-atlas')`: the collection methods of App Services functions. */
import { DATA_METHODS, type DataMethod } from '../../../store/port.ts';
import { encodeGuestValue, type GuestBson, readGuestValue } from '../guest-bson.ts';
import type { HostLink } from '../host-link.ts';
import { createCursor } from './cursor.ts';

/** Runs one method of one collection. */
type RunMethod = (method: DataMethod, args: readonly unknown[]) => Promise<unknown>;

/** Creates the service for a function; one that runs as system may do more (`isSystem`). */
export function createMongoService(bson: GuestBson, link: HostLink, isSystem: boolean): object {
  return {
    db: (database: unknown) => ({
      collection: (collection: unknown) =>
        createCollection(async (method, args) => {
          const target = { database: String(database), collection: String(collection) };
          const bytes = encodeGuestValue(bson, args);
          const request = { ...target, method, args: bytes, isSystem };
          const value = await link.request({ type: 'data', ...request });
          return readGuestValue(bson, value);
        }),
    }),
    startSession: () => {
      throw new Error('Sessions and transactions are not supported');
    },
  };
}

function createCollection(run: RunMethod): object {
  const methods = DATA_METHODS.map((method) => [method, (...args: unknown[]) => run(method, args)]);
  return {
    ...(Object.fromEntries(methods) as object),
    find: (query: unknown = {}, projection: unknown = {}, options: unknown = {}) =>
      createCursor(
        { projection, ...(options as object | null) },
        ({ projection: fields, ...rest }) => run('find', [query, fields ?? {}, rest]),
      ),
    findOne: (query: unknown = {}, projection: unknown = {}, options: unknown = {}) =>
      run('findOne', [query, projection, options]),
    count: (query: unknown = {}, options: unknown = {}) => run('count', [query, options]),
    aggregate: (pipeline: unknown = [], options: unknown = {}) =>
      createCursor({}, ({ sort, skip, limit, projection }) =>
        run('aggregate', [
          [
            ...(Array.isArray(pipeline) ? (pipeline as unknown[]) : [pipeline]),
            ...stage('$sort', sort),
            ...stage('$skip', skip),
            ...stage('$limit', limit),
            ...stage('$project', projection),
          ],
          options,
        ]),
      ),
  };
}

function stage(name: string, argument: unknown): object[] {
  return argument === undefined ? [] : [{ [name]: argument }];
}
