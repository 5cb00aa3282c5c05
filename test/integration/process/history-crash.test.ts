import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { readRevisions, type ShownRevision } from '../../support/history.ts';

const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;
const KILLS = 3;

let dataDir: string;
let removeData: () => Promise<void>;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  const directory = await createTemporaryDirectory();
  dataDir = directory.path;
  removeData = directory.remove;
});
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await removeData();
});

async function start() {
  const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: {
      ...{ DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', CUSTOM_DATA_HISTORY: '1000' },
      PUBLIC_URL: 'http://gateway.example',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  for await (const line of createInterface(child.stdout)) {
    return { child, send: createGraphQLClient((JSON.parse(line) as { url: string }).url) };
  }
  throw new Error('The gateway ended without printing its address');
}

test('however often the gateway is killed while it writes, the history misses no write', async () => {
  const { accessToken: token } = await logInAnonymously((await start()).send);
  let count = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const { child, send } = await start();
    const exited = once(child, 'exit');
    const target = count + 7;
    const write = async () => {
      for (;;) {
        count += 1;
        const sent = send(OPERATIONS.write, { token, variables: { data: { count } } });
        if (count === target) setTimeout(() => child.kill('SIGKILL'), kill * 3);
        expect(await sent).toMatchObject({ code: undefined });
      }
    };
    await Promise.all([write().catch(() => undefined), exited]);
  }

  const { send } = await start();
  const { data } = await send(OPERATIONS.refreshCustomData, { token });
  const { customData, user } = data.refreshCustomData;
  const revisions = await readRevisions(send, token, { first: 100 });
  expect(revisions[0]?.revision).toBe(user.customDataRevision);
  expect(new Set(revisions.map(({ writer }) => writer))).toStrictEqual(new Set(['USER']));
  const counts = revisions.map((one: ShownRevision) => Number(one.customData?.count)).reverse();
  expect(counts.at(-1)).toBe(customData.count);
  // A write that was never stored leaves out one number, and there is at most one for each kill.
  expect(counts).toStrictEqual([...new Set(counts)].sort((left, right) => left - right));
  expect(counts.length).toBeGreaterThanOrEqual(count - KILLS);
}, 60_000);
