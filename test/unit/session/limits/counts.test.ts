import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Counted, createCounts, MAX_KEYS } from '../../../../src/session/limits/counts.ts';

const LIMIT = { limit: 10, milliseconds: 60_000 };
/** A window begins. */
const START = 60_000 * 29_000_000;

function setUp(others?: (key: string) => readonly Counted[]) {
  let time = START;
  const counts = createCounts({ now: () => time, ...(others === undefined ? {} : { others }) });
  return {
    counts,
    at: (milliseconds: number) => {
      time = START + milliseconds;
    },
    fill: (times: number) => {
      for (let index = 0; index < times; index += 1) counts.add('a', LIMIT);
    },
  };
}

describe('a limit', () => {
  test('lets so many through, and the next when the time that the answer names is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 119_000 }), (begin) => {
        const { at, counts } = setUp();
        at(begin);
        for (let index = 0; index < LIMIT.limit; index += 1) {
          expect(counts.hasRoom('a', LIMIT)).toBe(true);
          counts.add('a', LIMIT);
        }
        expect(counts.hasRoom('a', LIMIT)).toBe(false);
        const seconds = counts.secondsUntilRoom('a', LIMIT);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(67);
        if (seconds > 1) {
          at(begin + (seconds - 1) * 1000 - 1);
          expect(counts.hasRoom('a', LIMIT)).toBe(false);
        }
        at(begin + seconds * 1000);
        expect(counts.hasRoom('a', LIMIT)).toBe(true);
      }),
    );
  });

  test('lets through in a long time about as many as it says', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 2000 }), (times) => {
        const { at, counts } = setUp();
        let through = 0;
        for (const time of times.sort((left, right) => left - right)) {
          at(time);
          if (!counts.hasRoom('a', LIMIT)) continue;
          counts.add('a', LIMIT);
          through += 1;
        }
        expect(through).toBeLessThanOrEqual(11 * LIMIT.limit);
      }),
    );
  });

  test('forgets after two windows', () => {
    const { at, counts, fill } = setUp();
    fill(10);
    at(120_000);
    expect(counts.estimate('a', LIMIT)).toBe(0);
  });

  test('of one says to wait until the window before is over', () => {
    const { at, counts } = setUp();
    const one = { limit: 1, milliseconds: 60_000 };
    counts.add('a', one);
    expect(counts.secondsUntilRoom('a', one)).toBe(120);
    at(120_000);
    expect(counts.hasRoom('a', one)).toBe(true);
  });

  test('knows nothing less than nothing', () => {
    const { counts } = setUp();
    counts.add('a', LIMIT, -1);
    expect(counts.estimate('a', LIMIT)).toBe(0);
  });

  test('holds no longer than two windows when the clock is set back', () => {
    const { at, counts, fill } = setUp();
    at(30_000);
    fill(10);
    at(-1);
    expect(counts.hasRoom('a', LIMIT)).toBe(false);
    at(-3_600_000);
    expect(counts.hasRoom('a', LIMIT)).toBe(true);
  });
});

test('what other gateways counted is added, window by window', () => {
  const window = START / LIMIT.milliseconds;
  const { at, counts, fill } = setUp((key) =>
    key === 'a'
      ? [
          { window, current: 4, previous: 0 },
          { window: window - 1, current: 2, previous: 9 },
          { window: window - 2, current: 50, previous: 50 },
        ]
      : [],
  );
  fill(3);
  expect(counts.estimate('a', LIMIT)).toBe(9);
  expect(counts.estimate('b', LIMIT)).toBe(0);
  at(30_000);
  expect(counts.estimate('a', LIMIT)).toBe(8);
});

test('who is on the way to the limit is told of, from a quarter of it on', () => {
  const told: number[] = [];
  const counts = createCounts({
    now: () => START,
    onHot: (_key, { current }) => told.push(current),
  });
  for (let index = 0; index < 5; index += 1) counts.add('a', LIMIT);
  expect(told).toEqual([3, 4, 5]);
});

test('a million addresses take the memory of a hundred thousand', () => {
  const { counts } = setUp();
  counts.add('kept', LIMIT);
  for (let index = 0; index < 1_000_000; index += 1) {
    if (index % 50_000 === 0) counts.add('kept', LIMIT);
    counts.add(`address-${index}`, LIMIT);
  }
  expect(counts.size()).toBe(MAX_KEYS);
  expect(counts.estimate('kept', LIMIT)).toBe(21);
});
