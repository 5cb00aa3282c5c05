import { expect, test } from '@jest/globals';
import { createKeyedQueue } from '../../../src/custom-data/keyed-queue.ts';
import { createDeadline } from '../../../src/deadline.ts';

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
/** Of a clock that stands still. */
const NEVER = createDeadline(() => 0);

test('tasks of one key run one after the other, in the order they came', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue(LONG);
  const first = createTask(events, 'first');
  const second = createTask(events, 'second');
  const results = [inTurn('key', NEVER, first.run), inTurn('key', NEVER, second.run)];
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
  const pending = inTurn('a', NEVER, first.run);
  second.end();
  await expect(inTurn('b', NEVER, second.run)).resolves.toBe('second');
  first.end();
  await pending;
  expect(events).toStrictEqual(['first starts', 'second starts', 'second ends', 'first ends']);
});

test("a task that fails is its own caller's business", async () => {
  const inTurn = createKeyedQueue(LONG);
  const failing = inTurn('key', NEVER, () => Promise.reject(new Error('broken')));
  const next = inTurn('key', NEVER, () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('broken');
  await expect(next).resolves.toBe('done');
});

test('whoever has waited long enough goes ahead', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue(5);
  const stuck = createTask(events, 'stuck');
  const pending = inTurn('key', NEVER, stuck.run);
  await expect(inTurn('key', NEVER, () => Promise.resolve('done'))).resolves.toBe('done');
  stuck.end();
  await expect(pending).resolves.toBe('stuck');
});

test('whoever waits in a queue that moves keeps waiting until the deadline, and is then not run', async () => {
  const events: string[] = [];
  const ticks = new Set<() => void>();
  const inTurn = createKeyedQueue(LONG, (_milliseconds, tick) => {
    ticks.add(tick);
    return () => ticks.delete(tick);
  });
  const before = Array.from({ length: 6 }, (_, n) => createTask(events, `${n}`));
  const pending = before.map(({ run }) => inTurn('key', NEVER, run));
  let time = 0;
  const last = createTask(events, 'last');
  const lastDone = inTurn(
    'key',
    createDeadline(() => time),
    last.run,
  );
  const lastTick = [...ticks].at(-1);
  for (const [n, task] of before.slice(0, 5).entries()) {
    task.end();
    await pending[n];
    lastTick?.();
    expect(events).not.toContain('last starts');
  }
  time = 4000;
  lastTick?.();
  await expect(lastDone).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  // Nobody waits for whoever gave up.
  const next = inTurn('key', NEVER, () => Promise.resolve('next'));
  for (const task of before) task.end();
  await Promise.all(pending);
  await expect(next).resolves.toBe('next');
  expect(events).not.toContain('last starts');
  expect(ticks.size).toBe(0);
});
