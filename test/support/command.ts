/** Runs the built command line as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { TestEnv } from './gateway.ts';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** What a command came to. */
export interface FinishedCommand {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `custom-user-data`, as the user `uid` and in the directory `cwd` if given, and waits for its end. */
export async function runCommand(
  args: readonly string[],
  env: TestEnv,
  uid?: number,
  cwd?: string,
): Promise<FinishedCommand> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...env },
    ...(uid === undefined ? {} : { uid }),
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode, stdout, stderr };
}
