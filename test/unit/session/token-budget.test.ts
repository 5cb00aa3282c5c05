/** What a token leaves out that would be longer than the budget. */
import { expect, test } from '@jest/globals';
import { leaveOut } from '../../../src/session/token-budget.ts';

const budget = { budgetBytes: 107 };
/** `Bearer ` has seven bytes. */
const FITS = 'x'.repeat(100);
const TOO_LONG = 'x'.repeat(101);
const snapshot = { data: { a: 'b' }, revision: 'r', readAt: 1 };

test('nothing, if the header is as long as the budget', () => {
  expect(leaveOut(budget, FITS, { ...snapshot, ownValues: ['admin'] })).toBeNull();
});

test('the document first, and says how long the header would have been', () => {
  expect(leaveOut(budget, TOO_LONG, snapshot)).toStrictEqual({
    revision: 'r',
    readAt: 1,
    omittedBytes: 108,
  });
  expect(leaveOut(budget, TOO_LONG, { ...snapshot, ownValues: ['admin'] })).toStrictEqual({
    revision: 'r',
    readAt: 1,
    omittedBytes: 108,
    ownValues: ['admin'],
  });
});

test('then all own claims: a default in the place of one could say more', () => {
  const { data: _left, ...rest } = snapshot;
  const without = { ...rest, omittedBytes: 200, ownValues: ['admin', undefined] };
  const less = leaveOut(budget, TOO_LONG, without);
  expect(less).toStrictEqual({ ...rest, omittedBytes: 200, ownValues: null });
  expect(less === null ? less : leaveOut(budget, TOO_LONG, less)).toBeNull();
});

test('nothing more, if there is no document', () => {
  expect(leaveOut(budget, TOO_LONG, { readAt: 1 })).toBeNull();
});
