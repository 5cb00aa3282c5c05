/** How a gateway stops: nothing that was sent is lost, whenever it is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createApp, StoppedError } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';

const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;
/** Writes a byte whenever the process begins to hear SIGTERM, the last of the signals that it hears. */
const REPORT = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  process.on('newListener', (event) => {
    if (event === 'SIGTERM') writeSync(3, '.');
  });
`)}`;
const CONNECTIONS = 30;
const BODY = '{"query":"{ me { id } }"}';
const REQUEST =
  `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${BODY.length}\r\n\r\n${BODY}`;

describe('a gateway that is told to stop', () => {
  let dataDir: string;
  let removeData: () => Promise<void>;
  const running = new Set<ChildProcess>();
  beforeEach(async () => {
    ({ path: dataDir, remove: removeData } = await createTemporaryDirectory());
  });
  afterEach(async () => {
    for (const child of running) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await removeData();
  });

  function run(env: Record<string, string> = {}): ChildProcess {
    return spawnGateway([MAIN, 'start', '--json'], env);
  }

  function spawnGateway(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, args, {
      env: { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', ...env },
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  /** Starts, and resolves as soon as the signals are heard, long before anything is loaded. */
  async function begin() {
    const child = spawnGateway(['--import', REPORT, MAIN, 'start', '--json']);
    const reports = child.stdio[3] as Readable;
    let heard = 0;
    reports.on('data', (bytes: Buffer) => {
      heard += bytes.length;
    });
    await once(reports, 'data');
    return { child, timesHeard: () => heard };
  }

  async function start(env: Record<string, string> = {}) {
    return urlOf(run(env));
  }

  async function urlOf(child: ChildProcess) {
    if (child.stdout === null) throw new Error('The child has no standard output');
    for await (const line of createInterface(child.stdout)) {
      return { child, url: (JSON.parse(line) as { url: string }).url };
    }
    throw new Error('The gateway ended without printing its address');
  }

  /** Sends a whole request on a new connection; resolves with what came back until it was closed. */
  async function sendOnce(port: number): Promise<string> {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', (error) => {
      answer += error.message;
    });
    socket.write(REQUEST);
    await once(socket, 'close');
    return answer;
  }

  test.each(
    ['1', '2'].flatMap((workers) =>
      [0, 1, 5, 20].map((milliseconds) => ({ workers, milliseconds })),
    ),
  )(
    `answers ${CONNECTIONS} requests on new connections that were sent $milliseconds ms before, with WORKERS=$workers`,
    async ({ milliseconds, workers }) => {
      const { child, url } = await start({ WORKERS: workers });
      const answers = Array.from({ length: CONNECTIONS }, () =>
        sendOnce(Number(new URL(url).port)),
      );
      await delay(milliseconds);
      child.kill('SIGTERM');
      for (const answer of await Promise.all(answers)) {
        expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        expect(answer).toContain('{"data":{"me":null}}');
      }
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
    30_000,
  );

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s while it starts ends with 0, not by the signal',
    async (signal) => {
      for (const milliseconds of [0, 70, 220, 520]) {
        const { child } = await begin();
        await delay(milliseconds);
        child.kill(signal);
        expect([milliseconds, ...(await once(child, 'exit'))]).toEqual([milliseconds, 0, null]);
      }
    },
    60_000,
  );

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by several %s while it loads ends with 0, not by the last of them',
    async (signal) => {
      const { child, timesHeard } = await begin();
      // Until the command hears it, and not into the end of the process.
      while (timesHeard() < 2 && child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await delay(2);
      }
      const { exitCode, signalCode } = child;
      const isRunning = exitCode === null && signalCode === null;
      expect(isRunning ? await once(child, 'exit') : [exitCode, signalCode]).toEqual([0, null]);
    },
    60_000,
  );

  test('is not ended by SIGHUP while it loads, and starts', async () => {
    const { child } = await begin();
    child.kill('SIGHUP');
    const { url } = await urlOf(child);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  }, 60_000);

  test('goes on taking connections for DRAIN_DELAY, while it is not ready', async () => {
    const { child, url } = await start({ DRAIN_DELAY: '2s' });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    const statusOf = async (path: string) => (await fetch(`${url}${path}`)).status;
    while ((await statusOf('/health/ready')) === 200);
    expect(await statusOf('/health/ready')).toBe(503);
    expect(await statusOf('/health/ready?exclude=store')).toBe(503);
    expect(await statusOf('/health/live')).toBe(200);
    expect(await once(child, 'exit')).toEqual([0, null]);
  }, 30_000);
});

describe('an app', () => {
  test('that is stopped while it starts leaves nothing open', async () => {
    const { path, remove } = await createTemporaryDirectory();
    const parsed = parseConfig({ PORT: '0', DATA_DIR: path });
    if (parsed.type === 'error') throw new Error(parsed.problems.join());
    const open = new Set<string>();
    for (let turns = 0; turns < 20; turns += 1) {
      const app = createApp(parsed.config, {
        log: createLog('silent'),
        wrapStore: (store) => {
          open.add('store');
          return {
            ...store,
            close: async () => {
              open.delete('store');
              await store.close();
            },
          };
        },
      });
      const starting = app.start().catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      await app.stop();
      const outcome = await starting;
      if (outcome !== undefined) expect(outcome).toBeInstanceOf(StoppedError);
      expect([...open]).toEqual([]);
    }
    await remove();
  }, 60_000);

  test('that was stopped does not start', async () => {
    const parsed = parseConfig({ PORT: '0', DATA_DIR: '/nowhere' });
    if (parsed.type === 'error') throw new Error(parsed.problems.join());
    const app = createApp(parsed.config, { log: createLog('silent') });
    await app.stop();
    await expect(app.start()).rejects.toBeInstanceOf(StoppedError);
  });
});
