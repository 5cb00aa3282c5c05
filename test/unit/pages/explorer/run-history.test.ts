import { expect, test } from '@jest/globals';
import { addRun, areRuns, type PastRun } from '../../../../src/pages/explorer/run-history.ts';

const run = (query: string, at = 1): PastRun => ({
  query,
  variables: '',
  operationName: null,
  at,
});

test('the latest run is first, and the same operation is there once', () => {
  const runs = [run('a', 1), run('b', 2), run('a', 3)].reduce(addRun, [] as readonly PastRun[]);
  expect(runs.map(({ query, at }) => [query, at])).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
});

test('the same text with other variables is another one', () => {
  expect(addRun([run('a')], { ...run('a'), variables: '{"x":1}' })).toHaveLength(2);
});

test('fifty are kept', () => {
  let runs: readonly PastRun[] = [];
  for (let index = 0; index < 60; index += 1) runs = addRun(runs, run(`q${index}`));
  expect(runs).toHaveLength(50);
  expect(runs[0]?.query).toBe('q59');
});

test.each([[null], [{}], [[{ query: 'a' }]], [[{ ...run('a'), at: 'now' }]]])(
  'what is no history is not taken for one: %j',
  (value) => expect(areRuns(value)).toBe(false),
);

test('what was kept is', () => {
  expect(areRuns(JSON.parse(JSON.stringify([run('a')])))).toBe(true);
});
