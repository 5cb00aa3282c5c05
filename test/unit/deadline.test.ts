import { expect, test } from '@jest/globals';
import { createDeadline, REQUEST_MILLISECONDS, suspending } from '../../src/deadline.ts';

/** A deadline and the clock it goes by. */
function setUp() {
  const clock = { time: 500 };
  return { clock, deadline: createDeadline(() => clock.time) };
}

test('a request has four seconds, and less than nothing is never left', () => {
  const { clock, deadline } = setUp();
  expect(deadline.remaining()).toBe(4000);
  clock.time += 1500;
  expect(deadline.remaining()).toBe(2500);
  clock.time += REQUEST_MILLISECONDS;
  expect(deadline.remaining()).toBe(0);
});

test('what has a limit of its own does not count, whether it succeeds or fails', async () => {
  const { clock, deadline } = setUp();
  const methods = suspending(deadline, {
    async succeed(milliseconds: number) {
      clock.time += milliseconds;
      return 'done';
    },
    async fail() {
      clock.time += 10_000;
      throw new Error('broken');
    },
  });
  expect(await methods.succeed(30_000)).toBe('done');
  await expect(methods.fail()).rejects.toThrow('broken');
  expect(deadline.remaining()).toBe(4000);
});

test('two of those at once do not count twice', async () => {
  const { clock, deadline } = setUp();
  let end = (): void => undefined;
  const other = new Promise<void>((resolve) => {
    end = resolve;
  });
  const both = [deadline.suspend(() => other), deadline.suspend(() => other)];
  clock.time += 3000;
  end();
  await Promise.all(both);
  expect(deadline.remaining()).toBe(4000);
});
