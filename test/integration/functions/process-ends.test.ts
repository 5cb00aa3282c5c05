/** How a process of functions may end, and what the caller hears: the limit of memory is only one way. */
import { describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../src/bson.ts';
import { useAppFunctions } from '../../support/app-functions.ts';

/** The body of each function, and how the log says that its process ended. */
const ENDS: Readonly<Record<string, readonly [body: string, how: string]>> = {
  exit: ['process.exit(0)', 'exit code 0'],
  exitWithCode: ['require("node:process").exit(3)', 'exit code 3'],
  exitLater: ['setTimeout(() => process.exit(0), 1); return new Promise(() => {});', 'exit code 0'],
  reallyExit: ['process.reallyExit(4)', 'exit code 4'],
  abort: ['process.abort()', 'SIGABRT'],
  abortByModule: ['require("node:process").abort()', 'SIGABRT'],
  segmentationFault: [kill('SIGSEGV'), 'SIGSEGV'],
  trap: [kill('SIGTRAP'), 'SIGTRAP'],
  killed: [kill('SIGKILL'), 'SIGKILL'],
  uncaught: [
    'process.removeAllListeners("uncaughtException"); setTimeout(() => { throw new Error("x"); }); return new Promise(() => {});',
    'exit code 1',
  ],
};

function kill(signal: string): string {
  return `process.kill(process.pid, "${signal}"); return new Promise(() => {});`;
}

const SOURCES = {
  ...Object.fromEntries(
    Object.entries(ENDS).map(([name, [body]]) => [name, `exports = () => { ${body} }`]),
  ),
  ok: 'exports = (value) => value',
  overflow: 'exports = () => { const again = () => again() + 1; return again(); }',
  nativeOverflow: `exports = () => { let a = []; for (let n = 0; n < 1e6; n++) a = [a]; return JSON.stringify(a); }`,
  talks: `exports = () => { require("node:fs").writeSync(2, "out of memory"); return 'said'; }`,
  loudly: `exports = () => { for (let n = 0; n < 100; n++) process.stderr.write("x".repeat(100000)); return 'said'; }`,
  memory: 'exports = () => { const a = []; for (;;) a.push(new Array(1e6).fill(1.5)); }',
  buffers: 'exports = () => { const a = []; for (;;) a.push(Buffer.alloc(1e6, 1)); }',
};

describe('a function whose process ends by', () => {
  const { call, logText } = useAppFunctions(SOURCES, { timeoutSeconds: 20 });
  const expectOthersUnaffected = async () => {
    expect(await call('ok', [new Int32(1)], { userId: 'someone else' })).toEqual(new Int32(1));
  };

  test.each(Object.entries(ENDS))('%s fails, and the log says how', async (name, [, how]) => {
    const message = how.startsWith('SIG')
      ? `The process of the function ended with ${how}`
      : 'The function ended its process';
    await expect(call(name)).rejects.toMatchObject({ code: 'FUNCTION_FAILED', message });
    expect(logText()).toContain(`"function":"${name}","how":"${how}"`);
    await expectOthersUnaffected();
  });

  test.each(['memory', 'buffers'])('using up its memory (%s) was stopped', async (name) => {
    const failure = {
      code: 'FUNCTION_LIMIT_EXCEEDED',
      details: { function: name, limit: 'memory' },
    };
    await expect(call(name)).rejects.toMatchObject(failure);
  });

  test.each(['overflow', 'nativeOverflow'])(
    'nothing, since a stack that is too deep (%s) can be caught',
    async (name) => {
      await expect(call(name)).rejects.toMatchObject({
        code: 'FUNCTION_FAILED',
        message: 'RangeError: Maximum call stack size exceeded',
      });
    },
  );

  test('another call is not taken for it: what was written before counts for its own call only', async () => {
    expect(await call('talks')).toBe('said');
    await expect(call('abort')).rejects.toMatchObject({ code: 'FUNCTION_FAILED' });
  });

  test('nothing goes on, however much it writes to its standard error', async () => {
    expect(await call('loudly')).toBe('said');
  });
});
