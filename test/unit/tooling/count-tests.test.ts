import { expect, test } from '@jest/globals';
import { countTests, findSkipped } from '../../../scripts/count-tests.mjs';

const run = {
  numPassedTests: 3,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  numRuntimeErrorTestSuites: 1,
  testResults: [
    {
      name: 'a.test.ts',
      assertionResults: [
        { status: 'passed', fullName: 'a passes' },
        { status: 'failed', fullName: 'a fails' },
        { status: 'pending', fullName: 'a waits' },
        { status: 'todo', fullName: 'a will be' },
      ],
    },
  ],
};

test('the counts of all runs are added up, and a suite that could not run is a failure', () => {
  expect(countTests([run, run])).toEqual({ passed: 6, failed: 4, skipped: 6 });
  expect(countTests([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
});

test('what did not run at all is named', () => {
  expect(findSkipped([run], [])).toEqual(['a.test.ts: a waits', 'a.test.ts: a will be']);
  expect(findSkipped([run], ['b.test'])).toHaveLength(2);
  expect(findSkipped([run], ['b.test', 'a.test'])).toEqual([]);
});
