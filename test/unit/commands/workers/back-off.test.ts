import { expect, test } from '@jest/globals';
import { createBackOff, WELL_MILLISECONDS } from '../../../../src/commands/workers/back-off.ts';

test('a worker that was well is replaced at once', () => {
  expect(createBackOff().next(WELL_MILLISECONDS)).toBe(0);
});

test('the wait doubles with each worker in a row that ends soon, up to half a minute', () => {
  const backOff = createBackOff();
  const waits = Array.from({ length: 10 }, () => backOff.next(WELL_MILLISECONDS - 1));
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a worker that was well ends the row', () => {
  const backOff = createBackOff();
  backOff.next(0);
  backOff.next(0);
  backOff.next(WELL_MILLISECONDS);
  expect(backOff.next(0)).toBe(250);
});
