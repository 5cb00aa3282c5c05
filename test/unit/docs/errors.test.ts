import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { expect, test } from '@jest/globals';
import { ERROR_CATALOGUE, unauthenticated } from '../../../src/errors.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ERRORS = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const CODES = new Set([...Object.keys(ERROR_CATALOGUE), ...Object.values(ApolloServerErrorCode)]);

/** Heading and text of every documented code. */
const DOCUMENTED = new Map(
  ERRORS.split(/^### /m)
    .slice(1)
    .map((section) => [/^`(\w+)`/.exec(section)?.[1], section] as const),
);

test('docs/errors.md describes every code, and only codes that exist', () => {
  expect([...DOCUMENTED.keys()].sort()).toEqual([...CODES].sort());
});

test.each(Object.entries(ERROR_CATALOGUE))(
  '%s is documented with its status',
  (code, { status }) => {
    expect(DOCUMENTED.get(code)?.split('\n')[1]).toMatch(new RegExp(`^${status}\\b`));
  },
);

test('every reason of UNAUTHENTICATED is documented', () => {
  const section = DOCUMENTED.get('UNAUTHENTICATED') ?? '';
  const reasons = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason);
  expect(reasons).toEqual([
    'TOKEN_MISSING',
    'TOKEN_MALFORMED',
    'TOKEN_EXPIRED',
    'TOKEN_INVALID',
    'SESSION_ENDED',
  ]);
  for (const reason of reasons) {
    const error = unauthenticated(reason as Parameters<typeof unauthenticated>[0]);
    expect(error.message).toMatch(/^[A-Z].*[^.]$/);
  }
});

test('the codes in the README exist', () => {
  const section = README.split('## Errors')[1]?.split('\n## ')[0] ?? '';
  const codes = [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code ?? '');
  expect(codes.filter((code) => !CODES.has(code))).toEqual([]);
  expect(codes).toHaveLength(5);
});
