import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { Int32, Long } from '../../../../src/bson.ts';
import { GatewayError, serviceUnavailable } from '../../../../src/errors.ts';
import type { FunctionCall } from '../../../../src/functions/functions.ts';
import { createCallHost } from '../../../../src/functions/host/call-host.ts';
import { decodeValue, encodeValue } from '../../../../src/functions/value-bytes.ts';
import { createLog } from '../../../../src/log.ts';
import { type OperationLimits, UNLIMITED } from '../../../../src/store/operation-limits.ts';
import { type DataOperation, DataOperationError } from '../../../../src/store/port.ts';

const DOCUMENTS = { database: 'd', collection: 'users', userIdField: 'userId' };
const CALL: FunctionCall = {
  name: 'f',
  args: [],
  user: { id: 'u', type: 'normal', data: {}, custom_data: {}, identities: [] },
  origin: 'client',
};

function hostOf(
  run: (operation: DataOperation, limits: OperationLimits) => unknown,
  call: Partial<FunctionCall> = {},
) {
  const chunks: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  const data = async () => ({
    run: async (operation: DataOperation, limits = UNLIMITED) => run(operation, limits),
    names: async (database: string | null) => (database === null ? ['d', 'e'] : ['c']),
  });
  const log = createLog('info', destination);
  return {
    host: createCallHost(
      { ...CALL, ...call },
      { data, documents: DOCUMENTS, log, bounds: { timeoutSeconds: 30, memoryBytes: 1_000_000 } },
    ),
    logText: () => chunks.join(''),
  };
}

const request = (method: string, args: readonly unknown[], id = 1) => ({
  ...({ type: 'data', id, database: 'd', collection: 'c', method, isSystem: false } as const),
  args: encodeValue(args),
});

