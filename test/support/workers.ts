/** Runs the built gateway with several workers, and reads its log as it comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { TestEnv } from './gateway.ts';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** A line of the log. */
export interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly pid: number;
  readonly [field: string]: unknown;
}

/** A gateway whose processes are of its own. */
export type WorkersGateway = ReturnType<typeof runWorkersGateway>;

/** Begins a gateway; by default with two workers, on a free port. */
export function runWorkersGateway(env: TestEnv) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: {
      ...{ PORT: '0', WORKERS: '2', RATE_LIMITS: 'off', PUBLIC_URL: 'http://gateway.example' },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.stdout === null || child.stderr === null) throw new Error('There is no output');
  const lines: LogLine[] = [];
  const addresses: string[] = [];
  const changes = new EventEmitter();
  createInterface(child.stdout).on('line', (line) => {
    const parsed = JSON.parse(line);
    if (parsed.msg === undefined) addresses.push(parsed.url);
    else lines.push(parsed);
    changes.emit('change');
  });
  // When the last process that writes to them is gone, workers included.
  const closed = once(child, 'close').then(([exitCode, signal]) => {
    changes.emit('change');
    return { exitCode, signal, isClosed: true };
  });
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });

  /** Resolves once `find` finds something. */
  async function until<Found>(find: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (isClosed) throw new Error(`The gateway ended: ${JSON.stringify(lines.slice(-5))}`);
      await once(changes, 'change');
    }
  }

  const linesOf = (msg: string) => lines.filter((line) => line.msg.startsWith(msg));
  return {
    child,
    addresses,
    /** Resolves when all processes of the gateway are gone. */
    closed,
    stderr: text(child.stderr),
    linesOf,
    /** The address, once all workers listen. */
    url: () => until(() => addresses[0]),
    /** The `count`th line that begins with `msg`, as soon as it is there. */
    line: (msg: string, count = 1) => until(() => linesOf(msg)[count - 1]),
    /** The first `count` processes that have listened. */
    async listened(count = 2): Promise<number[]> {
      const found = await until(() => {
        const listened = linesOf('listening');
        return listened.length < count ? undefined : listened.slice(0, count);
      });
      return found.map(({ pid }) => pid);
    },
    async stop(): Promise<void> {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await closed;
    },
  };
}

/** An answer, or why there is none. */
export interface Answered {
  readonly status: number | undefined;
  readonly body: string;
}

/** Sends one GraphQL operation, on a new connection unless an agent is given. Never fails. */
export async function post(
  url: string,
  query: string,
  { agent, token }: { readonly agent?: Agent; readonly token?: string } = {},
): Promise<Answered> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sent = request(`${url}/graphql`, {
    agent: agent ?? new Agent(),
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    signal: AbortSignal.timeout(5000),
  });
  sent.end(JSON.stringify({ query }));
  try {
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, body: await text(response) };
  } catch (error) {
    return { status: undefined, body: String(error) };
  }
}
