import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern, PatternError } from '../../src/linear-pattern.ts';

const SPACES = '\t\n\v\f\r \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

describe('a pattern means what ECMA-262 says with the flag u', () => {
  test.each([
    '^[a-z]+(-[a-z]+)*$',
    '^.+@.+\\..+$',
    'b',
    '^.$',
    '^.*$',
    '^\\s$',
    '^\\S$',
    '^[\\s]$',
    '^[\\S]$',
    '^[^\\s]$',
    '^\\d+$',
    '^\\w+$',
    '^\\p{Letter}$',
    '^\\P{L}$',
    '^\\p{Script=Greek}$',
    '^\\p{gc=Nd}$',
    '^\\u0041|\\u{1F600}$',
    '^\\x41$',
    '^\\cJ$',
    '^a\\/b$',
    '^(?<year>\\d{4})-(?<month>\\d{2})$',
    '^[[\\]]$',
    '^[\\b]$',
    '\\bb\\b',
    '^\\0$',
    '^(?:a|b){2,3}?$',
    '^[\\-a.+*]{1,3}$',
  ])('%s', (source) => {
    const ours = compilePattern(source);
    const native = RegExp(source, 'u');
    const characters = [...`abz@.-_/[]09 Aé😀α٣\0\b+*${SPACES}`];
    const text = fc
      .array(fc.constantFrom(...characters, '2026-01', 'a@b.c'), { maxLength: 5 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (value) => {
        expect(ours.test(value)).toBe(native.test(value));
      }),
    );
    for (const value of characters) expect(ours.test(value)).toBe(native.test(value));
  });
});

test.each(['(a', '[', '*', '\\u{110000}'])('%s is no regular expression', (source) => {
  expect(() => compilePattern(source)).toThrow(PatternError);
  expect(() => compilePattern(source)).toThrow('is not a regular expression');
});

test.each(['^(?=a)a$', '^(?!a)', '(?<=a)b', '^(a)\\1$', '^(?<x>a)\\k<x>$', '^a{1,1001}$'])(
  '%s cannot be matched in bounded time and is refused',
  (source) => {
    expect(() => compilePattern(source)).toThrow('cannot be matched in bounded time');
  },
);

test('a text that a backtracking engine would never be done with is matched at once', () => {
  expect(compilePattern('^(a+)+$').test(`${'a'.repeat(100_000)}b`)).toBe(false);
});
