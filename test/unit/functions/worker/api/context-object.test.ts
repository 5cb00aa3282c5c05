import { describe, expect, test } from '@jest/globals';
import { Int32, Long } from '../../../../../src/bson.ts';
import { createTestRunner, runSource } from '../../../../support/function-runner.ts';

describe('context', () => {
  test('says who calls, through which request, and which app it is', async () => {
    const user = {
      id: 'u',
      type: 'normal',
      data: { email: 'a@example.com' },
      custom_data: { big: Long.fromString('9007199254740993') },
      identities: [{ id: 'i', provider_type: 'anon-user', data: {} }],
    };
    const request = { remoteIPAddress: '10.0.0.1', httpMethod: 'POST', httpUserAgent: 'a test' };
    const { result } = await runSource(
      'exports = () => [context.user, context.request, context.app]',
      { user, request },
    );
    expect(result).toEqual([
      user,
      request,
      { id: 'myapp-abcde', clientAppId: 'myapp-abcde', name: 'myapp' },
    ]);
  });

  test('has values, a copy for each call, and undefined for others', async () => {
    const { result } = await runSource(
      `exports = () => {
        context.values.get('list').push(2);
        return [context.values.get('list'), context.values.get('none') === undefined,
          context.values.get('toString') === undefined, context.values.get({}) === undefined];
      }`,
      { setup: { values: { list: [1] } } },
    );
    expect(result).toEqual([[new Int32(1)], true, true, true]);
  });

  test('has the environment', async () => {
    const environment = { tag: 'production', values: { baseUrl: 'https://example.com' } };
    const { result } = await runSource('exports = () => context.environment', {
      setup: { environment },
    });
    expect(result).toEqual(environment);
  });

  test('says whether the function runs as the system', async () => {
    const source = 'exports = () => context.runningAsSystem()';
    const run = createTestRunner({
      plain: source,
      system: source,
      both: 'exports = () => [context.functions.execute("system"), context.runningAsSystem()]',
    });
    expect((await run('plain')).result).toBe(false);
    expect((await run('plain', { isSystem: true })).result).toBe(true);
    expect((await run('system')).result).toBe(true);
    expect((await run('both')).result).toEqual([true, false]);
  });
});

describe('context.functions.execute', () => {
  test('calls another function, which need not be awaited unless it is async', async () => {
    const { result } = await runSource(
      `exports = async () => [context.functions.execute('add', 1, 2),
        await context.functions.execute('later', { a: 1 })]`,
      {
        others: {
          add: 'exports = (a, b) => a + b',
          later: 'exports = async (value) => value',
        },
      },
    );
    expect(result).toEqual([new Int32(3), { a: new Int32(1) }]);
  });

  test('evaluates a function once a call', async () => {
    const run = createTestRunner({
      main: 'exports = () => [1, 2].map(() => context.functions.execute("count"))',
      count: 'let count = 0; exports = () => { count += 1; return count; }',
    });
    for (let call = 0; call < 2; call += 1) {
      expect((await run('main')).result).toEqual([new Int32(1), new Int32(2)]);
    }
  });

  test('lets errors through as they are', async () => {
    const { result } = await runSource(
      `exports = async () => {
        try { context.functions.execute('bad'); } catch (error) { return [error instanceof RangeError, error.message]; }
      }`,
      { others: { bad: 'exports = () => { throw new RangeError("far"); }' } },
    );
    expect(result).toEqual([true, 'far']);
  });

  test('asks the gateway for one that the app does not have', async () => {
    const { requests, result } = await runSource(
      'exports = () => context.functions.execute("writeCustomUserData", { a: 1 })',
      { answer: () => ({ matchedCount: new Int32(1) }) },
    );
    expect(requests).toEqual([{ type: 'builtIn', name: 'writeCustomUserData', args: [{ a: 1 }] }]);
    expect(result).toEqual({ matchedCount: new Int32(1) });
  });

  test('fails where there are no built-in functions', async () => {
    const { failure, requests } = await runSource(
      'exports = () => context.functions.execute("gone")',
      { hasBuiltIns: false },
    );
    expect(failure?.message).toBe("function not found: 'gone'");
    expect(requests).toEqual([]);
  });

  test('that calls itself for ever fails', async () => {
    const { failure } = await runSource('exports = () => context.functions.execute("main")');
    expect(failure?.message).toContain('Maximum call stack size exceeded');
  });
});

describe('console', () => {
  test('writes lines of the level that the method names', async () => {
    const { lines } = await runSource(`exports = () => {
      console.log('a', { b: 1 }, [2]); console.info('i'); console.debug('d');
      console.warn('w %s', 1); console.error(new Error('e').message);
    }`);
    expect(lines).toEqual([
      'info: a { b: 1 } [ 2 ]',
      'info: i',
      'info: d',
      'warn: w 1',
      'error: e',
    ]);
  });

  test('is bounded in lines and in the length of one', async () => {
    const { lines } = await runSource(`exports = () => {
      console.log('x'.repeat(1e6)); for (let i = 0; i < 1000; i++) console.log(i);
    }`);
    expect(lines).toHaveLength(500);
    expect(lines[0]).toHaveLength('info: '.length + 8192);
    expect(lines.at(-1)).toBe('info: the function logs too much, the rest is left out');
  });
});
