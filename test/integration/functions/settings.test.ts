/** What the operator's settings do to functions, on the embedded store. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

/** Pino's number of the level. */
const WARN = 40;

describe('a gateway with functions', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function start(
    files: Readonly<Record<string, unknown>> | null,
    env: Readonly<Record<string, string>> = {},
  ): Promise<TestGateway> {
    const data = await createTemporaryDirectory();
    closers.push(data.remove);
    let app: AppDirectory | undefined;
    if (files !== null) {
      app = await writeApp(files);
      closers.push(app.remove);
    }
    const directory = app === undefined ? {} : { FUNCTIONS_DIR: app.path };
    const gateway = await startGateway({ DATA_DIR: data.path, ...directory, ...env });
    closers.push(gateway.stop);
    return gateway;
  }

  async function callOn(gateway: TestGateway, name: string, ...args: unknown[]) {
    const send = createGraphQLClient(gateway.url);
    const { accessToken: token } = await logInAnonymously(send);
    return send(OPERATIONS.callFunction, { token, variables: { name, arguments: args } });
  }

  const FAULTY = {
    'functions/config.json': [{ name: 'gone' }],
    'functions/a.js': 'exports = (',
  };

  test('with FUNCTIONS_STRICT does not start with functions that it cannot run, and says why', async () => {
    await expect(start(FAULTY, { FUNCTIONS_STRICT: 'true' })).rejects.toThrow(
      /^The functions are not usable: .*"gone" has no file gone\.js; functions\/a\.js:\d+: /,
    );
  });

  test('otherwise says in its log what it cannot run, and which functions are public for want of an entry', async () => {
    const { logText } = await start(FAULTY);
    const lines = logText()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ level }) => Number(level) >= WARN);
    expect(lines).toEqual([
      expect.objectContaining({
        problem: 'functions/config.json: "gone" has no file gone.js',
        msg: 'a part of the functions cannot be used',
      }),
      expect.objectContaining({ problem: expect.stringMatching(/^functions\/a\.js:\d+: /) }),
      expect.objectContaining({
        functions: ['a'],
        msg: 'functions without an entry in functions/config.json are public: everybody who is logged in may call them',
      }),
    ]);
  });

  test('does not start with a directory that is not there', async () => {
    await expect(start(null, { FUNCTIONS_DIR: '/nowhere/at/all' })).rejects.toThrow(
      'The directory "/nowhere/at/all" that FUNCTIONS_DIR names cannot be read: it does not exist',
    );
  });

  test('has the built-in functions without any of the operator', async () => {
    const gateway = await start(null);
    const written = await callOn(gateway, 'writeCustomUserData', { a: 1 });
    expect(written.data.callFunction).toMatchObject({ matchedCount: 0, modifiedCount: 0 });
    expect((await callOn(gateway, 'greet')).code).toBe('FUNCTION_NOT_FOUND');
  });

  test('runs a file writeCustomUserData.js in place of the built-in one', async () => {
    const gateway = await start({
      'writeCustomUserData.js': 'exports = (data) => ({ mine: data })',
    });
    const answer = await callOn(gateway, 'writeCustomUserData', { a: 1 });
    expect(answer.data.callFunction).toEqual({ mine: { a: 1 } });
  });

  test.each([
    ['time', 'exports = () => { for (;;) {} }', { FUNCTION_TIMEOUT: '1s' }],
    [
      'memory',
      'exports = () => { const a = []; for (;;) a.push(Buffer.alloc(1e6, 1)); }',
      { FUNCTION_MEMORY_MB: '32' },
    ],
  ])(
    'stops a function at its limit of %s',
    async (limit, source, env) => {
      const gateway = await start({ 'greedy.js': source }, env);
      const answer = await callOn(gateway, 'greedy');
      expect(answer.errors?.[0]?.extensions).toMatchObject({
        ...{ code: 'FUNCTION_LIMIT_EXCEEDED', function: 'greedy', limit },
      });
    },
    30_000,
  );

  test('writes what functions log with their name, and no arguments of its own accord', async () => {
    const gateway = await start({
      'talk.js': 'exports = (secret) => { console.warn("careful", 1); throw new Error("failed"); }',
    });
    expect((await callOn(gateway, 'talk', 'a-secret-argument')).code).toBe('FUNCTION_FAILED');
    const lines = gateway
      .logText()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 40, function: 'talk', msg: 'careful 1' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 40, function: 'talk', error: 'failed' }),
    );
    expect(gateway.logText()).not.toContain('a-secret-argument');
  });

  test('has one user wait for hundreds of calls and refuses the next with 429, and serves others', async () => {
    const gate = createGate();
    const url = await gate.listen();
    const gateway = await start(
      {
        'slow.js': 'exports = async (url) => { await context.http.get({ url }); }',
        'fast.js': 'exports = () => 1',
      },
      { FUNCTION_THREADS: '2' },
    );
    const send = createGraphQLClient(gateway.url);
    const { accessToken: token } = await logInAnonymously(send);
    const { accessToken: other } = await logInAnonymously(send);
    const slow = { token, variables: { name: 'slow', arguments: [url] } };
    const answers = Array.from({ length: 502 }, () => send(OPERATIONS.callFunction, slow));
    const first = await Promise.race(answers);
    expect(first).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(first.headers.get('retry-after')).toBe('1');
    const served = await send(OPERATIONS.callFunction, {
      token: other,
      variables: { name: 'fast' },
    });
    expect(served.data.callFunction).toBe(1);
    gate.open();
    const settled = await Promise.all(answers);
    expect(settled.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(settled.filter(({ status }) => status === 200)).toHaveLength(501);
    gate.close();
  }, 60_000);
});

/** A server that answers nobody before it is opened. */
function createGate() {
  const waiting: ServerResponse[] = [];
  let isOpen = false;
  const server = createServer((_request, response) => {
    if (isOpen) response.end();
    else waiting.push(response);
  });
  return {
    async listen() {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    open() {
      isOpen = true;
      for (const response of waiting) response.end();
    },
    close: () => server.close(),
  };
}
