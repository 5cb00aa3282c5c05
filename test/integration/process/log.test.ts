/** Lines are written in batches, and none is lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createTemporaryDirectory } from '../../support/gateway.ts';

const LOG = new URL('../../../build/log.js', import.meta.url);
const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  return { child, lines: createInterface(child.stdout) };
}

/** The messages that a program wrote to the log before it ended. */
async function messagesOf(program: string): Promise<string[]> {
  const source = `import { createLog } from ${JSON.stringify(LOG.href)};
    const log = createLog('info');
    ${program}`;
  const { lines } = run(['--input-type=module', '--eval', source]);
  const messages: string[] = [];
  for await (const line of lines) messages.push((JSON.parse(line) as { msg: string }).msg);
  return messages;
}

describe('a line', () => {
  test('is written within a second, whatever comes after it', async () => {
    const program = "log.info('one'); setInterval(() => undefined, 60_000);";
    const source = `import { createLog } from ${JSON.stringify(LOG.href)};
      const log = createLog('info');
      ${program}`;
    const { lines } = run(['--input-type=module', '--eval', source]);
    const [line] = (await once(lines, 'line')) as [string];
    expect(JSON.parse(line)).toMatchObject({ level: 30, msg: 'one' });
  });

  test.each([
    ['the program ends', ''],
    ['the process exits', 'process.exit(3);'],
    ['an error ends the process', "throw new Error('unheard');"],
    ['a promise ends the process', "await Promise.reject(new Error('unheard'));"],
  ])('is there, and in its place, if %s', async (_what, end) => {
    const program = `for (let n = 0; n < 2000; n += 1) log.info(String(n)); ${end}`;
    expect(await messagesOf(program)).toStrictEqual(Array.from({ length: 2000 }, (_, n) => `${n}`));
  });

  test.each(['error', 'fatal'])(
    'of level %s is written at once, with those before',
    async (level) => {
      const program = `log.info('before'); log.${level}('last'); process.kill(process.pid, 'SIGKILL');
      setInterval(() => undefined, 60_000);`;
      expect(await messagesOf(program)).toStrictEqual(['before', 'last']);
    },
  );
});

test('every answered request has its line, in the order of the answers, when the gateway stops', async () => {
  const { path, remove } = await createTemporaryDirectory();
  const env = { DATA_DIR: path, PORT: '0', LOG_LEVEL: 'info' };
  const { child, lines } = run([MAIN, 'start', '--json'], env);
  const logged: string[] = [];
  let url = '';
  const started = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const { reqId, ...rest } = JSON.parse(line) as { reqId?: string; url?: string };
      if (reqId !== undefined) logged.push(reqId);
      if (rest.url !== undefined && !('level' in rest)) {
        url = rest.url;
        resolve();
      }
    });
  });
  await started;
  const answered: string[] = [];
  for (let n = 0; n < 200; n += 1) {
    // Answered early, and the long way.
    const query = n % 2 === 0 ? '{ me { id } }' : `{ me { id alias${n}: id } }`;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    await response.arrayBuffer();
    answered.push(response.headers.get('x-request-id') ?? '');
  }
  child.kill('SIGTERM');
  await once(lines, 'close');
  expect(logged).toStrictEqual(answered);
  await remove();
}, 60_000);
