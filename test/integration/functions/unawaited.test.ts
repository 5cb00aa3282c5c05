/** Work that a function starts and does not wait for: the call ends when it is done, not before. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';

const TIMEOUT = 60_000;

/** The shape of the vendor's template for the user creation function: its insert is not awaited. */
const onUserCreation = (collection: string) => `exports = function (user) {
  const documents = ${collection};
  documents.insertOne({ userId: user.id, createdBy: 'function' });
};`;

const sources = (database: string): Record<string, string> => {
  const collection = `context.services.get('mongodb-atlas').db(${JSON.stringify(database)}).collection('custom-user-data')`;
  return {
    onUserCreation: onUserCreation(collection),
    chain: `exports = (key) => {
      ${collection}.findOne({ none: 1 }).then(() => ${collection}.insertOne({ chain: key }));
      return 'returned';
    }`,
    many: `exports = (count) => {
      for (let n = 0; n < count; n++) ${collection}.insertOne({ many: n });
    }`,
    fails: `exports = () => {
      ${collection}.findOne({ none: 1 }).then(() => ${collection}.insertOne({ fails: 1 }));
      throw new Error('no');
    }`,
    afterHttp: `exports = (url) => {
      context.http.get({ url }).then(() => ${collection}.insertOne({ after: 'context.http' }));
      fetch(url).then((answer) => answer.text()).then((text) => ${collection}.insertOne({ after: text }));
    }`,
    afterFunction: `exports = () => { context.functions.execute('slowly'); }`,
    slowly: `exports = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await ${collection}.insertOne({ after: 'a function and a timer' });
    }`,
    refused: `exports = () => { ${collection}.insertOne({ $no: 1 }); return 'returned'; }`,
  };
};

describeOnEveryStore('work that is not awaited', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;
  let send: SendOperation;
  let documents: DocumentCollection;
  let server: Server;
  let token: string;

  beforeAll(async () => {
    const { env, openDocuments } = provideStore();
    const files = sources(env.CUSTOM_DATA_DATABASE ?? 'custom-user-data-database');
    app = await writeApp(
      Object.fromEntries(
        Object.entries(files).map(([name, text]) => [`functions/${name}.js`, text]),
      ),
    );
    gateway = await startGateway({
      ...{ ...env, FUNCTIONS_DIR: app.path, ON_USER_CREATION_FUNCTION: 'onUserCreation' },
    });
    send = createGraphQLClient(gateway.url);
    documents = await openDocuments();
    server = createServer((_request, response) => response.end('fetch'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    token = (await logInAnonymously(send)).accessToken;
  }, TIMEOUT);
  afterAll(async () => {
    server.close();
    await gateway.stop();
    await app.remove();
  });

  const call = async (name: string, ...args: unknown[]) => {
    const { data, errors } = await send(OPERATIONS.callFunction, {
      token,
      variables: { name, arguments: args },
    });
    return errors === undefined ? data.callFunction : errors[0]?.extensions?.code;
  };
  const has = async (filter: object) => (await documents.findStored({ ...filter })) !== null;

  test('is done when the answer comes, whatever it began meanwhile: 30 of 30', async () => {
    for (let key = 0; key < 30; key += 1) {
      expect(await call('chain', key)).toBe('returned');
      expect(await has({ chain: key })).toBe(true);
    }
  });

  test('is done in the user creation function of the template, for both protocols', async () => {
    const { user } = await logInAnonymously(send);
    expect(await has({ userId: user.id, createdBy: 'function' })).toBe(true);
    const { app: realm } = createRealmClient(gateway.url);
    const { id } = await realm.logIn(Credentials.anonymous());
    expect(await has({ userId: id, createdBy: 'function' })).toBe(true);
  });

  test('is done when there is more of it than is sent at once', async () => {
    expect(await call('many', 50)).toBeNull();
    const found = await Promise.all(Array.from({ length: 50 }, (_, n) => has({ many: n })));
    expect(found).toEqual(Array(50).fill(true));
  });

  test('is done for a function that fails as well', async () => {
    expect(await call('fails')).toBe('FUNCTION_FAILED');
    expect(await has({ fails: 1 })).toBe(true);
  });

  test('may be requests over HTTP, other functions and short timers', async () => {
    const { port } = server.address() as AddressInfo;
    expect(await call('afterHttp', `http://127.0.0.1:${port}`)).toBeNull();
    expect(await has({ after: 'context.http' })).toBe(true);
    expect(await has({ after: 'fetch' })).toBe(true);
    expect(await call('afterFunction')).toBeNull();
    expect(await has({ after: 'a function and a timer' })).toBe(true);
  });

  test('may be refused, which does not change what the function returned', async () => {
    expect(await call('refused')).toBe('returned');
  });
});
