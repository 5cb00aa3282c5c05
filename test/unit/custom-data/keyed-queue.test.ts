import { expect, test } from '@jest/globals';
import { createKeyedQueue } from '../../../src/custom-data/keyed-queue.ts';

/** A task that runs until it is told to end. */
function createTask(events: string[], name: string) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const run = async () => {
    events.push(`${name} starts`);
    await ended;
    events.push(`${name} ends`);
    return name;
  };
  return { run, end };
}

const LONG = 60_000;

test('tasks of one key run one after the other, in the order they came', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue(LONG);
  const first = createTask(events, 'first');
  const second = createTask(events, 'second');
  const results = [inTurn('key', first.run), inTurn('key', second.run)];
  second.end();
  first.end();
  await expect(Promise.all(results)).resolves.toStrictEqual(['first', 'second']);
  expect(events).toStrictEqual(['first starts', 'first ends', 'second starts', 'second ends']);
});

test('tasks of different keys do not wait for one another', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue(LONG);
  const first = createTask(events, 'first');
  const second = createTask(events, 'second');
  const pending = inTurn('a', first.run);
  second.end();
  await expect(inTurn('b', second.run)).resolves.toBe('second');
  first.end();
  await pending;
  expect(events).toStrictEqual(['first starts', 'second starts', 'second ends', 'first ends']);
});

test("a task that fails is its own caller's business", async () => {
  const inTurn = createKeyedQueue(LONG);
  const failing = inTurn('key', () => Promise.reject(new Error('broken')));
  const next = inTurn('key', () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('broken');
  await expect(next).resolves.toBe('done');
});

test('whoever has waited long enough goes ahead', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue(5);
  const stuck = createTask(events, 'stuck');
  const pending = inTurn('key', stuck.run);
  await expect(inTurn('key', () => Promise.resolve('done'))).resolves.toBe('done');
  stuck.end();
  await expect(pending).resolves.toBe('stuck');
});
