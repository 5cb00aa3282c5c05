import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;

interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the command custom-user-data', () => {
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

  function run(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { DATA_DIR: dataDir, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  async function finish(child: ChildProcess): Promise<Finished> {
    const output = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output.stderr += chunk;
    });
    const [exitCode] = await once(child, 'close');
    return { exitCode, ...output };
  }

  /** Starts with `--json` and resolves with the address it prints. */
  async function startAt(env: Record<string, string> = {}) {
    const child = run(['start', '--json'], { LOG_LEVEL: 'silent', ...env });
    if (child.stdout === null) throw new Error('The child has no standard output');
    for await (const line of createInterface(child.stdout)) {
      return { child, url: (JSON.parse(line) as { url: string }).url };
    }
    throw new Error('The gateway ended without printing its address');
  }

  test('--help says what it does and exits 0', async () => {
    const { exitCode, stdout } = await finish(run(['--help']));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: custom-user-data');
    expect(stdout).toContain('start');
  });

  test('an unknown option exits 2', async () => {
    const { exitCode, stderr } = await finish(run(['--nonsense']));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--nonsense');
  });

  test('schema types prints TypeScript for the file named, or every problem of it', async () => {
    const file = join(dataDir, 'schema.json');
    const write = (properties: object) =>
      writeFile(file, JSON.stringify({ type: 'object', properties }));
    await write({ name: { type: 'string', description: 'Of the user' } });
    const named = await finish(run(['schema', 'types', file]));
    expect(named).toMatchObject({ exitCode: 0, stderr: '' });
    expect(named.stdout).toContain('/** Of the user */\n  readonly name: string | null;');
    const configured = await finish(run(['schema', 'types'], { CUSTOM_DATA_SCHEMA_FILE: file }));
    expect(configured).toEqual(named);
    const functions = await finish(run(['schema', 'types', '--functions', file]));
    expect(functions).toMatchObject({ exitCode: 0, stderr: '' });
    expect(functions.stdout).toContain('/** Of the user */\n  name?: string;');
    await write({ 'first-name': { type: 'string' }, b: { typo: true } });
    const broken = await finish(run(['schema', 'types', file]));
    expect(broken).toMatchObject({ exitCode: 1, stdout: '' });
    expect(broken.stderr).toMatch(/b\/typo: .*\n.*first-name: .*x-graphql-name/);
    expect(await finish(run(['schema', 'types']))).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('every configuration problem is printed, exit 1', async () => {
    const { exitCode, stderr } = await finish(run([], { PORT: 'x', TRUST_PROXY: 'y' }));
    expect(exitCode).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(2);
  });

  test('a variable that is not known is a warning in the log with the one that is meant', async () => {
    const child = run(['start'], { LOG_LEVEL: 'warn', CUSTOM_DATA_SCHEMAFILE: '/schema.json' });
    if (child.stdout === null) throw new Error('The child has no standard output');
    const [chunk] = await once(child.stdout, 'data');
    expect(JSON.parse(String(chunk).split('\n')[0] ?? '')).toMatchObject({
      level: 40,
      variable: 'CUSTOM_DATA_SCHEMAFILE',
      suggestion: 'CUSTOM_DATA_SCHEMA_FILE',
    });
  });

  test('a command without a log warns on standard error', async () => {
    const { stderr } = await finish(run(['users', 'list'], { LOGLEVEL: 'secret' }));
    expect(stderr.split('\n')[0]).toBe(
      'custom-user-data: warning: LOGLEVEL is not a variable of the gateway; LOG_LEVEL is',
    );
  });

  test('a database that cannot be reached is a clear error within bounded time, exit 1', async () => {
    const { exitCode, stderr } = await finish(run([], { MONGODB_URI: 'mongodb://127.0.0.1:1/' }));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The store cannot be reached');
  }, 15_000);

  test('a port that is taken is an error that names PORT, exit 1', async () => {
    const { url } = await startAt();
    const { exitCode, stderr } = await finish(run([], { PORT: new URL(url).port }));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^custom-user-data: PORT \d+ of 127\.0\.0\.1 is in use/);
  });

  test('an address of another machine is an error that names HOST, exit 1', async () => {
    // RFC 5737: nobody has this address.
    const { exitCode, stderr } = await finish(run([], { HOST: '192.0.2.1' }));
    expect(exitCode).toBe(1);
    expect(stderr).toBe('custom-user-data: HOST "192.0.2.1" is no address of this machine\n');
  });

  test('a name that nobody has is an error that names HOST, exit 1', async () => {
    // RFC 6761: nor this name. Without a network nobody can say so.
    const { exitCode, stderr } = await finish(run([], { HOST: 'gateway.invalid' }));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^custom-user-data: HOST "gateway\.invalid" (is no|cannot be)[^\n]*\n$/);
  }, 30_000);

  test('the banner on standard error names the URL and a request to paste', async () => {
    const child = run([], { LOG_LEVEL: 'silent' });
    const finished = finish(child);
    if (child.stderr === null) throw new Error('The child has no standard error');
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    const { exitCode, stderr, stdout } = await finished;
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:\d+\/graphql/);
    expect(stderr).toContain('curl -s');
    expect(stdout).toBe('');
  });

  test('SIGTERM lets a running request finish, then exits 0', async () => {
    const { child, url } = await startAt();
    const exited = once(child, 'exit');
    // Hashing a password takes long enough to be running when the signal arrives.
    const answer = createGraphQLClient(url)(OPERATIONS.registerUser, {
      variables: { email: 'a@example.com', password: 'long enough' },
    });
    const beforeSignal = new Promise((resolve) => setImmediate(resolve));
    await beforeSignal;
    child.kill('SIGTERM');
    const settled = await answer.catch(() => 'refused');
    // Either it was taken and finished, or it was not taken at all; never half.
    if (settled !== 'refused') {
      expect(settled).toMatchObject({ status: 200, code: undefined });
    }
    expect((await exited)[0]).toBe(0);
  });

  test('SIGHUP with one process is refused with a warning that names WORKERS; it never ends the process', async () => {
    const child = run(['start'], { LOG_LEVEL: 'warn' });
    if (child.stdout === null || child.stderr === null) throw new Error('The child has no output');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    // The banner: it listens.
    await once(child.stderr, 'data');
    child.kill('SIGHUP');
    const { value } = await lines.next();
    const { level, msg } = JSON.parse(value) as { level: number; msg: string };
    expect(level).toBe(40);
    expect(msg).toMatch(/WORKERS.*restart/);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    child.kill('SIGHUP');
    expect((await exited)[0]).toBe(0);
  });

  test.each(['1', '2'])(
    'a terminal that is closed ends the gateway that was started in it, with WORKERS=%s',
    async (workers) => {
      const command = `exec ${process.execPath} ${MAIN} start --json`;
      const terminal = spawn('script', ['-qfc', command, '/dev/null'], {
        env: {
          ...process.env,
          DATA_DIR: dataDir,
          PORT: '0',
          LOG_LEVEL: 'silent',
          WORKERS: workers,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running.add(terminal);
      terminal.once('exit', () => running.delete(terminal));
      for await (const line of createInterface(terminal.stdout)) {
        const { port } = new URL((JSON.parse(line) as { url: string }).url);
        const connection = connect(Number(port), '127.0.0.1');
        await once(connection, 'connect');
        const closed = once(connection, 'close');
        terminal.kill('SIGKILL');
        await closed;
        return;
      }
      throw new Error('The gateway ended without printing its address');
    },
  );

  test('two gateways started at once on one empty DATA_DIR agree on one key', async () => {
    const [first, second] = await Promise.all([
      startAt({ PUBLIC_URL: 'http://gateway.example' }),
      startAt({ PUBLIC_URL: 'http://gateway.example' }),
    ]);
    const { accessToken } = await logInAnonymously(createGraphQLClient(first.url));
    const other = createGraphQLClient(second.url);
    const written = await other(OPERATIONS.write, {
      token: accessToken,
      variables: { data: { through: 'the other' } },
    });
    const seen = await createGraphQLClient(first.url)(OPERATIONS.refreshCustomData, {
      token: written.data.writeCustomUserData.accessToken,
    });
    expect(seen.data.refreshCustomData.customData.through).toBe('the other');
  });

  test('what was acknowledged survives kill -9', async () => {
    const first = await startAt({ PUBLIC_URL: 'http://gateway.example' });
    const send = createGraphQLClient(first.url);
    const { accessToken } = await logInAnonymously(send);
    let acknowledged = 0;
    const writing = (async () => {
      for (let count = 1; ; count += 1) {
        const { code } = await send(OPERATIONS.write, {
          token: accessToken,
          variables: { data: { count } },
        });
        if (code === undefined) acknowledged = count;
        if (count === 20) first.child.kill('SIGKILL');
      }
    })().catch(() => undefined);
    await once(first.child, 'exit');
    await writing;

    const second = await startAt({ PUBLIC_URL: 'http://gateway.example' });
    const after = await createGraphQLClient(second.url)(OPERATIONS.refreshCustomData, {
      token: accessToken,
    });
    expect(acknowledged).toBeGreaterThanOrEqual(20);
    expect(after.data.refreshCustomData.customData.count).toBeGreaterThanOrEqual(acknowledged);
  });
});
