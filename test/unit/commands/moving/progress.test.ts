import { expect, test } from '@jest/globals';
import { createProgress } from '../../../../src/commands/moving/progress.ts';

function follow(total: number) {
  let time = 0;
  const lines: string[] = [];
  const report = createProgress({
    what: 'users',
    total,
    write: (text) => void lines.push(text),
    clock: () => time,
  });
  return {
    lines,
    at(milliseconds: number, done: number, count: number) {
      time = milliseconds;
      report(done, count);
    },
  };
}

test('a line a second at most says how many, how fast, and how long it will take', () => {
  const { at, lines } = follow(1000);
  at(500, 100, 10);
  at(2000, 250, 40);
  at(2900, 300, 50);
  at(4000, 1000, 160);
  expect(lines).toEqual([
    '[######..................]  25% 40 users, 20 a second, 0:06 left\n',
    '[########################] 100% 160 users, 40 a second, 0:00 left\n',
  ]);
});

test('without a known end it says how many and how fast', () => {
  const { at, lines } = follow(0);
  at(2000, 7, 40);
  expect(lines).toEqual(['40 users, 20 a second\n']);
});
