/** Names of databases and collections, as the operator's code asks for them. */
import type { MongoClient } from 'mongodb';
import type { DataServiceParts } from '../data-service.ts';
import { toDataError } from './errors.ts';
import type { Runner } from './runner.ts';

/** Creates the list of names. */
export function createNames(
  client: MongoClient,
  context: { readonly runner: Runner; readonly maxTimeMS: number },
): DataServiceParts['names'] {
  return (database, { timeLeft }) => {
    const maxTimeMS = Math.max(1, Math.floor(Math.min(context.maxTimeMS, timeLeft())));
    const settings = { nameOnly: true, maxTimeMS } as const;
    return context.runner.run(
      async () => {
        const found =
          database === null
            ? (await client.db().admin().listDatabases(settings)).databases
            : await client.db(database).listCollections({}, settings).toArray();
        return found.map(({ name }) => name);
      },
      { translate: toDataError },
    );
  };
}
