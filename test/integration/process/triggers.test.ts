/** Triggers of gateways that are killed and stopped: what is left undone is done by the next. */
import { afterEach, expect, test } from '@jest/globals';
import { mustLogIn } from '../../support/account-operations.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway-process.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient } from '../../support/graphql-client.ts';
import { createTrigger, exportTrigger } from '../../support/triggers.ts';

const TIMEOUT = 60_000;

const TRIGGER = createTrigger({
  name: 'onCreate',
  functionName: 'welcome',
  operation: 'CREATE',
  providers: ['anon-user'],
});

/** An app whose trigger writes the new user's document, or never ends. */
const createAppFiles = (source: string) => ({
  'root_config.json': {},
  'functions/config.json': [{ name: 'welcome', private: true }],
  'functions/welcome.js': source,
  'triggers/onCreate.json': exportTrigger(TRIGGER),
});

const HANGING = `exports = async () => {
  console.log('begun');
  await new Promise(() => setInterval(() => {}, 100));
};`;

const WRITING = `exports = async ({ operationType, providers, time, user }) => {
  const { value } = context.values.get('documents');
  await context.services.get('mongodb-atlas').db(value).collection('custom-user-data').updateOne(
    { userId: user.id },
    { $set: { operationType, providers, time, isSystem: context.runningAsSystem() } },
    { upsert: true },
  );
  console.log('done');
};`;

describeOnEveryStore('a trigger', (provideStore) => {
  const running = new Set<GatewayProcess>();
  const apps: AppDirectory[] = [];
  afterEach(async () => {
    for (const gateway of running) await gateway.end('SIGKILL');
    running.clear();
    for (const app of apps.splice(0)) await app.remove();
  });
  const start = async (source: string) => {
    const { CUSTOM_DATA_DATABASE: database = 'custom-user-data-database' } = provideStore().env;
    const documents = { name: 'documents', value: { value: database } };
    const app = await writeApp({ ...createAppFiles(source), 'values/documents.json': documents });
    apps.push(app);
    const env = { ...provideStore().env, FUNCTIONS_DIR: app.path, FUNCTION_TIMEOUT: '5m' };
    const gateway = await startGatewayProcess(env);
    running.add(gateway);
    return gateway;
  };
  const logIn = async ({ url }: GatewayProcess) =>
    (await mustLogIn(createGraphQLClient(url), { anonymous: true })).user.id;
  const readNoted = () => provideStore().readAll('trigger-events');
  /** As if so much time had passed. */
  const endLeases = async () => {
    const events = await provideStore().openState('trigger-events');
    for (const { _id } of await readNoted()) {
      await events.updateOne({ _id }, { $set: { dueAt: new Date() } });
    }
  };
  const readDocument = async (userId: string) =>
    (await provideStore().openDocuments()).findOne({ userId });

  test(
    'that was running when its gateway was killed runs again after the start',
    async () => {
      const first = await start(HANGING);
      const userId = await logIn(first);
      await first.saying(/^begun$/);
      await first.end('SIGKILL');
      expect(await readNoted()).toMatchObject([{ trigger: 'onCreate', tries: 1, userId }]);
      await endLeases();
      const second = await start(WRITING);
      await second.saying(/^done$/);
      expect(await readDocument(userId)).toMatchObject({
        operationType: 'CREATE',
        providers: ['anon-user'],
        time: expect.any(Date),
        isSystem: true,
      });
      await second.end('SIGTERM');
      expect(await readNoted()).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'that a stop cuts off runs again at the next start, and that try does not count',
    async () => {
      const first = await start(HANGING);
      const userId = await logIn(first);
      await first.saying(/^begun$/);
      expect(await first.end('SIGTERM')).toEqual([0, null]);
      expect(await readNoted()).toMatchObject([{ tries: 0, userId }]);
      const second = await start(WRITING);
      await second.saying(/^done$/);
      expect(await readDocument(userId)).toMatchObject({ operationType: 'CREATE' });
    },
    TIMEOUT,
  );
});
