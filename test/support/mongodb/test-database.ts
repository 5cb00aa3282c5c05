/** A database for one test file, with direct access. */
import { MongoClient } from 'mongodb';
import { uniqueDatabaseName, withDatabase } from './test-uri.ts';

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
  const name = uniqueDatabaseName(label);
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
