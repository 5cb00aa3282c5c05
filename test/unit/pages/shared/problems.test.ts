import { expect, test } from '@jest/globals';
import { parsePointer, problemsOf } from '../../../../src/pages/shared/problems.ts';

const failure = (code: string, extensions: Record<string, unknown>) => ({
  message: 'No',
  code,
  extensions,
});

test('violations, fields that may not be written and fields that are too large have their places', () => {
  const violations = [{ path: '/age', message: 'must be >= 0' }];
  expect(problemsOf(failure('CUSTOM_DATA_INVALID', { violations }))).toEqual(violations);
  expect(problemsOf(failure('FIELD_NOT_WRITABLE', { paths: ['/a/0'] }))).toEqual([
    { path: '/a/0', message: 'Users may not write this' },
  ]);
  const largest = [{ path: '/photos', bytes: 9000 }];
  expect(problemsOf(failure('CUSTOM_DATA_TOO_LARGE', { largestFields: largest }))).toEqual([
    { path: '/photos', message: 'Takes 9000 bytes' },
  ]);
});

test('other errors, and what is not as documented, have none', () => {
  expect(problemsOf(failure('RATE_LIMITED', { violations: [] }))).toEqual([]);
  expect(problemsOf(failure('CUSTOM_DATA_INVALID', { violations: [7, { path: 1 }] }))).toEqual([]);
  expect(problemsOf({ message: 'No' })).toEqual([]);
});

test.each([
  ['', []],
  ['/a/0/b', ['a', 0, 'b']],
  ['/a~1b/m~0n/', ['a/b', 'm~n', '']],
  ['/01', ['01']],
])('RFC 6901: %j is %j', (pointer, path) => {
  expect(parsePointer(pointer)).toEqual(path);
});
