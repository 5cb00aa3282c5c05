import { describe, expect, jest, test } from '@jest/globals';
import type { FunctionProcess } from '../../../../src/functions/host/function-process.ts';
import { createProcessPool } from '../../../../src/functions/host/process-pool.ts';
import type { SetupMessage } from '../../../../src/functions/messages.ts';

/** A pool of processes that only say whether they can be used again. */
function poolOf(isReusable: () => boolean = () => true) {
  const killed: number[] = [];
  let started = 0;
  const pool = createProcessPool({} as SetupMessage, () => {
    started += 1;
    const id = started;
    const process = {
      run: () => Promise.reject(new Error('not here')),
      isReusable,
      kill: async () => {
        killed.push(id);
      },
    };
    return process satisfies FunctionProcess;
  });
  return { pool, killed, started: () => started };
}

describe('the pool', () => {
  test('starts a process when one is needed, and uses the last again', async () => {
    const { pool, started } = poolOf();
    expect(started()).toBe(0);
    const [first, second] = [pool.take(), pool.take()];
    expect(started()).toBe(2);
    await pool.give(first);
    await pool.give(second);
    expect(pool.take()).toBe(second);
    expect(pool.take()).toBe(first);
    expect(started()).toBe(2);
    await pool.close();
  });

  test('ends a process that cannot be used again', async () => {
    const { pool, killed, started } = poolOf(() => false);
    await pool.give(pool.take());
    expect(killed).toEqual([1]);
    pool.take();
    expect(started()).toBe(2);
    await pool.close();
  });

  test('ends a process that nobody needed for a minute', async () => {
    jest.useFakeTimers();
    try {
      const { pool, killed } = poolOf();
      await pool.give(pool.take());
      jest.advanceTimersByTime(59_000);
      await pool.give(pool.take());
      jest.advanceTimersByTime(59_000);
      expect(killed).toEqual([]);
      jest.advanceTimersByTime(2000);
      expect(killed).toEqual([1]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('ends every process when it closes, those that come back later too', async () => {
    const { pool, killed } = poolOf();
    const [first, second] = [pool.take(), pool.take()];
    await pool.give(first);
    await pool.close();
    expect(killed.sort()).toEqual([1, 2]);
    await pool.give(second);
    expect(killed.filter((id) => id === 2).length).toBeGreaterThan(0);
    expect(() => pool.take()).toThrow('The functions are closed');
  });
});
