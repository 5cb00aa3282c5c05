import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '../../../src/errors.ts';
import type { OperationLimits } from '../../../src/store/operation-limits.ts';
import type { DataMethod } from '../../../src/store/port.ts';
import type { Contract } from './contract.ts';
import { createDataCalls } from './data-calls.ts';

const COUNT = 1_000;

/** What the caller of an operation allows it. */
export function describeDataLimits(contract: Contract): void {
  const { call } = createDataCalls(contract);
  const fill = () =>
    call(
      'insertMany',
      Array.from({ length: COUNT }, (_, n) => ({ _id: n, n, text: 'x'.repeat(200) })),
    );
  const run = async (limits: OperationLimits, method: DataMethod, ...args: unknown[]) => {
    const service = await contract.store().dataService();
    const target = { database: contract.database(), collection: 'data' };
    return service.run({ ...target, method, args }, limits);
  };
  const tooMuch = new GatewayError('FUNCTION_LIMIT_EXCEEDED', { function: 'f', limit: 'memory' });

  function createLimits(most: number, end = new AbortController()) {
    const limits = {
      held: 0,
      signal: end.signal,
      timeLeft: () => 10_000,
      hold(bytes: number) {
        limits.held += bytes;
        if (limits.held > most) throw tooMuch;
      },
    };
    return limits;
  }

  describe('the limits of the caller', () => {
    test.each<readonly [DataMethod, readonly unknown[]]>([
      ['find', [{}]],
      ['find', [{}, {}, { sort: { n: -1 } }]],
      ['distinct', ['n']],
      ['aggregate', [[{ $match: { n: { $gte: 0 } } }]]],
    ])('end %s %j where it would hold too much, with their own error', async (method, args) => {
      await fill();
      const limits = createLimits(5_000);
      await expect(run(limits, method, ...args)).rejects.toBe(tooMuch);
      const most = method === 'distinct' ? 50_000 : 6_000;
      expect(limits.held).toBeLessThan(most);
      expect(await run(createLimits(10_000_000), 'count', {})).toBe(COUNT);
    });

    test('are no matter to what stays within them', async () => {
      await fill();
      const limits = createLimits(5_000);
      expect(await run(limits, 'count', { n: { $gte: 10 } })).toBe(COUNT - 10);
      expect(await run(limits, 'find', {}, {}, { sort: { n: 1 }, limit: 5 })).toHaveLength(5);
    });

    test('let nothing be done for a caller that is gone', async () => {
      await fill();
      const end = new AbortController();
      const gone = new Error('The call is over');
      end.abort(gone);
      const before = contract.operations().length;
      const limits = createLimits(10_000_000, end);
      for (const [method, ...args] of [
        ['find', {}],
        ['count', {}],
        ['insertOne', {}],
        ['updateMany', {}, { $set: { a: 1 } }],
        ['deleteMany', {}],
      ] as const) {
        await expect(run(limits, method, ...args)).rejects.toBe(gone);
      }
      expect(contract.operations()).toHaveLength(before);
      expect(await call('count', { a: 1 })).toBe(0);
      expect(await call('count', {})).toBe(COUNT);
    });

    test('end what is under way when the caller goes', async () => {
      await fill();
      const end = new AbortController();
      const gone = new Error('The call is over');
      const limits = createLimits(10_000_000, end);
      const finding = run({ ...limits, hold: () => end.abort(gone) }, 'find', {});
      await expect(finding).rejects.toThrow();
    });
  });
}
