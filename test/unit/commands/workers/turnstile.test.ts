import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createTurnstile } from '../../../../src/commands/workers/turnstile.ts';

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

describe('a turnstile', () => {
  function create(patience?: number) {
    const answered: string[] = [];
    const turnstile = createTurnstile<string>((worker) => answered.push(worker), patience);
    return { answered, turnstile };
  }

  test('answers a worker as often as it asks, each time after what had arrived was handed over', async () => {
    const { answered, turnstile } = create();
    turnstile.ask('a');
    await nextTurn();
    expect(answered).toEqual([]);
    await turns(2);
    expect(answered).toEqual(['a']);
    turnstile.ask('a');
    await turns(3);
    expect(answered).toEqual(['a', 'a']);
    turnstile.leave('a');
  });

  test('answers the next worker only when the one before takes no more', async () => {
    const { answered, turnstile } = create();
    turnstile.ask('a');
    turnstile.ask('b');
    turnstile.ask('c');
    await turns(5);
    expect(answered).toEqual(['a']);
    turnstile.leave('b');
    turnstile.leave('a');
    await turns(3);
    expect(answered).toEqual(['a', 'c']);
    turnstile.leave('c');
  });

  test('goes on to the next when a worker does not come to an end', async () => {
    const { answered, turnstile } = create(20);
    turnstile.ask('a');
    turnstile.ask('b');
    while (!answered.includes('b')) await delay(5);
    expect(answered).toEqual(['a', 'b']);
    turnstile.leave('b');
  });
});
