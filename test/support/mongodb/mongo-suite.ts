/** What a test file needs to run on MongoDB: the URI, a suite that is skipped without, a database. */
import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';
import { MongoClient } from 'mongodb';

/** URI of the MongoDB of this run, or `undefined` if there is none. */
export function mongoTestUri(): string | undefined {
  return process.env.MONGODB_TEST_URI || undefined;
}

/**
 * Declares a suite that needs MongoDB. Without one the suite is reported as skipped, and `body` runs
 * only for the names of its tests.
 */
export function describeOnMongo(name: string, body: (uri: string) => void): void {
  const uri = mongoTestUri();
  const declare = uri === undefined ? describe.skip : describe;
  declare(name, () => body(uri ?? ''));
}

/** A database that no other test file uses. */
export interface TestDatabase {
  readonly name: string;
  /** URI with the database as its path, so that it is the state database. */
  readonly uri: string;
  /** Direct access, to play the outside writer. */
  readonly client: MongoClient;
  /** Drops the database and disconnects. */
  readonly remove: () => Promise<void>;
}

/** Makes a database that no other test file uses; its name contains `label`. */
export async function createTestDatabase(uri: string, label: string): Promise<TestDatabase> {
  const name = `test-${label}-${randomBytes(6).toString('hex')}`;
  const client = await MongoClient.connect(uri);
  return {
    name,
    uri: withDatabase(uri, name),
    client,
    remove: async () => {
      await client.db(name).dropDatabase();
      await client.close();
    },
  };
}

/** `uri` with `database` as its path. Works for lists of hosts, which `URL` does not parse. */
function withDatabase(uri: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri);
  if (match === null) throw new Error('The URI of the test database is malformed');
  const [, hosts = '', options = ''] = match;
  return `${hosts}/${database}${options}`;
}
