/** A gateway whose documents have a schema. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import {
  createTemporaryDirectory,
  startGateway,
  type TestEnv,
  type TestGateway,
} from './gateway.ts';
import type { ProvidedStore } from './gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from './graphql-client.ts';

/** The gateway and a client of it; good in hooks and tests only. */
export interface SchemaGateway {
  readonly gateway: () => TestGateway;
  /** The environment it was started with. */
  readonly env: () => TestEnv;
  readonly send: SendOperation;
}

/** Starts the gateway before all tests, with the schema in a file and whatever else is given. */
export function useSchemaGateway(
  provideStore: () => ProvidedStore,
  schema: object,
  more: TestEnv = {},
): SchemaGateway {
  let gateway: TestGateway;
  let send: SendOperation;
  let env: TestEnv;
  let removeFile: () => Promise<void>;
  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    removeFile = directory.remove;
    const file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify(schema));
    env = { ...provideStore().env, CUSTOM_DATA_SCHEMA_FILE: file, ...more };
    gateway = await startGateway(env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await removeFile();
  });
  return { gateway: () => gateway, env: () => env, send: (...operation) => send(...operation) };
}

/** The token of a user whose document someone else wrote. */
export async function tokenOfWritten(
  send: SendOperation,
  { openDocuments }: Pick<ProvidedStore, 'openDocuments'>,
  document: object,
): Promise<string> {
  const session = await logInAnonymously(send);
  const documents = await openDocuments();
  await documents.insertOne({ userId: session.user.id, ...document });
  const { data } = await send(OPERATIONS.refreshCustomData, { token: session.accessToken });
  return data.refreshCustomData.accessToken;
}
