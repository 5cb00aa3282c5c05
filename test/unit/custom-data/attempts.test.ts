import { afterEach, expect, jest, test } from '@jest/globals';
import { repeatUntilDone } from '../../../src/custom-data/attempts.ts';
import { createDeadline } from '../../../src/deadline.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Attempts that are all lost, with sleeps as long as they can be. */
async function loseAll(advance: (milliseconds: number) => number) {
  jest.spyOn(Math, 'random').mockReturnValue(1);
  const sleeps: number[] = [];
  let time = 0;
  const sleep = async (milliseconds: number) => {
    sleeps.push(milliseconds);
    time += advance(milliseconds);
  };
  const error: unknown = await repeatUntilDone(
    { deadline: createDeadline(() => time), sleep },
    async () => null,
  ).catch((thrown: unknown) => thrown);
  return { error, sleeps };
}

test('waits twice as long after each lost race, up to a tenth of a second, for four seconds', async () => {
  const { error, sleeps } = await loseAll((milliseconds) => milliseconds);
  expect(sleeps.slice(0, 8)).toEqual([2, 4, 8, 16, 32, 64, 100, 100]);
  const total = sleeps.reduce((sum, milliseconds) => sum + milliseconds, 0);
  expect(total).toBeGreaterThanOrEqual(4000);
  expect(total - 100).toBeLessThan(4000);
  expect(error).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    cause: { message: 'The document kept changing under the write' },
  });
});

test('gives up when the four seconds are over, and not a moment later', async () => {
  const { sleeps } = await loseAll(() => 1000);
  expect(sleeps).toHaveLength(4);
});

test('gives up after 200 attempts if the clock stands still', async () => {
  const { error, sleeps } = await loseAll(() => 0);
  expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(sleeps).toHaveLength(200);
});
