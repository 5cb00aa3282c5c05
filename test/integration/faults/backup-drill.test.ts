/** The drill: load, backup, kill, restore elsewhere, compare. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway-process.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { findWrites, startWriteLoad } from '../../support/write-load.ts';

const TIMEOUT = 60_000;

describe('a backup', () => {
  let directory: string;
  let remove: () => Promise<void>;
  const running = new Set<GatewayProcess>();
  beforeEach(async () => {
    ({ path: directory, remove } = await createTemporaryDirectory());
  });
  afterEach(async () => {
    for (const gateway of running) await gateway.end('SIGKILL');
    running.clear();
    await remove();
  });

  const at = (name: string) => join(directory, name);
  const start = async (name: string) => {
    const gateway = await startGatewayProcess({
      DATA_DIR: at(name),
      PUBLIC_URL: 'http://gateway.example',
    });
    running.add(gateway);
    return gateway;
  };
  const store = (args: readonly string[], name: string) =>
    runCommand(['store', ...args], { DATA_DIR: at(name) });

  test.each(['1', '2'])(
    'made under load, by a gateway with WORKERS=%s that is then killed, brings back all that was acknowledged before it began',
    async (workers) => {
      const gateway = await startGatewayProcess({
        DATA_DIR: at('data'),
        PUBLIC_URL: 'http://gateway.example',
        WORKERS: workers,
      });
      running.add(gateway);
      const load = await startWriteLoad({ users: 10, urls: () => [gateway.url] });
      await load.more(200);
      const before = load.users.map((user) => ({ ...user }));
      const backup = await store(['backup', at('backup'), '--json'], 'data');
      expect(backup.exitCode).toBe(0);
      // Pages are used again all the time, and none of those that are looked at.
      expect(await store(['verify'], 'data')).toMatchObject({ exitCode: 0, stderr: '' });
      await load.more(50);
      await gateway.end('SIGKILL');
      await load.stop();
      expect(load.acknowledged()).toBeGreaterThan(
        before.reduce((n, user) => n + user.acknowledged, 0),
      );

      expect((await store(['restore', at('backup')], 'elsewhere')).exitCode).toBe(0);
      expect((await store(['verify'], 'elsewhere')).exitCode).toBe(0);
      const again = await start('elsewhere');
      const after = before.map((user, index) => ({ ...user, sent: load.users[index]?.sent ?? 0 }));
      expect((await findWrites('backup under load', again.url, after)).wrong).toEqual([]);
      const send = createGraphQLClient(again.url);
      for (const { id, refreshToken } of before) {
        const { data } = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
        expect(data.refreshSession.user.id).toBe(id);
      }

      // What was killed is whole, too, and lacks nothing.
      expect((await store(['verify'], 'data')).exitCode).toBe(0);
      const killed = await start('data');
      expect((await findWrites('SIGKILL under load', killed.url, load.users)).wrong).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'is what a damaged file is restored from: the start says so, and everything is found',
    async () => {
      const gateway = await start('data');
      const load = await startWriteLoad({ users: 5, urls: () => [gateway.url] });
      await load.more(50);
      await load.stop();
      expect((await store(['backup', at('backup')], 'data')).exitCode).toBe(0);
      expect(await gateway.end('SIGTERM')).toEqual([0, null]);
      const path = join(at('data'), 'data.mdb');
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0, 0, 8192));
      const refused = await runCommand(['start'], { DATA_DIR: at('data'), PORT: '0' });
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toMatch(
        /data\.mdb" cannot be used: .*Restore the directory from a backup/,
      );
      expect((await store(['restore', at('backup')], 'elsewhere')).exitCode).toBe(0);
      const again = await start('elsewhere');
      expect((await findWrites('damaged file', again.url, load.users)).wrong).toEqual([]);
    },
    TIMEOUT,
  );
});
