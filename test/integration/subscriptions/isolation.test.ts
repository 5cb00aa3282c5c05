import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { type GatewayPair, startGatewayPair } from '../../support/gateway-pair.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { type Listener, listenBySse, listenByWebSocket } from '../../support/words.ts';

const USERS = 3;
const RUNS = 6;
/** Ends the writing: a value that nobody writes otherwise. */
const LAST = -1;

interface Step {
  readonly user: number;
  readonly gateway: number;
  readonly what: 'write' | 'write outside' | 'reconnect' | 'subscribe' | 'refresh';
}

const STEPS = fc.array(
  fc.record<Step>({
    user: fc.nat(USERS - 1),
    gateway: fc.nat(1),
    what: fc.constantFrom('write', 'write', 'write outside', 'reconnect', 'subscribe', 'refresh'),
  }),
  { minLength: 5, maxLength: 40 },
);

describeOnEveryStore('of interleaved users, writes and reconnects', (provideStore) => {
  let pair: GatewayPair;
  beforeAll(async () => {
    pair = await startGatewayPair(provideStore().env);
  });
  afterAll(() => pair.stop());

  async function openUser() {
    const { data } = await pair.send(OPERATIONS.logInAnonymously);
    const { accessToken, user } = data.logIn;
    return { id: user.id as string, token: accessToken as string, listeners: [] as Listener[] };
  }
  type User = Awaited<ReturnType<typeof openUser>>;

  const gatewayOf = (number: number) => pair.gateways[number] as GatewayPair['gateways'][0];
  const fields = (user: User, count: number) => ({ owner: user.id, count });

  async function write(user: User, gateway: number, count: number) {
    const send = createGraphQLClient(gatewayOf(gateway).url);
    const variables = { data: fields(user, count) };
    await send(OPERATIONS.write, { token: user.token, variables });
  }

  async function take(user: User, step: Step, count: number) {
    const { url } = gatewayOf(step.gateway);
    switch (step.what) {
      case 'write':
        return write(user, step.gateway, count);
      case 'write outside': {
        const documents = await provideStore().openDocuments();
        return documents.updateOne({ userId: user.id }, { $set: fields(user, count) });
      }
      case 'reconnect':
        await user.listeners.shift()?.leave();
        return user.listeners.push(listenByWebSocket(url, user.token));
      case 'subscribe':
        if (user.listeners.length > 4) return;
        return user.listeners.push((count % 2 ? listenBySse : listenByWebSocket)(url, user.token));
      case 'refresh': {
        const send = createGraphQLClient(url);
        const { data } = await send(OPERATIONS.refreshCustomData, { token: user.token });
        user.token = data.refreshCustomData.accessToken;
      }
    }
  }

  /** Whatever it hears is its user's, never older than what it heard before, and in the end the last. */
  async function assertHeard({ id }: User, listener: Listener) {
    let before = 0;
    for (;;) {
      const { word } = await listener.next();
      const { count, owner } = (word?.user.customData ?? {}) as { count: number; owner: string };
      expect([word?.user.id, owner, decodeJwt(word?.accessToken ?? '').sub]).toEqual([id, id, id]);
      if (count === LAST) return;
      expect(count).toBeGreaterThan(before);
      before = count;
    }
  }

  test('nothing of one user reaches another, and each hears the last of its own', async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const users = await Promise.all(Array.from({ length: USERS }, openUser));
        let count = 0;
        for (const step of steps) {
          count += 1;
          await take(users[step.user] as User, step, count);
        }
        for (const user of users) await write(user, 0, LAST);
        const hearing = users.flatMap((user) =>
          user.listeners.map((listener) => assertHeard(user, listener)),
        );
        await Promise.all(hearing);
        for (const { listeners } of users) for (const { leave } of listeners) await leave();
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});
