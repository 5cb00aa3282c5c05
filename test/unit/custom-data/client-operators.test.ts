/** MongoDB's words (`Unknown modifier` of its update driver, `unknown operator` of its matcher), as App Services passed them on. */
import { expect, test } from '@jest/globals';
import { parseClientQuery } from '../../../src/custom-data/client-query.ts';
import { parseClientUpdate } from '../../../src/custom-data/client-update.ts';

const refusal = (message: string, path: string) =>
  expect.objectContaining({
    ...{ code: 'BAD_USER_INPUT', details: { path } },
    message: expect.stringMatching(message),
  });

test.each([
  ['at the top', { $who: 1 }, '^unknown top level operator: \\$who\\b'],
  ['within "$and"', { $and: [{ $who: 1 }] }, '^unknown top level operator: \\$who\\b'],
  ['on a field', { a: { $who: 1 } }, '^unknown operator: \\$who\\b'],
  ['within "$elemMatch"', { a: { $elemMatch: { $who: 1 } } }, '^unknown operator: \\$who\\b'],
])(
  'an operator %s that queries do not know is named as MongoDB names it',
  (_where, query, text) => {
    expect(() => parseClientQuery(query)).toThrow(refusal(text, '/query'));
  },
);

test('an operator that updates do not know is named as MongoDB names it', () => {
  expect(() => parseClientUpdate({ $who: { a: 1 } })).toThrow(
    refusal('^Unknown modifier: \\$who\\b', '/update'),
  );
});
