/** Queries of functions over many documents: what they take, and what becomes of everything else. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const ME = '{ me { id customData } }';

const COUNT = 8_000;
const TIMEOUT = 60_000;

const big = `context.services.get('mongodb-atlas').db('app').collection('big')`;
const SOURCES = {
  fill: `exports = async (count) => {
    const text = 'x'.repeat(400);
    const documents = Array.from({ length: count }, (_, n) => ({ _id: n, n, text }));
    await ${big}.insertMany(documents);
  }`,
  countAll: `exports = async (times) => {
    let found = 0;
    for (let n = 0; n < times; n++) found += await ${big}.count({ n: { $gte: 0 } });
    return found;
  }`,
  readAll: `exports = async () => (await ${big}.find({}).toArray()).length`,
  readSome: `exports = async () => (await ${big}.find({}).sort({ n: -1 }).limit(3).toArray()).map(({ n }) => n)`,
  // More at once than one answer may take.
  readTwice: `exports = async () => {
    try { await Promise.all([1, 2, 3].map(() => ${big}.find({}).toArray())); return 'read'; }
    catch (error) { return [error.code, (await ${big}.find({}).limit(2).toArray()).length]; }
  }`,
  whoAmI: 'exports = () => context.user.custom_data',
};

describeOnEveryStore('queries of functions', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    app = await writeApp(
      Object.fromEntries(
        Object.entries(SOURCES).map(([name, text]) => [`functions/${name}.js`, text]),
      ),
    );
    gateway = await startGateway({
      ...provideStore().env,
      ...{ FUNCTIONS_DIR: app.path, FUNCTION_MEMORY_MB: '24', FUNCTION_TIMEOUT: '30s' },
    });
    send = createGraphQLClient(gateway.url);
    const { accessToken: token } = await logInAnonymously(send);
    const filled = await send(OPERATIONS.callFunction, {
      token,
      variables: { name: 'fill', arguments: [COUNT] },
    });
    expect(filled.errors).toBeUndefined();
  }, TIMEOUT);
  afterAll(async () => {
    await gateway.stop();
    await app.remove();
  });

  const call = async (name: string, ...args: unknown[]) => {
    const { accessToken: token } = await logInAnonymously(send);
    const { data, errors } = await send(OPERATIONS.callFunction, {
      token,
      variables: { name, arguments: args },
    });
    return errors?.[0]?.extensions ?? data.callFunction;
  };

  test(
    'leave the others their turn: me answers while a collection is read',
    async () => {
      const { accessToken: token, user } = await logInAnonymously(send);
      const answers: unknown[] = [];
      let isReading = true;
      const reading = call('countAll', 3).finally(() => {
        isReading = false;
      });
      while (isReading) {
        const { data } = await send(ME, { token });
        if (isReading) answers.push(data.me.id);
      }
      expect(await reading).toBe(3 * COUNT);
      expect(answers.length).toBeGreaterThan(3);
      expect(new Set(answers)).toEqual(new Set([user.id]));
    },
    TIMEOUT,
  );

  test(
    'take no more memory than the function may, all at once',
    async () => {
      const limit = { code: 'FUNCTION_LIMIT_EXCEEDED', function: 'readAll', limit: 'memory' };
      expect(await call('readAll')).toMatchObject(limit);
      expect(await call('readTwice')).toEqual(['FUNCTION_LIMIT_EXCEEDED', 2]);
      expect(await call('readSome')).toEqual([COUNT - 1, COUNT - 2, COUNT - 3]);
      expect((await send(ME)).errors).toBeUndefined();
    },
    TIMEOUT,
  );

  test('a document that looks like Extended JSON and is none keeps no function from running', async () => {
    const session = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId: session.user.id, word: { $numberInt: 'n/a' } });
    const { data } = await send('mutation { refreshCustomData { accessToken } }', {
      token: session.accessToken,
    });
    const token = data.refreshCustomData.accessToken;
    const { data: called } = await send(OPERATIONS.callFunction, {
      token,
      variables: { name: 'whoAmI' },
    });
    expect(called.callFunction).toMatchObject({ word: { $numberInt: 'n/a' } });
  });
});
