/** What functions can do wrong, in real processes: each fault has one outcome and hurts nobody else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../src/bson.ts';
import type { Functions } from '../../../src/functions/functions.ts';
import { useAppFunctions } from '../../support/app-functions.ts';

const MEMORY_BOMBS = {
  'a list': 'const a = []; for (;;) a.push(1);',
  lists: 'const a = []; for (;;) a.push(new Array(1e6).fill(1.5));',
  'a string': 'let s = "ab"; for (;;) { s += s; s.indexOf("z"); }',
  strings: 'const a = []; for (let i = 0; ; i++) a.push(("x" + i).repeat(1e6) + i);',
  'a map': 'const m = new Map(); for (let i = 0; ; i++) m.set(i, {});',
  'members of an object': 'const m = {}; for (let i = 0; ; i++) m["k" + i] = i;',
  buffers: 'const a = []; for (;;) a.push(Buffer.alloc(1e6, 1));',
  'typed arrays': 'const a = []; for (;;) a.push(new Float64Array(1e6).fill(1));',
  'one string split': 'return "a".repeat(5e8).split("");',
  closures: 'const a = []; for (;;) { const b = new Array(1000); a.push(() => b); await null; }',
} as const;

const SOURCES: Readonly<Record<string, string>> = {
  ok: 'exports = (value) => value',
  loop: 'exports = () => { for (;;) {} }',
  slow: 'exports = () => new Promise((resolve) => setTimeout(resolve, 200, "done"))',
  asyncLoop: 'exports = async () => { for (;;) await null; }',
  regex: 'exports = () => /^(a+)+$/.test("a".repeat(40) + "b")',
  bigint: 'exports = () => { let b = 1n; for (;;) b = (b << 1000000n) | 1n; }',
  never: 'exports = () => new Promise(() => {})',
  leaveLoop: 'exports = () => { (async () => { for (;;) await null; })(); return "left"; }',
  leaveTimer: `exports = () => {
    const timers = require('node:timers'); timers.setTimeout(() => { throw new Error('late'); }, 1); return 'left';
  }`,
  leaveRequest: `exports = (url) => { context.http.get({ url }); return 'left'; }`,
  leaveExit: `exports = () => {
    context.services.get('mongodb-atlas').db('d').collection('c').findOne().then(() => process.exit(0)); return 'left';
  }`,
  leaveRejection: 'exports = () => { Promise.reject(new Error("nobody")); return "left"; }',
  leaveWrite: `exports = () => {
    context.services.get('mongodb-atlas').db('d').collection('c').insertOne({ a: 1 }); return 'left';
  }`,
  throwInTimer: `exports = () => new Promise((resolve) => {
    setTimeout(() => resolve('still here'), 50); setTimeout(() => { throw null; }, 1);
  })`,
  hold: 'globalThis; exports = () => { require("node:events").held = Buffer.alloc(60e6, 1); return process.pid; }',
  pid: 'exports = () => process.pid',
  nested: `exports = async (depth) => depth === 0 ? 'deep' : context.functions.execute('nested', depth - 1)`,
  importing: `exports = async () => {
    const [{ basename }, { left }] = await Promise.all([import('node:path'), import('left')]);
    return basename(left);
  }`,
  environment:
    'exports = () => [Object.keys(process.env), process.argv.length, process.execArgv.length]',
  connect: `exports = (port) => new Promise(() => {
    const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write('x', () => { for (;;) {} }));
  })`,
  sends:
    'exports = (message) => { process.send(message); return new Promise((r) => setTimeout(r, 50, "sent")); }',
  sigint:
    'exports = () => { process.kill(process.pid, "SIGINT"); return new Promise((r) => setTimeout(r, 20, "alive")); }',
  ...Object.fromEntries(
    Object.entries(MEMORY_BOMBS).map(([name, body], index) => [
      `bomb${index}`,
      `// ${name}\nexports = async () => { ${body} }`,
    ]),
  ),
};

describe('a function that', () => {
  const running = useAppFunctions(SOURCES, {
    files: {
      'functions/node_modules/left/package.json': { type: 'module', exports: './index.js' },
      'functions/node_modules/left/index.js': "export const left = '/a/left';",
    },
  });
  const { call, logText, operations } = running;
  /** The same with a time limit that is no matter. */
  let patient: Functions;
  beforeAll(async () => {
    patient = await running.create({ timeoutSeconds: 60 });
  });
  /** Another user's call, which must be right whatever happened before. */
  const expectOthersUnaffected = async () => {
    const value = { a: new Int32(1) };
    expect(await call('ok', [value], { userId: 'someone else' })).toEqual(value);
  };

  test.each(['loop', 'asyncLoop', 'regex', 'bigint', 'never'])(
    'never ends (%s) is stopped',
    async (name) => {
      await expect(call(name)).rejects.toMatchObject({
        code: 'FUNCTION_LIMIT_EXCEEDED',
        details: { function: name, limit: 'time' },
      });
      await expectOthersUnaffected();
    },
  );

  test.each(Object.keys(MEMORY_BOMBS).map((name, index) => [name, `bomb${index}`]))(
    'uses up its memory with %s is stopped',
    async (_what, name) => {
      const bomb = expect(call(name, [], { on: patient })).rejects.toMatchObject({
        code: 'FUNCTION_LIMIT_EXCEEDED',
        details: { function: name, limit: 'memory' },
      });
      await Promise.all([bomb, expectOthersUnaffected()]);
      await expectOthersUnaffected();
    },
    30_000,
  );

  test('loops does not slow down others while it does', async () => {
    const loops = [1, 2].map(() =>
      call('loop', [], { userId: 'a' }).catch((error: { code: string }) => error.code),
    );
    const results = await Promise.all(
      [1, 2, 3, 4].map((value) => call('ok', [new Int32(value)], { userId: `user ${value}` })),
    );
    expect(results).toEqual([1, 2, 3, 4].map((value) => new Int32(value)));
    expect(await Promise.all(loops)).toEqual(Array(2).fill('FUNCTION_LIMIT_EXCEEDED'));
  });

  test('leaves a loop behind returns, and its process is ended', async () => {
    const before = await call('pid');
    expect(await call('leaveLoop')).toBe('left');
    await expectOthersUnaffected();
    expect(await call('slow')).toBe('done');
    expect(await call('pid')).not.toBe(before);
  });

  test.each(['leaveTimer', 'leaveRejection'])(
    'leaves a failure behind (%s) returns',
    async (name) => {
      expect(await call(name)).toBe('left');
      expect(await call('slow')).toBe('done');
      await expectOthersUnaffected();
      expect(logText()).toContain(
        name === 'leaveTimer' ? 'nobody handled: Error: late' : 'nobody handled: Error: nobody',
      );
    },
  );

  test('throws null in a timer goes on, and the log says so', async () => {
    expect(await call('throwInTimer')).toBe('still here');
    expect(logText()).toContain('nobody handled: null');
  });

  test('does not wait for a write has it carried out all the same', async () => {
    let written: readonly string[] = [];
    const result = await call('leaveWrite', [], {
      onWritten: async (collections) => {
        written = [...collections];
      },
    });
    expect(result).toBe('left');
    expect(written).toEqual(['d.c']);
    expect(operations).toMatchObject([{ method: 'insertOne', args: [{ a: new Int32(1) }] }]);
  });

  test('leaves a request behind that never ends returns when its time is over, and the log says so', async () => {
    const { connected, server } = await listen();
    const { port } = server.address() as AddressInfo;
    expect(await call('leaveRequest', [`http://127.0.0.1:${port}`])).toBe('left');
    const [socket] = await connected;
    socket.destroy();
    server.close();
    expect(logText()).toContain('"function":"leaveRequest"');
    expect(logText()).toContain('it has not awaited what it began: context.http.get');
    expect(logText()).toContain('what it left under way was cut off');
    await expectOthersUnaffected();
  });

  test('ends its process after its result returns it', async () => {
    expect(await call('leaveExit')).toBe('left');
    await expectOthersUnaffected();
  });

  test('calls others waits for no turn of theirs, with one process for everything too', async () => {
    const single = await running.create({ timeoutSeconds: 10, threads: 1 });
    const calls = Array.from({ length: 5 }, () => call('nested', [new Int32(10)], { on: single }));
    expect(await Promise.all(calls)).toEqual(Array(5).fill('deep'));
  });

  test('holds on to much memory has its process ended', async () => {
    const held = await call('hold');
    expect(await call('slow')).toBe('done');
    expect(await call('pid')).not.toEqual(held);
  });

  test.each([
    null,
    'text',
    { type: 'log', level: 'constructor', text: 'x' },
    { type: 'log' },
    { type: 'data' },
    { type: 'data', id: new Int32(1), database: 'd', collection: 'c', method: 'find', args: 'x' },
    { type: 'builtIn', name: 'x' },
    { type: 'returned', value: 'x' },
    { type: 'failed', error: null },
    { type: 'idle' },
    { type: 'unknown' },
  ])('sends the gateway what is no message (%j) hurts nobody else', async (message) => {
    await call('sends', [message]).catch(() => undefined);
    await expectOthersUnaffected();
  });

  test('imports a module gets it, packages beside the functions too', async () => {
    expect(await call('importing')).toBe('left');
  });

  test('sees nothing of the environment of the gateway', async () => {
    expect(await call('environment')).toEqual([[], new Int32(2), new Int32(1)]);
  });

  test('is not ended by a signal to the process group, which the gateway drains on', async () => {
    expect(await call('sigint')).toBe('alive');
  });

  test('has not ended when the functions are closed fails', async () => {
    const other = await running.create({ timeoutSeconds: 60, threads: 1 });
    const { connected, server } = await listen();
    const { port } = server.address() as AddressInfo;
    const cut = call('connect', [new Int32(port)], { on: other });
    const [socket] = await connected;
    const gone = once(socket, 'close');
    const failed = expect(cut).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'The gateway stops, try again',
    });
    await other.close();
    await failed;
    await gone;
    server.close();
  });

  test('loops is gone soon after its gateway was killed', async () => {
    const { connected, server } = await listen();
    const { port } = server.address() as AddressInfo;
    const script = fileURLToPath(new URL('../../support/functions-gateway.mjs', import.meta.url));
    const gateway = spawn(process.execPath, [script, running.path(), 'connect', String(port)]);
    const [socket] = await connected;
    const gone = once(socket, 'close');
    gateway.kill('SIGKILL');
    await gone;
    server.close();
  });
});

/** A server and the first connection to it, which lives as long as the process behind it. */
async function listen() {
  const server = createServer((socket) => {
    socket.resume().on('error', () => undefined);
  });
  const connected = once(server, 'connection') as Promise<[Socket]>;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { connected, server };
}
