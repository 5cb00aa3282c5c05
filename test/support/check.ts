/** Runs `custom-user-data check` and reads what it says. */
import { expect } from '@jest/globals';
import { runCommand } from './command.ts';
import type { TestEnv } from './gateway.ts';

/** One check that was made; `facts` of it are among its members. */
export interface Checked {
  readonly name: string;
  readonly status: string;
  readonly tried: string;
  readonly found: string;
  readonly remedy?: string;
  readonly [fact: string]: unknown;
}

/** Runs the check; every one of its results by name. */
export async function check(env: TestEnv) {
  const { exitCode, stdout, stderr } = await runCommand(['check', '--json'], env);
  expect(stderr).toBe('');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: readonly Checked[] };
  for (const result of checks) {
    expect(result).toMatchObject({ tried: expect.stringMatching(/./), found: expect.any(String) });
    const isProblem = ['warning', 'failed'].includes(result.status);
    expect([result.name, typeof result.remedy]).toEqual([
      result.name,
      isProblem ? 'string' : 'undefined',
    ]);
  }
  expect(ok).toBe(checks.every(({ status }) => status !== 'failed'));
  expect(exitCode).toBe(ok ? 0 : 1);
  const byName = Object.fromEntries(checks.map((result) => [result.name, result]));
  return { exitCode, stdout, byName, names: checks.map(({ name }) => name) };
}

/** The status of each check by name. */
export const statusesOf = (byName: Readonly<Record<string, Checked>>) =>
  Object.fromEntries(Object.values(byName).map(({ name, status }) => [name, status]));
