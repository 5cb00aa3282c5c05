import { describe, expect, test } from '@jest/globals';
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
  const inTurn = createKeyedQueue<string>(LONG);
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
  const inTurn = createKeyedQueue<string>(LONG);
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
  const inTurn = createKeyedQueue<string>(LONG);
  const failing = inTurn('key', NEVER, () => Promise.reject(new Error('broken')));
  const next = inTurn('key', NEVER, () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('broken');
  await expect(next).resolves.toBe('done');
});

test('whoever has waited long enough goes ahead', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue<string>(5);
  const stuck = createTask(events, 'stuck');
  const pending = inTurn('key', NEVER, stuck.run);
  await expect(inTurn('key', NEVER, () => Promise.resolve('done'))).resolves.toBe('done');
  stuck.end();
  await expect(pending).resolves.toBe('stuck');
});

test('whoever waits in a queue that moves keeps waiting until the deadline, and is then not run', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue<string>(LONG);
  const before = Array.from({ length: 6 }, (_, n) => createTask(events, `${n}`));
  const pending = before.map(({ run }) => inTurn('key', NEVER, run));
  const last = createTask(events, 'last');
  const lastDone = inTurn('key', createDeadline(undefined, 50), last.run);
  for (const [n, task] of before.slice(0, 5).entries()) {
    task.end();
    await pending[n];
    expect(events).not.toContain('last starts');
  }
  await expect(lastDone).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  // Nobody waits for whoever gave up, but for those who run.
  const next = inTurn('key', NEVER, async () => events.push('next starts'));
  for (const task of before) task.end();
  await Promise.all([...pending, next]);
  expect(events.slice(-2)).toStrictEqual(['5 ends', 'next starts']);
  expect(events).not.toContain('last starts');
});

test('a deadline that is suspended meanwhile is waited for as long again', async () => {
  const events: string[] = [];
  const inTurn = createKeyedQueue<string>(LONG);
  const first = createTask(events, 'first');
  const pending = inTurn('key', NEVER, first.run);
  const deadline = createDeadline(undefined, 20);
  const waited = await deadline.suspend(async () => {
    const second = inTurn('key', deadline, () => Promise.resolve('second'));
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    first.end();
    return second;
  });
  expect(waited).toBe('second');
  await expect(pending).resolves.toBe('first');
});

describe('who hands over', () => {
  test('lets the next one begin, who is told what to expect', async () => {
    const inTurn = createKeyedQueue<string>(LONG);
    const events: string[] = [];
    const first = createTask(events, 'first');
    const pending = inTurn('key', NEVER, async ({ expected, handOver }) => {
      expect(expected).toBeUndefined();
      handOver('of the first');
      return first.run();
    });
    await inTurn('key', NEVER, async ({ expected, handOver }) => {
      events.push(`second expects ${expected}`);
      handOver('of the second');
      return true;
    });
    await inTurn('key', NEVER, async ({ expected }) => {
      events.push(`third expects ${expected}`);
      return true;
    });
    // The third handed nothing over: what it left is not known.
    await inTurn('key', NEVER, async ({ expected }) => {
      events.push(`fourth expects ${expected}`);
      return true;
    });
    first.end();
    await pending;
    expect(events).toStrictEqual([
      'first starts',
      'second expects of the first',
      'third expects of the second',
      'fourth expects undefined',
      'first ends',
    ]);
  });

  test.each([
    ['comes to nothing', () => Promise.resolve(null)],
    ['fails', () => Promise.reject(new Error('broken'))],
  ])('and then %s is expected nothing of, nor is anybody who began from there', async (_, end) => {
    const inTurn = createKeyedQueue<string>(LONG);
    const events: string[] = [];
    const [first, second] = [createTask(events, 'first'), createTask(events, 'second')];
    const handing = (name: string, run: () => Promise<unknown>) =>
      inTurn('key', NEVER, async ({ expected, handOver }) => {
        events.push(`${name} expects ${expected}`);
        handOver(`of the ${name}`);
        await run();
        return end();
      }).catch(() => null);
    const firstDone = handing('first', first.run);
    const secondDone = handing('second', second.run);
    first.end();
    expect(await firstDone).toBeNull();
    // Begins after the disappointment: what was handed over before is worth nothing.
    await inTurn('key', NEVER, async ({ expected, handOver }) => {
      events.push(`third expects ${expected}`);
      handOver('of the third');
      return true;
    });
    second.end();
    expect(await secondDone).toBeNull();
    expect(events.filter((event) => event.includes('expects'))).toStrictEqual([
      'first expects undefined',
      'second expects of the first',
      'third expects undefined',
    ]);
  });

  test('is expected of by the one after a disappointment of those before', async () => {
    const inTurn = createKeyedQueue<string>(LONG);
    const events: string[] = [];
    const lost = createTask(events, 'lost');
    const losing = inTurn('key', NEVER, async ({ handOver }) => {
      handOver('lost');
      await lost.run();
      return null;
    });
    const lostToo = createTask(events, 'lost too');
    const losingToo = inTurn('key', NEVER, async ({ handOver }) => {
      handOver('lost too');
      await lostToo.run();
      return null;
    });
    lost.end();
    await losing;
    const good = createTask(events, 'good');
    const winning = inTurn('key', NEVER, async ({ handOver }) => {
      handOver('good');
      return good.run();
    });
    // Of the same chain as the first that was lost, so it says nothing new.
    lostToo.end();
    await losingToo;
    const told = await inTurn('key', NEVER, async ({ expected }) => expected ?? 'nothing');
    expect(told).toBe('good');
    good.end();
    await winning;
  });
});