describe("the gateway's side of a call", () => {
  test('tells the names of databases and collections', async () => {
    const { host } = hostOf(() => null);
    const ask = async (database: string | null) => {
      const reply = await host.serve({ type: 'names', id: 1, database });
      return reply.type === 'reply' ? decodeValue(reply.value) : reply.error;
    };
    expect(await ask('d')).toEqual(['c']);
    expect(await ask(null)).toEqual(['d', 'e']);
    expect([...host.written]).toEqual([]);
  });

  test('runs an operation with BSON values, and answers with them', async () => {
    const seen: DataOperation[] = [];
    const { host } = hostOf((operation) => {
      seen.push(operation);
      return { n: Long.fromString('9007199254740993') };
    });
    const reply = await host.serve(request('findOne', [{ a: new Int32(1) }]));
    expect(seen).toEqual([
      { database: 'd', collection: 'c', method: 'findOne', args: [{ a: new Int32(1) }] },
    ]);
    expect(reply).toMatchObject({ type: 'reply', id: 1 });
    expect(reply.type === 'reply' && decodeValue(reply.value)).toEqual({
      n: Long.fromString('9007199254740993'),
    });
  });

  test('remembers which collections may have been written to, even if the write failed', async () => {
    const { host } = hostOf(() => {
      throw new DataOperationError('no');
    });
    await host.serve(request('find', [{}]));
    await host.serve(request('aggregate', [[{ $match: {} }]]));
    expect([...host.written]).toEqual([]);
    await host.serve(request('insertOne', [{}]));
    await host.serve(request('aggregate', [[{ $match: {} }, { $out: 'o' }]]));
    await host.serve(request('aggregate', [[{ $merge: { into: { db: 'x', coll: 'm' } } }]]));
    await host.serve(request('aggregate', [[{ $merge: 'n' }]]));
    expect([...host.written]).toEqual(['d.c', 'd.o', 'x.m', 'd.n']);
  });

  test.each<[string, unknown, object]>([
    [
      'a refusal of the database',
      Object.assign(new DataOperationError('E11000 duplicate key'), { code: 11000 }),
      { name: 'MongoError', message: 'E11000 duplicate key', code: 11000 },
    ],
    [
      'an outage',
      serviceUnavailable(new Error('socket')),
      { name: 'GatewayError', message: expect.any(String), code: 'SERVICE_UNAVAILABLE' },
    ],
    [
      'a fault of the gateway, masked',
      new Error('internal detail'),
      { name: 'GatewayError', message: 'Internal server error', code: 'INTERNAL_SERVER_ERROR' },
    ],
  ])('tells the function of %s and keeps the failure', async (_what, failure, error) => {
    const { host } = hostOf(() => {
      throw failure;
    });
    const reply = await host.serve(request('insertOne', [{}]));
    expect(reply).toEqual({ type: 'refusal', id: 1, error: { id: 0, ...error } });
    expect(host.failure(0)).toBe(failure);
  });

  test('logs a fault of its own', async () => {
    const { host, logText } = hostOf(() => {
      throw new Error('internal detail');
    });
    await host.serve(request('insertOne', [{}]));
    expect(logText()).toContain('internal detail');
  });

  test.each(['drop', 'constructor', '__proto__'])('has no method "%s"', async (method) => {
    const { host } = hostOf(() => null);
    const reply = await host.serve(request(method, []));
    expect(reply).toMatchObject({
      type: 'refusal',
      error: { name: 'TypeError', message: `A collection has no method "${method}"` },
    });
  });

  test('refuses a result that is too large', async () => {
    const { host } = hostOf(() => ['x'.repeat(17 * 1024 * 1024)]);
    expect(await host.serve(request('find', []))).toMatchObject({
      type: 'refusal',
      error: { message: 'The result is too large, use a limit or a projection' },
    });
  });

  test('runs built-in functions where there are some', async () => {
    const call = { type: 'builtIn', id: 2, name: 'b', args: encodeValue([new Int32(1)]) } as const;
    const { host } = hostOf(() => null, { builtIn: async (name, args) => ({ name, args }) });
    const reply = await host.serve(call);
    expect(reply.type === 'reply' && decodeValue(reply.value)).toEqual({
      name: 'b',
      args: [new Int32(1)],
    });
    expect(await hostOf(() => null).host.serve(call)).toMatchObject({ type: 'refusal', id: 2 });
  });

  test('keeps what a built-in function refused with', async () => {
    const failure = new GatewayError('FIELD_NOT_WRITABLE', { paths: ['/_id'] });
    const { host } = hostOf(() => null, {
      builtIn: () => Promise.reject(failure),
    });
    await host.serve({ type: 'builtIn', id: 2, name: 'b', args: encodeValue([]) });
    expect(host.failure(0)).toBe(failure);
  });

  test('logs what the function writes with its name and level', () => {
    const { host, logText } = hostOf(() => null);
    host.log({ type: 'log', level: 'warn', text: 'careful' });
    expect(JSON.parse(logText())).toMatchObject({ level: 40, function: 'f', msg: 'careful' });
  });

  test('bounds the memory that all operations of the call take at once', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { host } = hostOf(async ({ collection }, { hold }) => {
      hold(collection === 'c' ? 70_000 : 0);
      await held;
      return null;
    });
    const first = host.serve(request('find', []));
    const refused = await host.serve(request('find', [], 2));
    expect(refused).toMatchObject({ type: 'refusal', error: { code: 'FUNCTION_LIMIT_EXCEEDED' } });
    release();
    expect(await first).toMatchObject({ type: 'reply' });
    expect(await host.serve(request('find', [], 3))).toMatchObject({ type: 'reply' });
  });

  test('ends what reads with the call, and what writes only if the call was stopped', async () => {
    for (const isStopped of [false, true]) {
      const signals: AbortSignal[] = [];
      const { host } = hostOf((_operation, { signal, timeLeft }) => {
        signals.push(signal);
        return timeLeft() > 29_000 && timeLeft() <= 30_000;
      });
      const [, written] = await Promise.all([
        host.serve(request('find', [])),
        host.serve(request('insertOne', [{}], 2)),
      ]);
      expect(written.type === 'reply' && decodeValue(written.value)).toBe(true);
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
      host.end(isStopped);
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, isStopped]);
      await host.settled();
    }
  });
});
