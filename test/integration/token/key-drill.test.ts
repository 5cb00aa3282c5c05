/** Keys turn under load, on two gateways, and nobody notices; a stolen one is gone from both within ten seconds. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createKeyAdministration,
  type KeyAdministration,
} from '../../../src/token/key-administration.ts';
import { createKeySealer } from '../../../src/token/key-sealer.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { SIGNING_KEYS_ID } from '../../support/key-collection.ts';
import { kidOf, startDrill } from '../../support/key-drill.ts';
import { postRaw } from '../../support/raw-request.ts';
import { encodePart } from '../../support/test-tokens.ts';

const MINUTE = 60_000;
const SECRETS = 'a secret of many characters';
const ENV = {
  PUBLIC_URL: 'http://gateway.example',
  REFRESH_TOKEN_TTL: '30m',
  ACCESS_TOKEN_TTL: '20m',
  KEY_ENCRYPTION_SECRETS: SECRETS,
};
/** Until the last token has expired: its life, and an hour that clocks may be apart. */
const RETIRING = 30 + 60;

describeOnEveryStore('signing keys of two gateways', (provideStore) => {
  let gateways: TestGateway[];
  let administration: KeyAdministration;
  let clock: number;
  const now = () => clock;

  async function start(env: TestEnv = {}) {
    const keys = await provideStore().openState('keys');
    await keys.deleteMany({ _id: SIGNING_KEYS_ID });
    const options = { now };
    const all = { ...provideStore().env, ...ENV, ...env };
    gateways = [await startGateway(all, options), await startGateway(all, options)];
    administration = createKeyAdministration({
      ...{ collection: keys, now, alg: 'ES256' },
      ...{ sealer: createKeySealer([SECRETS]), tokenLifeSeconds: 1800 },
    });
  }
  beforeEach(() => {
    clock = Date.now();
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop();
  });

  const publishedBy = async ({ url }: TestGateway) => {
    const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[];
    };
    return keys.map(({ kid }) => kid);
  };
  /** Waits until every gateway publishes what is asked for; the key that signs is the first. */
  async function untilPublished(isSo: (kids: readonly string[]) => boolean): Promise<void> {
    for (const gateway of gateways) {
      while (!isSo(await publishedBy(gateway))) await nextLook();
    }
  }
  /** A token with a key that nobody knows has a gateway look into the store. */
  async function readAnew(): Promise<void> {
    const token = `${encodePart({ alg: 'ES256', kid: 'unknown', typ: 'at+jwt' })}.e30.AA`;
    for (const { url } of gateways) {
      expect((await createGraphQLClient(url)(OPERATIONS.me, { token })).status).toBe(401);
    }
  }
  const nextLook = () => new Promise((resolve) => setTimeout(resolve, 50));

  test('turn from next to retired: no request is lost and no valid token refused', async () => {
    await start();
    const [first = '', second = ''] = await publishedBy(gateways[0] as TestGateway);
    const drill = await startDrill(gateways, { clients: 8, now });
    await drill.everyoneRefreshed();
    expect((await administration.rotate()).kid).toBe(second);
    await untilPublished(([signing]) => signing === second);
    await drill.everyoneRefreshed();

    const third = await administration.rotate();
    expect(third).toMatchObject({ state: 'next' });
    await readAnew();
    clock = Date.parse(third.signsFrom ?? '') - 1;
    await drill.everyoneRefreshed();
    for (const gateway of gateways) expect((await publishedBy(gateway))[0]).toBe(second);
    clock += 1;
    for (const gateway of gateways) expect((await publishedBy(gateway))[0]).toBe(third.kid);

    for (let passed = 0; passed < RETIRING; passed += 5) {
      await drill.everyoneRefreshed();
      clock += 5 * MINUTE;
    }
    await drill.everyoneRefreshed();
    await drill.stop();
    expect(drill.result.failures).toEqual([]);
    expect(drill.result.kids).toEqual(new Set([first, second, third.kid]));
    for (const gateway of gateways) {
      expect(await publishedBy(gateway)).not.toContain(first);
      expect(await publishedBy(gateway)).not.toContain(second);
    }
    process.stdout.write(
      `key drill: ${drill.result.requests} requests, ${drill.result.failures.length} lost or refused\n`,
    );
  }, 120_000);

  test('turn by themselves every KEY_ROTATION_INTERVAL, once for both, and nobody is refused', async () => {
    await start({ KEY_ROTATION_INTERVAL: '1h' });
    const [first = '', second = ''] = await publishedBy(gateways[0] as TestGateway);
    const drill = await startDrill(gateways, { clients: 4, now });
    for (let passed = 0; passed < 60; passed += 5) {
      await drill.everyoneRefreshed();
      expect((await publishedBy(gateways[1] as TestGateway))[0]).toBe(first);
      clock += 5 * MINUTE;
    }
    await untilPublished((kids) => kids[0] === second && kids.length === 3);
    await drill.everyoneRefreshed();
    await drill.stop();
    expect(drill.result.failures).toEqual([]);
    const states = (await administration.list()).map(({ state }) => state);
    expect(states).toEqual(['active', 'next', 'retiring']);
  }, 60_000);

  test('a stolen one is retired: nothing it signed is accepted ten seconds later, kept answers neither', async () => {
    await start();
    const [one] = gateways.map(({ url }) => createGraphQLClient(url));
    if (one === undefined) throw new Error('There is no gateway');
    const session = await logInAnonymously(one);
    const stolen = kidOf(session.accessToken);
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${session.accessToken}`,
    };
    const me = async (gateway: TestGateway) =>
      (await postRaw(gateway.url, headers, '{"query":"{ me { id } }"}')).status;
    for (const gateway of gateways) {
      for (let n = 0; n < 3; n += 1) expect(await me(gateway)).toBe(200);
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).toMatch(/^response_cache_requests_total\{found="answer"\} [1-9]/m);
    }

    const { signer } = await administration.withdraw(stolen);
    const retiredAt = performance.now();
    await Promise.all(
      gateways.map(async (gateway) => {
        while ((await me(gateway)) === 200) await nextLook();
      }),
    );
    expect(performance.now() - retiredAt).toBeLessThan(10_000);
    for (const gateway of gateways) {
      for (let n = 0; n < 20; n += 1) expect(await me(gateway)).toBe(401);
      const send = createGraphQLClient(gateway.url);
      const refresh = { variables: { refreshToken: session.refreshToken } };
      const refused = await send(OPERATIONS.refreshSession, refresh);
      expect(refused.errors?.[0]?.extensions).toMatchObject({
        ...{ code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' },
      });
      const token = session.accessToken;
      const write = await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
      expect(write.code).toBe('UNAUTHENTICATED');
      expect(await publishedBy(gateway)).not.toContain(stolen);

      const again = await logInAnonymously(send);
      expect(kidOf(again.accessToken)).toBe(signer);
      for (const { url } of gateways) {
        const answer = await createGraphQLClient(url)(OPERATIONS.me, { token: again.accessToken });
        expect(answer.data.me.id).toBe(again.user.id);
      }
    }
  }, 60_000);
});
