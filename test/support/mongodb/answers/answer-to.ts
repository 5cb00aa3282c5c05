/** Putting commands to a server. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type Db, MongoClient, MongoServerError } from 'mongodb';
import type { Document } from '../../../../src/values/documents.ts';
import { uniqueDatabaseName } from '../test-uri.ts';
import type { Answer } from './answer-case.ts';

/** A database that is empty at the start of each test. */
export function useDatabase(uri: string): () => Db {
  let client: MongoClient;
  let database: Db;
  beforeAll(async () => {
    client = await MongoClient.connect(uri);
  });
  beforeEach(() => {
    database = client.db(uniqueDatabaseName('answers'));
  });
  afterEach(() => database.dropDatabase());
  afterAll(() => client.close());
  return () => database;
}

/** Runs commands that must succeed. */
export async function prepare(database: Db, commands: readonly Document[] = []): Promise<void> {
  for (const command of commands) {
    const answer = await answerTo(database, command);
    if (answer !== 'ok') throw new Error(`The preparation was refused with ${answer}`);
  }
}

/** Number of the error of a command, or of its first statement that failed. */
export async function answerTo(database: Db, command: Document): Promise<Answer> {
  try {
    const { writeErrors } = await database.command(command);
    return writeErrors?.[0]?.code ?? 'ok';
  } catch (error) {
    if (error instanceof MongoServerError && typeof error.code === 'number') return error.code;
    throw error;
  }
}
