import { afterEach, expect, test } from '@jest/globals';
import { createCoreClient, logInCore } from '../../support/core-client.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
} from '../../support/graphql-client.ts';

describeOnEveryStore('a change of PUBLIC_URL, APP_ID or the port', (provideStore) => {
  const running: TestGateway[] = [];
  afterEach(async () => {
    for (const gateway of running.splice(0)) await gateway.stop();
  });

  async function start(env: TestEnv = {}): Promise<TestGateway> {
    const gateway = await startGateway({ ...provideStore().env, ...env });
    running.push(gateway);
    return gateway;
  }

  const issuerOf = (token: string) => decodeUnverifiedToken(token).iss;

  test('logs nobody out: every token of before is good, a new one has the new names', async () => {
    const first = await start();
    const former = await logInAnonymously(createGraphQLClient(first.url));
    const fixed = await logInCore(createCoreClient(first.url));
    await first.stop();
    const PUBLIC_URL = 'https://data.example.com';
    for (const env of [{}, { PUBLIC_URL }, { PUBLIC_URL, APP_ID: 'other-abcde' }]) {
      const gateway = await start(env);
      const send = createGraphQLClient(gateway.url);
      const me = async () => {
        gateway.takeStoreOperations();
        const answer = await send(OPERATIONS.me, { token: former.accessToken });
        expect(answer.data.me).toEqual(former.user);
        return gateway.takeStoreOperations();
      };
      // What the start left for the background ends some time; what "me" needed, it would need each time.
      let operations = await me();
      for (let n = 0; n < 100 && operations.length > 0; n += 1) operations = await me();
      expect(operations).toEqual([]);
      const refreshed = await send(OPERATIONS.refreshSession, {
        variables: { refreshToken: fixed.refresh_token },
      });
      const { accessToken } = refreshed.data.refreshSession;
      expect(issuerOf(accessToken)).toBe(
        'PUBLIC_URL' in env ? PUBLIC_URL : issuerOf(former.accessToken),
      );
      expect(decodeUnverifiedToken(accessToken).aud).toBe(
        'APP_ID' in env ? env.APP_ID : 'myapp-abcde',
      );
      await gateway.stop();
    }
    const last = createGraphQLClient((await start({ PUBLIC_URL })).url);
    const refreshed = await last(OPERATIONS.refreshSession, {
      variables: { refreshToken: former.refreshToken },
    });
    expect(refreshed.data.refreshSession.user.id).toBe(former.user.id);
  });

  test('is one line in the log', async () => {
    await (await start({ PUBLIC_URL: 'https://one.example.com' })).stop();
    const changed = await start({ PUBLIC_URL: 'https://two.example.com' });
    const same = await start({ PUBLIC_URL: 'https://two.example.com' });
    const lines = (gateway: TestGateway) =>
      gateway.logText().match(/tokens have a new issuer or audience/g) ?? [];
    expect([lines(changed).length, lines(same).length]).toEqual([1, 0]);
  });

  test('of a gateway beside others: they accept its tokens, and it theirs', async () => {
    const [one, two] = [
      await start({ PUBLIC_URL: 'https://three.example.com' }),
      await start({ PUBLIC_URL: 'https://four.example.com' }),
    ];
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const) {
      const { accessToken, user } = await logInAnonymously(createGraphQLClient(from.url));
      const me = await createGraphQLClient(to.url)(OPERATIONS.me, { token: accessToken });
      expect(me.data.me).toEqual(user);
    }
  });

  test('gateways without PUBLIC_URL that start at once issue under one address', async () => {
    const gateways = await Promise.all(Array.from({ length: 4 }, () => start()));
    const tokens: string[] = [];
    for (const { url } of gateways) {
      tokens.push((await logInAnonymously(createGraphQLClient(url))).accessToken);
    }
    expect(new Set(tokens.map(issuerOf)).size).toBe(1);
  });
});
