/** A gateway of a version before, which runs on while a newer one brings the store up to date. */
import { readdirSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { createLog } from '../../../src/log.ts';
import { STORE_FORMAT } from '../../../src/open-store.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { ensureFormat } from '../../../src/store/format.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import { runCommand } from '../../support/command.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway-process.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { findWrites, startWriteLoad } from '../../support/write-load.ts';

const TIMEOUT = 60_000;
const NEXT = STORE_FORMAT.version + 1;

describeOnEveryStore('two format versions', (provideStore) => {
  const running = new Set<GatewayProcess>();
  afterEach(async () => {
    for (const gateway of running) await gateway.end('SIGKILL');
    running.clear();
  });
  const start = async () => {
    const { env } = provideStore();
    const gateway = await startGatewayProcess({ ...env, PUBLIC_URL: 'http://gateway.example' });
    running.add(gateway);
    return gateway;
  };
  const openStore = () => {
    const { DATA_DIR: dataDir, MONGODB_URI: uri } = provideStore().env;
    return uri === undefined
      ? openEmbeddedStore({ dataDir: dataDir ?? '', now: Date.now })
      : openMongoStore({ uri, log: createLog('silent') });
  };

  test(
    'on one store: the older gateway leaves it alone within seconds, answers claims, and nothing is lost',
    async () => {
      const older = await start();
      const load = await startWriteLoad({ users: 6, urls: () => [older.url] });
      await load.more(50);

      const store = await openStore();
      await ensureFormat(store, createLog('silent'), {
        version: NEXT,
        migrations: [{ to: NEXT, run: async () => undefined }],
      });
      const { stored } = await older.saying(/newer version .* has brought the store up to date/);
      expect(stored).toBe(NEXT);
      await load.stop();
      const { acknowledged } = load;
      const before = acknowledged();

      const [user] = load.users;
      const send = createGraphQLClient(older.url);
      const refused = await send(OPERATIONS.refreshCustomData, { token: user?.accessToken ?? '' });
      expect([refused.status, refused.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      const me = await send(OPERATIONS.me, { token: user?.accessToken ?? '' });
      expect(me.data.me.id).toBe(user?.id);
      expect((await fetch(`${older.url}/health/ready`)).status).toBe(503);
      expect((await fetch(`${older.url}/health/live`)).status).toBe(200);
      const again = await runCommand(['start'], { ...provideStore().env, PORT: '0' });
      expect(again.exitCode).toBe(1);
      expect(again.stderr).toContain(`The store has format version ${NEXT}`);
      expect(await older.end('SIGTERM')).toEqual([0, null]);
      expect(acknowledged()).toBe(before);

      // The newer version has changed nothing else.
      const format = await store.collection({ name: 'format' });
      await format.updateOne({ _id: 'format' }, { $set: { version: STORE_FORMAT.version } });
      await store.close();
      const { DATA_DIR } = provideStore().env;
      if (DATA_DIR !== undefined) {
        expect(readdirSync(DATA_DIR)).toContainEqual(
          expect.stringMatching(new RegExp(`^before-format-${NEXT}-`)),
        );
      }
      const gateway = await start();
      expect((await findWrites('two format versions', gateway.url, load.users)).wrong).toEqual([]);
    },
    TIMEOUT,
  );
});
