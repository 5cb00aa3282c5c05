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
import { type BeforeOperation, withSteps } from '../../support/store-steps.ts';

/** Long enough for everything that begins at once to have begun. */
const ROUND_MILLISECONDS = 50;

/** Holds operations for a moment, so that those which do not wait for each other begin in one round. */
function createRounds() {
  let rounds: string[][] | undefined;
  let waiting: { readonly name: string; readonly go: () => void }[] = [];
  const end = () => {
    const round = waiting;
    waiting = [];
    rounds?.push(round.map(({ name }) => name).sort());
    for (const { go } of round) go();
  };
  const before: BeforeOperation = ({ name, collection }) =>
    rounds === undefined
      ? undefined
      : new Promise<void>((go) => {
          if (waiting.push({ name: `${collection}.${name}`, go }) === 1) {
            setTimeout(end, ROUND_MILLISECONDS);
          }
        });
  return {
    before,
    async of(run: () => Promise<unknown>): Promise<string[][]> {
      rounds = [];
      await run();
      const made = rounds;
      rounds = undefined;
      return made;
    },
  };
}

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
