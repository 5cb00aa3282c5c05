/**
 * One text must not stop the process, so every regular expression of the gateway is matched in time that
 * grows with the text. A checker proves it of the compiled code, which has them without TypeScript.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';

const SCRIPT = join(import.meta.dirname, '../../support/regular-expressions.mjs');
/** Expressions made while the gateway runs, and why each is linear. */
const DYNAMIC: Readonly<Record<string, string>> = {
  'functions/app/rule-expression.js': 'made of constants: RULE',
  'linear-pattern.js': 'only compiled, for its syntax; RE2 matches',
  'store/query/aggregation/regex-expressions.js': 'only compiled, for its syntax; RE2 matches',
  'store/query/conditions.js': 'only compiled, for its syntax; RE2 matches',
};
const RULE = '^%%(user|args|values|environment|request)((?:\\.[^.]+)*)$';
const QUADRATIC = '\\d+\\.?\\d*$';
const EXPONENTIAL = '^(a+)+$';

interface Report {
  /** Expression → what the checker says. */
  readonly statuses: readonly (readonly [string, string])[];
  /** Files that make expressions at run time. */
  readonly dynamic: readonly string[];
  readonly given: readonly (readonly [string, string])[];
}

let report: Report;
beforeAll(async () => {
  const given = [RULE, QUADRATIC, EXPONENTIAL];
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, ...given]);
  report = JSON.parse(stdout) as Report;
}, 300_000);

test('every regular expression is linear', () => {
  expect(report.statuses.length).toBeGreaterThan(0);
  expect(report.statuses.filter(([, status]) => status !== 'safe')).toEqual([]);
});

test('every one that is made at run time is known', () => {
  expect(report.dynamic).toEqual(Object.keys(DYNAMIC));
});

test('the checker tells linear ones from others', () => {
  expect(report.given).toEqual([
    [RULE, 'safe'],
    [QUADRATIC, 'vulnerable'],
    [EXPONENTIAL, 'vulnerable'],
  ]);
});
