/** Client access over the real use cases on a real store. */
import { randomBytes } from 'node:crypto';
import { type Config, parseConfig } from '../../src/config.ts';
import type { CustomDataSchema } from '../../src/custom-data/schema/custom-data-schema.ts';
import { createLog } from '../../src/log.ts';
import { openCustomData } from '../../src/open-store.ts';
import { openChanges } from '../../src/session/changes/open-changes.ts';
import type { ClientAccess } from '../../src/session/client-access.ts';
import { openUsers } from '../../src/session/open-users.ts';
import { NO_FUNCTIONS } from '../../src/session/operator-functions.ts';
import type { Sessions } from '../../src/session/sessions.ts';
import { createUseCases } from '../../src/session/use-cases.ts';
import type { DocumentCollection, Store } from '../../src/store/port.ts';
import type { AccessClaims } from '../../src/token/claims.ts';
import type { Document } from '../../src/values/documents.ts';
import { toPlain } from './store-contract/data-calls.ts';
import { createTestTokens, ISSUER } from './test-tokens.ts';

/** The collection of the documents. */
export const COLLECTION = 'custom-user-data';

/** What a test wants to be other than usual. */
export interface ClientSetupOptions {
  readonly access?: Config['customData']['clientAccess'];
  readonly schema?: CustomDataSchema | null;
  readonly budgetBytes?: number;
  /** Database of the documents; one of its own by default. */
  readonly database?: string;
}

/** A user whose client calls the service. */
export interface ClientUser {
  readonly userId: string;
  readonly caller: AccessClaims;
  /** Calls a method on the documents' collection. */
  readonly call: (name: string, argument?: object) => Promise<unknown>;
}

/** Use cases on a store, and what someone with database access sees. */
export interface ClientSetup {
  readonly database: string;
  readonly access: ClientAccess;
  /** Ends the session of a caller. */
  readonly logOut: Sessions['logOut'];
  readonly documents: DocumentCollection;
  /** Logs a new user in. */
  readonly newUser: () => Promise<ClientUser>;
  /** Logs a new user in, who then inserts these fields. */
  readonly newUserWith: (fields: object) => Promise<ClientUser>;
  /** The stored document of a user. */
  readonly stored: (user: ClientUser) => Promise<Document | null>;
  /** The same without its identity, as plain values. */
  readonly storedFields: (user: ClientUser) => Promise<unknown>;
}

/** Makes the use cases. Several on one store share its documents, not its tokens' keys. */
export async function setUpClientAccess(
  store: Store,
  options: ClientSetupOptions = {},
): Promise<ClientSetup> {
  const now = Date.now;
  const log = createLog('silent');
  const { schema = null, budgetBytes = 8192 } = options;
  const { database = `documents-${randomBytes(6).toString('hex')}` } = options;
  const parsed = parseConfig({
    CUSTOM_DATA_DATABASE: database,
    CUSTOM_DATA_CLIENT_ACCESS: options.access ?? 'write',
  });
  if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
  const { config } = parsed;
  const { tokens, clock } = await createTestTokens();
  clock.now = now();
  const customData = await openCustomData(config, { store, log, now, schema });
  const { users } = await openUsers({
    ...{ config, customData, store, log, now },
    functions: NO_FUNCTIONS,
    publicUrl: () => ISSUER,
  });
  const { sessions } = users.collections;
  const changes = openChanges({ config, customData, sessions, store, log, now });
  const open = () =>
    createUseCases(
      {
        ...{ ...users, changes, functions: NO_FUNCTIONS, tokens },
        config: { ...config, token: { ...config.token, budgetBytes } },
      },
      { headers: {}, id: '', ip: '127.0.0.1', method: 'POST' },
    );
  const access: ClientAccess = { run: (...call) => open().clientAccess.run(...call) };
  const documents = await store.collection({ database, name: COLLECTION, unique: ['userId'] });
  const newUser = async (): Promise<ClientUser> => {
    const { claims } = await open().sessions.logIn({ provider: 'anonymous' });
    const place = { database, collection: COLLECTION };
    return {
      userId: claims.userId,
      caller: claims,
      call: (name, argument = {}) =>
        access.run(claims, { name, argument: { ...place, ...argument } }),
    };
  };
  const stored: ClientSetup['stored'] = async ({ userId }) =>
    (await documents.findStored({ userId }))?.document ?? null;
  return {
    ...{ database, access, documents, newUser, stored },
    logOut: (caller) => open().sessions.logOut(caller),
    newUserWith: async (fields) => {
      const user = await newUser();
      await user.call('insertOne', { document: { userId: user.userId, ...fields } });
      return user;
    },
    storedFields: async (user) => {
      const { _id, userId, ...fields } = (await stored(user)) ?? { _id: null };
      return toPlain(fields);
    },
  };
}
