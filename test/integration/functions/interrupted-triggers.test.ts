/** Log-ins and deletions that are cut off anywhere: no event of what is there, or is gone, gets lost. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logIn, mustLogIn } from '../../support/account-operations.ts';
import { createFakeFunctions } from '../../support/fake-functions.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGatewayOptions } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient } from '../../support/graphql-client.ts';
import { withSteps } from '../../support/store-steps.ts';
import { createTrigger, exportTrigger } from '../../support/triggers.ts';
import { until } from '../../support/until.ts';

const TIMEOUT = 120_000;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const OPERATIONS = ['CREATE', 'LOGIN', 'DELETE'] as const;

let app: AppDirectory;
beforeAll(async () => {
  const triggers = OPERATIONS.map((operation) =>
    createTrigger({ name: operation, operation, functionName: 'tell', providers: ['anon-user'] }),
  );
  app = await writeApp({
    'root_config.json': {},
    ...Object.fromEntries(
      triggers.map((trigger) => [`triggers/${trigger.name}.json`, exportTrigger(trigger)]),
    ),
  });
});
afterAll(() => app.remove());

describeOnEveryStore('triggers', (provideStore) => {
  /** Operations that were told of each user, in the order in which they were. */
  const told = new Map<string, string[]>();
  const functions = createFakeFunctions({
    tell: (({ operationType, user: { id } }: { operationType: string; user: { id: string } }) => {
      told.set(id, [...(told.get(id) ?? []), operationType]);
    }) as never,
  });
  const start = (options: TestGatewayOptions = {}) =>
    startGateway(
      { ...provideStore().env, PUBLIC_URL: 'http://gateway.example', FUNCTIONS_DIR: app.path },
      { openFunctions: functions.open, ...options },
    );
  /** A gateway that dies, for this request, before so many more operations of the store. */
  const startDying = async () => {
    let left = Number.POSITIVE_INFINITY;
    const gateway = await start({
      // Others run what it leaves.
      pollMilliseconds: DAY,
      wrapStore: withSteps(() => {
        left -= 1;
        if (left < 0) throw new Error('the process died here');
      }),
    });
    return {
      ...gateway,
      send: createGraphQLClient(gateway.url),
      dieAfter: (operations: number) => {
        left = operations;
      },
    };
  };
  /** Starts a gateway for which every lease is over, and waits until it has done what there was to do. */
  const startNext = async (ahead = MINUTE) => {
    const gateway = await start({ now: () => Date.now() + ahead, pollMilliseconds: 20 });
    await until(async () => (await provideStore().readAll('trigger-events')).length === 0);
    await gateway.stop();
  };
  const idsOfAccounts = async () =>
    (await provideStore().readAll('accounts')).map(({ _id }) => String(_id));

  test(
    'are told of every account that is there, wherever the log-in was cut off',
    async () => {
      const before = new Set(await idsOfAccounts());
      const { dieAfter, send, stop } = await startDying();
      const answered: string[] = [];
      for (let step = 0; answered.length === 0; step += 1) {
        dieAfter(step);
        const { data } = await logIn(send, { anonymous: true });
        if (data?.logIn) answered.push(data.logIn.user.id);
        dieAfter(Number.POSITIVE_INFINITY);
      }
      await stop();
      await startNext();
      const there = (await idsOfAccounts()).filter((id) => !before.has(id));
      expect(there).toEqual(expect.arrayContaining(answered));
      for (const id of there) expect(told.get(id)).toContain('CREATE');
      for (const id of answered) expect(told.get(id)).toContain('LOGIN');
      const others = [...told.keys()].filter((id) => !before.has(id) && !there.includes(id));
      expect(others).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'are told of every account that is gone, wherever the deletion was cut off, and of no other',
    async () => {
      const { dieAfter, send, stop } = await startDying();
      const ids: string[] = [];
      for (let isCutOff = true; isCutOff; ) {
        const { accessToken: token, user } = await mustLogIn(send, { anonymous: true });
        await until(async () => told.get(user.id)?.length === 2);
        dieAfter(ids.length);
        isCutOff = (await send(ACCOUNT_OPERATIONS.deleteUser, { token })).code !== undefined;
        dieAfter(Number.POSITIVE_INFINITY);
        ids.push(user.id);
      }
      await stop();
      // It completes the deletions as well.
      await startNext();
      const left = new Set(await idsOfAccounts());
      const gone = ids.filter((id) => !left.has(id));
      expect(gone.length).toBeGreaterThan(5);
      for (const id of ids) {
        const deletions = told.get(id)?.filter((operation) => operation === 'DELETE');
        expect(deletions).toEqual(gone.includes(id) ? ['DELETE'] : []);
      }
    },
    TIMEOUT,
  );

  describe('of what the gateway does by itself', () => {
    test(
      'an anonymous user whom nobody uses any more is deleted and told of',
      async () => {
        const gateway = await start();
        const { user } = await mustLogIn(createGraphQLClient(gateway.url), { anonymous: true });
        await gateway.stop();
        const later = await start({ now: () => Date.now() + 91 * DAY, pollMilliseconds: 20 });
        await until(async () => told.get(user.id)?.includes('DELETE') ?? false);
        await later.stop();
      },
      TIMEOUT,
    );
  });
});
