import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DEFAULT_RATE_LIMITS } from '../../../src/config/rate-limits.ts';
import { MAX_DEPTH } from '../../../src/custom-data/extended-json-parse.ts';
import { MAX_TOKENS } from '../../../src/graphql/limits.ts';
import { HEADER_LIMITS, MAX_HEADER_LENGTH } from '../../../src/http/header-limits.ts';
import { BODY_LIMIT, MAX_HEADER_SIZE } from '../../../src/http/http-server.ts';

const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');

/** The limit in the row whose first cell begins so. */
function limitOf(what: string): number {
  const row = page.split('\n').find((line) => line.startsWith(`| ${what}`));
  const [, , cell = ''] = row?.split('|') ?? [];
  return Number(/[\d,]+/.exec(cell)?.[0].replace(',', ''));
}

test('the page of limits has every limit on how often, and its default', () => {
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| `(\d+\/\d+[mh])` \|/gm)];
  expect(rows.map(([, name, limit]) => `${name}=${limit}`).join(',')).toBe(DEFAULT_RATE_LIMITS);
});

test.each([
  ['body', BODY_LIMIT / 1024],
  ['all headers', MAX_HEADER_SIZE / 1024],
  ['`Authorization`', HEADER_LIMITS.authorization],
  ['`Content-Type`', HEADER_LIMITS['content-type']],
  ['`Host`', HEADER_LIMITS.host],
  ['`X-Forwarded-Proto`', HEADER_LIMITS['x-forwarded-proto']],
  ['any other header that', HEADER_LIMITS.accept],
  ['any other header |', MAX_HEADER_LENGTH],
  ['GraphQL document', MAX_TOKENS],
  ['levels of a document', MAX_DEPTH],
])('the page of limits is right about %s', (what, limit) => {
  expect(limitOf(what)).toBe(limit);
});
