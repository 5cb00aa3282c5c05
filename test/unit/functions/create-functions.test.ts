import { describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../src/bson.ts';
import { GatewayError } from '../../../src/errors.ts';
import type {
  AppDefinition,
  FunctionDefinition,
} from '../../../src/functions/app/app-definition.ts';
import { parseRule } from '../../../src/functions/app/rule-expression.ts';
import { createFunctions } from '../../../src/functions/create-functions.ts';
import type { FunctionCall } from '../../../src/functions/functions.ts';
import type { CallHost, CallOutcome } from '../../../src/functions/host/run-call.ts';
import type { CallMessage, SetupMessage } from '../../../src/functions/messages.ts';
import { decodeValue, encodeValue } from '../../../src/functions/value-bytes.ts';
import { createLog } from '../../../src/log.ts';
import { DataOperationError } from '../../../src/store/port.ts';

const USER: FunctionCall['user'] = {
  id: 'u',
  type: 'normal',
  data: {},
  custom_data: { role: 'owner' },
  identities: [],
};

const define = (name: string, more: Partial<FunctionDefinition> = {}): FunctionDefinition => ({
  ...{ name, source: '', isPrivate: false, runAsSystem: false, rule: () => true },
  ...more,
});

const APP: AppDefinition = {
  ...{ directory: '/nowhere', environment: { tag: '', values: {} } },
  functions: new Map(
    [
      define('open'),
      define('hidden', { isPrivate: true }),
      define('system', { runAsSystem: true }),
      define('ruled', { rule: parseRule({ '%%args.0': '%%values.word' }, '', []) }),
    ].map((definition) => [definition.name, definition]),
  ),
  ...{ values: { word: 'open sesame' }, dataSources: [], problems: [], withoutEntry: [] },
};
const DOCUMENTS = { database: 'd', collection: 'users', userIdField: 'userId' };

/** Functions whose processes end each call with the next outcome. */
function functionsOf(
  outcomes: readonly (CallOutcome | ((host: CallHost) => Promise<CallOutcome>))[],
  data: () => unknown = () => null,
) {
  const calls: CallMessage[] = [];
  const setups: SetupMessage[] = [];
  let ended = 0;
  let start: (() => void) | undefined;
  const functions = createFunctions(APP, {
    ...{ appId: 'my-app-abcde', timeoutSeconds: 1, memoryMb: 64, threads: 2, documents: DOCUMENTS },
    log: createLog('silent'),
    data: async () => ({ run: async () => data(), names: async () => [] }),
    startProcess: (setup) => {
      start?.();
      setups.push(setup);
      return {
        run: async (message, host) => {
          const outcome = outcomes[calls.length];
          calls.push(message);
          if (outcome === undefined) throw new Error('No more calls were expected');
          return typeof outcome === 'function' ? outcome(host) : outcome;
        },
        isReusable: () => true,
        kill: async () => {
          ended += 1;
        },
      };
    },
  });
  const call = (name: string, more: Partial<FunctionCall> = {}) =>
    functions.call({ name, args: [], user: USER, origin: 'client', ...more });
  const setStart = (next: typeof start) => {
    start = next;
  };
  return { functions, call, calls, setups, setStart, ended: () => ended };
}

const ENDED: CallOutcome = { type: 'ended', how: { code: 0, signal: null } };
const RETURNED: CallOutcome = { type: 'returned', value: encodeValue(new Int32(1)) };

describe('the functions', () => {
  test('start no process before the first call', async () => {
    const { call, setups, functions } = functionsOf([RETURNED]);
    expect(functions.has('open')).toBe(true);
    expect(functions.has('hidden')).toBe(true);
    expect(functions.has('toString')).toBe(false);
    expect(setups).toHaveLength(0);
    expect(await call('open')).toEqual(new Int32(1));
    expect(setups[0]).toMatchObject({
      app: { id: 'my-app-abcde', clientAppId: 'my-app-abcde', name: 'my-app' },
      memoryMb: 64,
    });
  });

  test('are not found if there is none or it is private, with the same answer', async () => {
    const { call, calls } = functionsOf([RETURNED]);
    for (const name of ['gone', 'hidden']) {
      await expect(call(name)).rejects.toMatchObject({
        code: 'FUNCTION_NOT_FOUND',
        message: `function not found: '${name}'`,
        details: { function: name },
      });
    }
    expect(calls).toHaveLength(0);
    expect(await call('hidden', { origin: 'system' })).toEqual(new Int32(1));
  });

  test('are held to their rule for clients only', async () => {
    const { call, calls } = functionsOf([RETURNED, RETURNED]);
    await expect(call('ruled', { args: ['please'] })).rejects.toMatchObject({
      code: 'FUNCTION_NOT_ALLOWED',
      message: 'rule not matched for function "ruled"',
    });
    expect(calls).toHaveLength(0);
    await call('ruled', { args: ['open sesame'] });
    await call('ruled', { origin: 'system' });
    expect(calls).toHaveLength(2);
  });

  test('run as the system if they say so or the gateway calls', async () => {
    const { call, calls } = functionsOf([RETURNED, RETURNED, RETURNED]);
    await call('open');
    await call('system');
    await call('open', { origin: 'system' });
    const payloads = calls.map(({ payload }) => decodeValue(payload));
    expect(payloads).toMatchObject([{ isSystem: false }, { isSystem: true }, { isSystem: true }]);
  });

  test('refuse arguments that are too large', async () => {
    const { call, calls } = functionsOf([]);
    const args = ['x'.repeat(17 * 1024 * 1024)];
    await expect(call('open', { args })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'The arguments are too large',
    });
    expect(calls).toHaveLength(0);
  });

  test.each<[CallOutcome, object]>([
    [
      { type: 'failed', error: { message: 'boom' } },
      { code: 'FUNCTION_FAILED', message: 'boom', details: { function: 'open' } },
    ],
    [ENDED, { code: 'FUNCTION_FAILED', message: 'The function ended its process' }],
    [{ type: 'cut-off' }, { code: 'SERVICE_UNAVAILABLE', details: { retryAfterSeconds: 1 } }],
    [
      { type: 'stopped', limit: 'time' },
      { code: 'FUNCTION_LIMIT_EXCEEDED', details: { function: 'open', limit: 'time' } },
    ],
    [
      { type: 'stopped', limit: 'memory' },
      { code: 'FUNCTION_LIMIT_EXCEEDED', details: { function: 'open', limit: 'memory' } },
    ],
  ])('that end with %j are refused, once', async (outcome, error) => {
    const { call, calls } = functionsOf([outcome]);
    await expect(call('open')).rejects.toMatchObject(error);
    expect(calls).toHaveLength(1);
  });

  test('run again if the call never began, and say that they cannot start after that', async () => {
    const never: CallOutcome = { type: 'not-started' };
    const { call } = functionsOf([never, RETURNED, never, never]);
    expect(await call('open')).toEqual(new Int32(1));
    await expect(call('open')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  test('take no turn away when no process can be started, and try anew with the next call', async () => {
    const { call, setStart } = functionsOf([RETURNED]);
    setStart(() => {
      throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
    });
    for (let index = 0; index < 10; index += 1) {
      const failure = { code: 'SERVICE_UNAVAILABLE', details: { retryAfterSeconds: 1 } };
      await expect(call('open')).rejects.toMatchObject(failure);
    }
    setStart(undefined);
    expect(await call('open')).toEqual(new Int32(1));
  });

  test('give their turn back however they end', async () => {
    const { call } = functionsOf([
      RETURNED,
      { type: 'failed', error: { message: 'boom' } },
      { type: 'not-started' },
      { type: 'not-started' },
      ENDED,
      RETURNED,
    ]);
    await call('open');
    for (let index = 0; index < 3; index += 1) await call('open').catch(() => undefined);
    expect(await call('open')).toEqual(new Int32(1));
  });

  const failUncaught = async (host: CallHost): Promise<CallOutcome> => {
    const args = encodeValue([]);
    await host.serve({ type: 'builtIn', id: 1, name: 'b', args });
    const target = { database: 'd', collection: 'c', method: 'insertOne' } as const;
    await host.serve({ type: 'data', id: 2, ...target, args, isSystem: false });
    return { type: 'failed', error: { message: 'what the function saw', hostError: 1 } };
  };

  test('do not show what the database said', async () => {
    const { call } = functionsOf([failUncaught], () => {
      throw new DataOperationError('E11000 dup key: { email: "a@example.com" }');
    });
    await expect(call('open')).rejects.toMatchObject({
      code: 'FUNCTION_FAILED',
      message: 'A database operation failed',
    });
  });

  test('fail with what the gateway refused, if they did not catch it', async () => {
    const outage = new GatewayError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 });
    const { call } = functionsOf([failUncaught], () => {
      throw outage;
    });
    await expect(call('open')).rejects.toBe(outage);
  });

  const insertInto = (collection: string) => ({
    ...({ type: 'data', id: 1, isSystem: true, method: 'insertOne' } as const),
    ...{ database: 'd', collection, args: encodeValue([{}]) },
  });

  test.each<CallOutcome>([
    RETURNED,
    { type: 'failed', error: { message: 'boom' } },
    { type: 'stopped', limit: 'time' },
    ENDED,
  ])('say what they wrote before the call ends, also with %j', async (outcome) => {
    const { call } = functionsOf([
      async (host) => {
        await host.serve(insertInto('c'));
        return outcome;
      },
    ]);
    const told: string[][] = [];
    const onWritten = async (collections: ReadonlySet<string>) => {
      told.push([...collections]);
    };
    await call('open', { onWritten }).catch(() => undefined);
    expect(told).toEqual([['d.c']]);
  });

  test('say it once more when a write ends after the call, and only then begin the next', async () => {
    let finish: (value: unknown) => void = () => undefined;
    const writing = new Promise((resolve) => {
      finish = resolve;
    });
    const { call, calls } = functionsOf(
      [
        async (host) => {
          void host.serve(insertInto('c'));
          return RETURNED;
        },
        RETURNED,
      ],
      () => writing,
    );
    const told: number[] = [];
    const onWritten = async () => {
      told.push(calls.length);
    };
    expect(await call('open', { onWritten })).toEqual(new Int32(1));
    expect(told).toEqual([1]);
    const next = call('open');
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toHaveLength(1);
    finish(null);
    await next;
    expect([told.length, calls.length]).toEqual([2, 2]);
  });

  test('have a user wait for the calls that run, hundreds of times, and let others in', async () => {
    const pending: ((outcome: CallOutcome) => void)[] = [];
    const hang = () => new Promise<CallOutcome>((resolve) => pending.push(resolve));
    const { call } = functionsOf([hang, ...Array<CallOutcome>(501).fill(RETURNED)]);
    const first = call('open');
    const waiting = Array.from({ length: 500 }, () => call('open'));
    const refusal = { code: 'RATE_LIMITED', details: { retryAfterSeconds: 1 } };
    await expect(call('open')).rejects.toMatchObject(refusal);
    const other = await call('open', { user: { ...USER, id: 'other' } });
    expect(other).toEqual(new Int32(1));
    pending[0]?.(RETURNED);
    expect(await first).toEqual(new Int32(1));
    expect(await Promise.all(waiting)).toHaveLength(500);
  });

  test('end their processes when they are closed', async () => {
    const { call, ended, functions } = functionsOf([RETURNED]);
    await call('open');
    await functions.close();
    expect(ended()).toBe(1);
    await expect(call('open')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});
