/** What a check is, and how checks are made: all of them at once, each within a time of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../command-line.ts';

/** How a check ends; `skipped`: there was nothing to check, or no way to. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** What a check found. */
export interface Finding {
  readonly status: CheckStatus;
  /** In words, on one line. */
  readonly found: string;
  /** What to do about it; of a failure the remedy of the check unless given. */
  readonly remedy?: string;
  /** The same for programs. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** One check. */
export interface Check {
  readonly name: string;
  /** In words: read what, connect where. */
  readonly tried: string;
  /** What to do if it fails. */
  readonly remedy: string;
  /** Milliseconds that it may take. */
  readonly limit: number;
  readonly run: () => Promise<Finding>;
}

/** A check that was made. */
export interface CheckResult extends Finding {
  readonly name: string;
  readonly tried: string;
}

/** A check that cannot be made because of another one that failed. */
export class CannotCheckError extends Error {
  override readonly name = 'CannotCheckError';
}

/** Makes every check, whatever the others come to. */
export function runChecks(checks: readonly Check[]): Promise<CheckResult[]> {
  return Promise.all(checks.map(runCheck));
}

async function runCheck({ name, tried, remedy, limit, run }: Check): Promise<CheckResult> {
  try {
    const finding = await within(limit, run());
    const isFailed = finding.status === 'failed';
    return { name, tried, ...(isFailed ? { remedy } : {}), ...finding };
  } catch (error) {
    const found = describeError(error);
    if (error instanceof CannotCheckError) return { name, tried, status: 'skipped', found };
    return { name, tried, status: 'failed', found, remedy };
  }
}

/** Fails if the result is not there in time; what comes of it later is nobody's business. */
export async function within<T>(milliseconds: number, running: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const expiry = delay(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`No answer within ${milliseconds / 1000} s`);
  });
  expiry.catch(() => undefined);
  running.catch(() => undefined);
  try {
    return await Promise.race([running, expiry]);
  } finally {
    timer.abort();
  }
}

/** `1 key`, `2 keys`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
