/** A gateway as operators run it: a process of the build in dist/, which a test may end as it likes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestEnv } from './gateway.ts';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** A gateway that listens. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** The lines of its log so far. */
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  /** Resolves with the first line of the log, now or later, whose `msg` is so. */
  readonly saying: (message: RegExp) => Promise<Readonly<Record<string, unknown>>>;
  /** Sends a signal and waits for the end: exit code and signal. */
  readonly end: (signal: NodeJS.Signals) => Promise<readonly [number | null, string | null]>;
}

/** Starts a gateway on a free port, and waits until it listens. */
export async function startGatewayProcess(env: TestEnv): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: { PORT: '0', ...env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const logged: Record<string, unknown>[] = [];
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const entry = JSON.parse(line);
      if (entry.level === undefined) resolve(entry.url);
      else logged.push(entry);
    });
    child.once('close', () => reject(new Error('The gateway ended before it listened')));
  });
  return {
    child,
    url,
    logged,
    async saying(message) {
      for (;;) {
        const found = logged.find(({ msg }) => message.test(String(msg)));
        if (found !== undefined) return found;
        await once(lines, 'line');
      }
    },
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await closed;
      return [child.exitCode, child.signalCode];
    },
  };
}
