/** `context.services.get('mongodb-atlas')`: the collection methods of App Services functions. */
import { DATA_METHODS, type DataMethod } from '../../../store/port.ts';
import type { GuestValues } from '../guest-values.ts';
import type { HostLink } from '../host-link.ts';
import { createCursor, type ReturnedCursors } from './cursor.ts';

/** Runs one method of one collection. */
type RunMethod = (method: DataMethod, args: readonly unknown[]) => Promise<unknown>;

/** What the service is made of. */
export interface MongoServiceParts {
  readonly values: Pick<GuestValues, 'encode' | 'read'>;
  readonly link: HostLink;
  readonly cursors: Pick<ReturnedCursors, 'meet'>;
  /** Whether the function runs as system, which may do more. */
  readonly isSystem: boolean;
}

/** Creates the service. */
export function createMongoService({ values, cursors, isSystem, link }: MongoServiceParts): object {
  const names = async (database: string | null) =>
    values.read(await link.request({ type: 'names', database }));
  return {
    admin: () => ({ getDBNames: () => names(null) }),
    db: (database: unknown) => ({
      getCollectionNames: () => names(String(database)),
      collection: (collection: unknown) =>
        createCollection(cursors, async (method, args) => {
          const target = { database: String(database), collection: String(collection) };
          const bytes = values.encode(args);
          const request = { ...target, method, args: bytes, isSystem };
          const value = await link.request({ type: 'data', ...request });
          return values.read(value);
        }),
    }),
    startSession: () => {
      throw new Error('Sessions and transactions are not supported');
    },
  };
}

function createCollection(returned: Pick<ReturnedCursors, 'meet'>, run: RunMethod): object {
  const methods = DATA_METHODS.map((method) => [method, (...args: unknown[]) => run(method, args)]);
  return {
    ...(Object.fromEntries(methods) as object),
    find: (query: unknown = {}, projection: unknown = {}, options: unknown = {}) =>
      createCursor(
        { projection, ...(options as object | null) },
        ({ projection: fields, ...rest }) => run('find', [query, fields ?? {}, rest]),
        returned,
      ),
    findOne: (query: unknown = {}, projection: unknown = {}, options: unknown = {}) =>
      run('findOne', [query, projection, options]),
    count: (query: unknown = {}, options: unknown = {}) => run('count', [query, options]),
    aggregate: (pipeline: unknown = [], options: unknown = {}) =>
      createCursor(
        {},
        ({ sort, skip, limit, projection }) =>
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
        returned,
      ),
  };
}

function stage(name: string, argument: unknown): object[] {
  return argument === undefined ? [] : [{ [name]: argument }];
}
