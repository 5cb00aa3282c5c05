/** What requests about the document cost on the store: which operations, and which of them at the same time. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { createRounds } from '../../support/rounds.ts';
import { withSteps } from '../../support/store-steps.ts';

describeOnEveryStore('on the store', (provideStore) => {
  const rounds = createRounds();
  let gateway: TestGateway;
  let send: SendOperation;
  let isMongo: boolean;
  beforeAll(async () => {
    const { env } = provideStore();
    isMongo = env.MONGODB_URI !== undefined;
    gateway = await startGateway({ ...env }, { wrapStore: withSteps(rounds.before) });
    send = createGraphQLClient(gateway.url);
    await rounds.afterSweep;
  });
  afterAll(() => gateway.stop());

  const READS = ['custom-user-data.findStored', 'sessions.findOne'];

  describe('a write', () => {
    test('reads session and document at once, whether there is a document or not', async () => {
      const { accessToken: token } = await logInAnonymously(send);
      for (const n of [1, 2]) {
        const made = await rounds.of(() =>
          send(OPERATIONS.write, { token, variables: { data: { n } } }),
        );
        expect(made).toEqual([READS, ['custom-user-data.compareAndSet']]);
      }
    });

    test('takes three commands; on MongoDB the first one reads back what was stored', async () => {
      const { accessToken: token } = await logInAnonymously(send);
      const write = async (n: number) => {
        gateway.takeStoreOperations();
        await send(OPERATIONS.write, { token, variables: { data: { n } } });
        return gateway.takeStoreOperations();
      };
      const readBack = isMongo ? ['find'] : [];
      expect(await write(1)).toEqual(['find', 'find', 'insert', ...readBack]);
      expect(await write(2)).toEqual(['find', 'find', 'findAndModify']);
    });
  });

  test('refreshCustomData reads session and document at once, me nothing', async () => {
    const { accessToken: token } = await logInAnonymously(send);
    expect(await rounds.of(() => send(OPERATIONS.refreshCustomData, { token }))).toEqual([READS]);
    expect(await rounds.of(() => send(OPERATIONS.me, { token }))).toEqual([]);
  });
});
