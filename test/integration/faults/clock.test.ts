/** The clock jumps by an hour, either way: no token is good for longer, and no session is lost. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createCoreClient, logInCore } from '../../support/core-client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  type GraphQLAnswer,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { report } from '../../support/write-load.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describeOnEveryStore('a clock that jumps', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let clock = Date.now();

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => clock });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    clock += 24 * HOUR;
  });

  const reasonOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions.reason ?? 'ACCEPTED';
  const me = async (token: string) => reasonOf(await send(OPERATIONS.me, { token }));
  const reissue = async (token: string) =>
    reasonOf(await send(OPERATIONS.refreshCustomData, { token }));
  const refresh = async (refreshToken: string) => {
    const answer = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
    if (answer.code !== undefined) throw new Error(`Refused: ${reasonOf(answer)}`);
    return answer.data.refreshSession;
  };
  const write = (token: string, n: number) =>
    send(OPERATIONS.write, { token, variables: { data: { n } } });

  test('an hour forward: tokens have expired, sessions go on, also once it is back', async () => {
    const first = await logInAnonymously(send);
    await write(first.accessToken, 1);
    clock += HOUR;
    expect([await me(first.accessToken), await reissue(first.accessToken)]).toEqual([
      'TOKEN_EXPIRED',
      'TOKEN_EXPIRED',
    ]);
    const ahead = await refresh(first.refreshToken);
    await write(ahead.accessToken, 2);
    clock -= HOUR;
    const back = await refresh(ahead.refreshToken);
    const { data } = await send(OPERATIONS.refreshCustomData, { token: back.accessToken });
    expect(data.refreshCustomData.customData.n).toBe(2);
    report('the clock an hour ahead and back', {
      acknowledged: 2,
      found: data.refreshCustomData.customData.n,
    });
  });

  test('an hour ahead: what was issued then is not good for an hour longer', async () => {
    clock += HOUR;
    const ahead = await logInAnonymously(send);
    // Twice: the answer is kept.
    expect([await me(ahead.accessToken), await me(ahead.accessToken)]).toEqual([
      'ACCEPTED',
      'ACCEPTED',
    ]);
    clock -= HOUR;
    expect([await me(ahead.accessToken), await reissue(ahead.accessToken)]).toEqual([
      'TOKEN_EXPIRED',
      'TOKEN_EXPIRED',
    ]);
    const back = await refresh(ahead.refreshToken);
    expect([await me(back.accessToken), await reissue(back.accessToken)]).toEqual([
      'ACCEPTED',
      'ACCEPTED',
    ]);
  });

  test('an hour back: tokens of before are refreshed, and are not good for an hour longer', async () => {
    const first = await logInAnonymously(send);
    clock += 20 * MINUTE;
    expect(await me(first.accessToken)).toBe('ACCEPTED');
    clock -= HOUR;
    expect(await me(first.accessToken)).toBe('TOKEN_EXPIRED');
    const next = await refresh(first.refreshToken);
    expect(await reissue(next.accessToken)).toBe('ACCEPTED');
    expect((await write(next.accessToken, 3)).code).toBeUndefined();
  });

  test('by as much as clocks of two gateways may differ: nobody notices', async () => {
    const first = await logInAnonymously(send);
    clock -= 5 * MINUTE - 1000;
    expect([await me(first.accessToken), await reissue(first.accessToken)]).toEqual([
      'ACCEPTED',
      'ACCEPTED',
    ]);
  });

  test('an hour back: the last answer that was lost costs nobody the session', async () => {
    const first = await logInAnonymously(send);
    await refresh(first.refreshToken);
    clock -= HOUR;
    expect((await refresh(first.refreshToken)).user.id).toBe(first.user.id);
  });

  test('an hour back: a token traded before is not answered with the latest for an hour', async () => {
    const first = await logInAnonymously(send);
    const second = await refresh(first.refreshToken);
    await refresh(second.refreshToken);
    clock -= HOUR;
    const { refreshToken } = first;
    const answer = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
    expect(reasonOf(answer)).toBe('SESSION_ENDED');
  });

  test.each([HOUR, -HOUR])('by %i ms: a session of App Services clients goes on', async (jump) => {
    const app = createCoreClient(gateway.url);
    const { refresh_token: token } = await logInCore(app);
    clock += jump;
    const answer = await app('POST', '/auth/session', { token });
    expect(answer.status).toBe(201);
    expect(await me(answer.json.access_token)).toBe('ACCEPTED');
  });
});
