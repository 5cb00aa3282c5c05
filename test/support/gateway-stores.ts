/** Runs a suite against the gateway on every store there is. */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { openMongoStore } from '../../src/store/mongodb/mongodb-store.ts';
import type { DocumentCollection, Store } from '../../src/store/port.ts';
import type { Document } from '../../src/values/documents.ts';
import { createTemporaryDirectory, type TestEnv } from './gateway.ts';
import { createTestDatabase } from './mongodb/test-database.ts';
import { canTestServerHold, describeOnMongo } from './mongodb/test-uri.ts';

/** A store for one suite, and a way past the gateway to what is in it. */
export interface ProvidedStore {
  /** Environment of a gateway on this store. */
  readonly env: TestEnv;
  /** The users' documents, as someone with database access sees them. */
  readonly openDocuments: (collection?: string) => Promise<DocumentCollection>;
  /** One of the gateway's own collections. */
  readonly openState: (collection: string) => Promise<DocumentCollection>;
  /** Everything in one of the gateway's own collections. */
  readonly readAll: (collection: string) => Promise<Document[]>;
  /** Whether the server behind it can hold and compare a canonical document. */
  readonly canHold: (json: unknown) => boolean;
}

const DOCUMENTS = { database: 'custom-user-data-database', name: 'custom-user-data' };

/** Describes `name` once a store; `provideStore` may be called in hooks and tests. */
export function describeOnEveryStore(
  name: string,
  suite: (provideStore: () => ProvidedStore) => void,
): void {
  describe(`${name} on the embedded store`, () => {
    let provided: ProvidedStore | undefined;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const directory = await createTemporaryDirectory();
      const open = () => openEmbeddedStore({ dataDir: directory.path, now: Date.now });
      const outside = createOutside(open, DOCUMENTS.database);
      provided = { env: { DATA_DIR: directory.path }, ...outside, canHold: () => true };
      close = async () => {
        await outside.close();
        await directory.remove();
      };
    });
    suite(() => assertProvided(provided));
    afterAll(() => close());
  });

  describeOnMongo(`${name} on MongoDB`, (uri) => {
    let provided: ProvidedStore | undefined;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const state = await createTestDatabase(uri, 'state');
      const documents = await createTestDatabase(uri, 'documents');
      const open = () => openMongoStore({ uri: state.uri, log: createLog('silent') });
      const outside = createOutside(open, documents.name);
      const env = { MONGODB_URI: state.uri, CUSTOM_DATA_DATABASE: documents.name };
      provided = { env, ...outside, canHold: canTestServerHold };
      close = async () => {
        await outside.close();
        await state.remove();
        await documents.remove();
      };
    });
    suite(() => assertProvided(provided));
    afterAll(() => close());
  });
}

function assertProvided(provided: ProvidedStore | undefined): ProvidedStore {
  if (provided === undefined) throw new Error('The store is there in hooks and tests only');
  return provided;
}

function createOutside(open: () => Promise<Store>, database: string) {
  let opened: Promise<Store> | undefined;
  const store = () => {
    opened ??= open();
    return opened;
  };
  return {
    openDocuments: async (name = DOCUMENTS.name) => (await store()).collection({ database, name }),
    openState: async (name: string) => (await store()).collection({ name }),
    readAll: async (name: string) => (await (await store()).collection({ name })).find({}),
    close: async () => (await opened)?.close(),
  };
}
