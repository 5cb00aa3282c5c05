/** Database servers as child processes that print their URI and end when their input does. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A database server that runs for the tests. */
export interface ServerProcess {
  readonly uri: string;
  readonly stop: () => Promise<void>;
}

/** One that a test may end as a fault would. */
export interface MortalServerProcess extends ServerProcess {
  /** Ends it by SIGKILL. */
  readonly kill: () => Promise<void>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Characters of a server's complaint that are worth showing. */
const COMPLAINT_LENGTH = 300;

/**
 * Starts `command` and waits at most `timeoutMs` for the URI on its standard output.
 *
 * @throws Error that says why there is no server. None is left running then.
 */
export async function startServerProcess(
  command: string,
  parameters: readonly string[],
  timeoutMs: number,
): Promise<MortalServerProcess> {
  const child: Child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = once(child, 'close').catch(() => undefined);
  // A server that dies early breaks the pipe; its end is what gets reported.
  child.stdin.on('error', () => undefined);
  try {
    const uri = await readUri(child, command, timeoutMs);
    return {
      uri,
      stop: async () => {
        child.stdin.end();
        await closed;
      },
      kill: async () => {
        child.kill('SIGKILL');
        await closed;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** The first line that is a URI, or why none came. */
function readUri(child: Child, command: string, timeoutMs: number): Promise<string> {
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-COMPLAINT_LENGTH);
  });
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`"${command}" was not ready within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const refuse = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    child.once('error', refuse);
    child.once('close', () =>
      refuse(new Error(`"${command}" ended early: ${complaint.trim().replaceAll(/\s+/g, ' ')}`)),
    );
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('mongodb://')) return;
      clearTimeout(timer);
      resolve(line);
    });
  });
}
