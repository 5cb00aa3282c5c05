/** The MongoDB store while the database is away. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isGatewayError } from '../../../src/errors.ts';
import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import type { DocumentCollection, Store, StoredDocument } from '../../../src/store/port.ts';
import { startTcpProxy, type TcpProxy } from '../../support/mongodb/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

/** Milliseconds within which every operation has an answer, by the contract of the gateway. */
const BOUND = 5000;

const find = { database: 'functions', collection: 'c', method: 'find', args: [] } as const;

describeOnMongo('MongoDB away', (serverUri) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let store: Store;
  let documents: DocumentCollection;
  let before: StoredDocument | null;
  const logged: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase(serverUri, 'away');
    proxy = await startTcpProxy(database.uri);
    const log = createLog('info', { write: (line: string) => void logged.push(line) });
    store = await openMongoStore({ uri: proxy.uri, log });
    documents = await store.collection({ name: 'c' });
    await documents.insertOne({ _id: 1, n: 0 });
  });
  beforeEach(async () => {
    before = await documents.findStored({ _id: 1 });
  });
  afterAll(async () => {
    await store.close();
    await proxy.close();
    await database.remove();
  });

  test.each([
    ['refuses connections', () => proxy.down()],
    ['answers nothing', () => proxy.silence()],
  ])(
    'operations fail as SERVICE_UNAVAILABLE in bounded time if it %s, and recover by themselves',
    async (_how, takeAway) => {
      takeAway();
      const operations: (() => Promise<unknown>)[] = [
        () => store.ping(),
        () => documents.findOne({ _id: 1 }),
        () => documents.findStored({ _id: 1 }),
        () => documents.insertOne({ n: 1 }),
        () => documents.updateOne({ _id: 1 }, { $set: { n: 1 } }, { upsert: true }),
        () => documents.deleteOne({ _id: 2 }),
        () => documents.compareAndSet(before, { _id: 1, n: 2 }),
        () => store.collection({ name: 'other', unique: ['u'] }),
        async () => (await store.dataService()).run(find),
      ];
      const outcomes = await Promise.all(operations.map(outcomeOf));
      for (const { code, milliseconds } of outcomes) {
        expect(code).toBe('SERVICE_UNAVAILABLE');
        expect(milliseconds).toBeLessThan(BOUND);
      }

      proxy.up();
      let recovered = await outcomeOf(() => store.ping());
      const limit = performance.now() + BOUND;
      while (recovered.code !== undefined && performance.now() < limit) {
        recovered = await outcomeOf(() => store.ping());
      }
      expect(recovered.code).toBe(undefined);
      expect(await documents.findOne({ _id: 1 })).toMatchObject({ _id: 1 });
    },
    40_000,
  );

  test('the log tells when it went and when it was back', () => {
    const messages = logged.map((line) => String(JSON.parse(line).msg));
    expect(messages.slice(0, 3)).toEqual([
      'The database can be reached',
      'The database cannot be reached',
      'The database can be reached',
    ]);
  });

  describe('at the start', () => {
    test.each([
      ['refuses connections', () => proxy.down()],
      ['answers nothing', () => proxy.silence()],
    ])(
      'opening fails as SERVICE_UNAVAILABLE in bounded time if it %s',
      async (_how, takeAway) => {
        takeAway();
        const log = createLog('silent');
        const outcome = await outcomeOf(() => openMongoStore({ uri: proxy.uri, log }));
        proxy.up();
        expect(outcome.code).toBe('SERVICE_UNAVAILABLE');
        expect(outcome.milliseconds).toBeLessThan(BOUND);
      },
      20_000,
    );
  });
});

/** Code of the error, if it is one for clients, and how long it took. */
async function outcomeOf(operation: () => Promise<unknown>) {
  const startedAt = performance.now();
  const code = await operation().then(
    () => undefined,
    (error: unknown) => (isGatewayError(error) ? error.code : 'UNEXPECTED'),
  );
  return { code, milliseconds: performance.now() - startedAt };
}
