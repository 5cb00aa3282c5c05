/** What the log says of databases that lack something which no refusal would show. */
import { type MongoClient, MongoServerError } from 'mongodb';
import type { Log } from '../../log.ts';

/**
 * Asks the database what it is, and warns if it is FerretDB 1: that reads a document and then writes
 * it as a whole, in two steps, so that writers at the same moment overwrite each other.
 */
export async function warnOfEngine(client: MongoClient, log: Log): Promise<void> {
  const info = await askForBuild(client, log);
  if (!('ferretdbFeatures' in info)) return;
  log.warn(
    'the database is FerretDB 1, whose writes are not atomic: good for trying the gateway, not for ' +
      'users (docs/databases.md)',
  );
}

/** A server that does not tell is none of those that are known. */
async function askForBuild(client: MongoClient, log: Log): Promise<object> {
  try {
    return await client.db('admin').command({ buildInfo: 1 });
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    log.debug({ err: error }, 'the database does not say what it is');
    return {};
  }
}
