import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { TRANSPORTS } from '../../support/words.ts';

const WITHIN = 5000;
const HALF_HOUR = 1_800_000;

describeOnEveryStore('the end of a subscription', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let time = Date.now();
  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => time });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const commandOf = (action: string) => async (id: string) => {
    const { exitCode, stderr } = await runCommand(['users', action, id], provideStore().env);
    expect([exitCode, stderr]).toEqual([0, '']);
  };
  const reasons: [string, string, (id: string, token: string) => Promise<unknown>][] = [
    [
      'its session is logged out',
      'SESSION_ENDED',
      (_id, token) => send('mutation { logOut }', { token }),
    ],
    [
      'its user deletes the account',
      'SESSION_ENDED',
      (_id, token) => send('mutation { deleteUser }', { token }),
    ],
    ['an operator revokes the sessions', 'SESSION_ENDED', commandOf('revoke-sessions')],
    ['an operator disables the user', 'SESSION_ENDED', commandOf('disable')],
    ['an operator deletes the user', 'SESSION_ENDED', commandOf('delete')],
    [
      'its token expires',
      'TOKEN_EXPIRED',
      async () => {
        time += HALF_HOUR;
      },
    ],
  ];

  describe.each(TRANSPORTS)('over %s', (_name, listen) => {
    test.each(reasons)('comes within five seconds when %s', async (_when, reason, end) => {
      const { data } = await send(OPERATIONS.logInAnonymously);
      const { accessToken: token, user } = data.logIn;
      await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
      const listener = listen(gateway.url, token);
      expect((await listener.next()).word?.user.customData).toMatchObject({ a: 1 });
      await end(user.id, token);
      let heard = await listener.next(WITHIN);
      // The document goes with its user, or before.
      if (heard.word !== undefined) heard = await listener.next(WITHIN);
      expect(heard).toEqual({ extensions: { code: 'UNAUTHENTICATED', reason } });
    });
  });
});
