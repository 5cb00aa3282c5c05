/**
 * One process in which functions run, one call at a time, seen from the gateway.
 *
 * A process and not a thread: V8 answers many ways of using up memory by aborting the whole process,
 * and that must not be the gateway's (docs/decisions/0013-functions.md).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { packageFile } from '../../package-files.ts';
import type { CallMessage, SetupMessage } from '../messages.ts';
import { isMessage } from '../process-messages.ts';
import { readLastWords } from './last-words.ts';
import type { CallHost, CallOutcome } from './run-call.ts';
import { isAlive, runCall, send } from './run-call.ts';

/** The code of the process, which is a bundle of its own. */
const ENTRY = fileURLToPath(packageFile('dist/function-process.js'));

/** What the process needs for itself, before any function runs. */
const OWN_HEAP_MEBIBYTES = 16;

/** A process for functions. */
export interface FunctionProcess {
  /** Runs a call for at most so many seconds; never rejects. */
  run(call: CallMessage, host: CallHost, timeoutSeconds: number): Promise<CallOutcome>;
  /** Whether it can take the next call, once the last one has ended. */
  isReusable(): boolean;
  /** Ends it; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a process in a working directory; it may be given a call at once. */
export function startFunctionProcess(setup: SetupMessage, directory: string): FunctionProcess {
  const child = fork(ENTRY, {
    cwd: directory,
    // Functions are not to see the gateway's own settings, secrets among them.
    env: {},
    execArgv: [`--max-old-space-size=${setup.memoryMb + OWN_HEAP_MEBIBYTES}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const words = readLastWords(child.stderr ?? Readable.from([]));
  // Whoever waits for the process hears of it; without a listener Node would end the gateway.
  let cause: unknown;
  child.on('error', (error) => {
    cause = error;
  });
  const ended = once(child, 'exit').catch(() => undefined);
  let isReusable = false;
  let isCutOff = false;
  // What a call leaves behind may have something to say after its end.
  let lastHost: CallHost | undefined;
  child.on('message', (message: unknown) => {
    if (!isMessage(message)) return;
    if (message.type === 'idle') isReusable = message.isReusable;
    else if (message.type === 'log') lastHost?.log(message);
  });
  send(child, setup);

  return {
    async run(call, host, timeoutSeconds) {
      isReusable = false;
      lastHost = host;
      const outcome = await runCall({ child, words }, call, host, timeoutSeconds);
      if (isCutOff && isUnfinished(outcome)) return { type: 'cut-off' };
      return outcome.type === 'not-started' ? { ...outcome, cause } : outcome;
    },
    isReusable: () => isReusable && isAlive(child),
    async kill() {
      isCutOff = true;
      child.kill('SIGKILL');
      if (isAlive(child)) await ended;
    },
  };
}

function isUnfinished({ type }: CallOutcome): boolean {
  return type !== 'returned' && type !== 'failed';
}
