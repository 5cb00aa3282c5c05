/** What happens to the processes of the gateway while users write. */
import { afterEach, expect, test } from '@jest/globals';
import type { TestEnv } from '../../support/gateway.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway-process.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { findWrites, startWriteLoad } from '../../support/write-load.ts';

const TIMEOUT = 60_000;
const PUBLIC_URL = 'http://gateway.example';

describeOnEveryStore('under load', (provideStore) => {
  const running = new Set<GatewayProcess>();
  afterEach(async () => {
    for (const gateway of running) await gateway.end('SIGKILL');
    running.clear();
  });
  const start = async (env: TestEnv = {}) => {
    const gateway = await startGatewayProcess({ ...provideStore().env, PUBLIC_URL, ...env });
    running.add(gateway);
    return gateway;
  };
  const kind = () => (provideStore().env.MONGODB_URI === undefined ? 'embedded' : 'MongoDB');

  test(
    'of two gateways one is killed: the other goes on, and no acknowledged write is lost',
    async () => {
      const [first, second] = [await start(), await start()];
      const load = await startWriteLoad({ users: 8, urls: () => [first.url, second.url] });
      await load.more(100);
      await first.end('SIGKILL');
      await load.more(100);
      await load.stop();
      // Whoever wrote to the one that died met a broken connection, and nothing else happened to anybody.
      expect(Object.keys(load.outcomes).sort()).toEqual(['NO_ANSWER', 'OK']);
      const fault = `one of two gateways killed (${kind()})`;
      expect((await findWrites(fault, second.url, load.users)).wrong).toEqual([]);
    },
    TIMEOUT,
  );

  test.each(['1', '2'])(
    'SIGTERM ends a gateway with WORKERS=%s with 0, and no acknowledged write is lost',
    async (workers) => {
      const first = await start({ WORKERS: workers });
      const load = await startWriteLoad({ users: 8, urls: () => [first.url] });
      await load.more(100);
      expect(await first.end('SIGTERM')).toEqual([0, null]);
      await load.stop();
      expect(Object.keys(load.outcomes).sort()).toEqual(['NO_ANSWER', 'OK']);
      const second = await start();
      const fault = `SIGTERM with WORKERS=${workers} (${kind()})`;
      const { acknowledged, found, wrong } = await findWrites(fault, second.url, load.users);
      expect(wrong).toEqual([]);
      // What was begun was also answered: nothing was written that nobody heard of.
      expect(found).toBe(acknowledged);
    },
    TIMEOUT,
  );
});
