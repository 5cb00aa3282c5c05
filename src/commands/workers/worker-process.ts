/** A worker as the primary sees it. */
import cluster, { type Worker } from 'node:cluster';
import type { FromPrimary, FromWorker, StartFailure } from './messages.ts';

/** How a process ended: one of them, or neither if it could not be made. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What became of a start. */
export type Start =
  | { readonly type: 'listening'; readonly url: string }
  | ({ readonly type: 'failed' } & StartFailure);

/** One worker process, from its beginning to its end. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** Resolves once it listens, or cannot. */
  readonly started: Promise<Start>;
  /** Resolves when it is gone. */
  readonly ended: Promise<Ending>;
  /** How long it has been there, in milliseconds. */
  readonly age: () => number;
  readonly isListening: () => boolean;
  /** A worker that is gone is told nothing. */
  readonly tell: (message: FromPrimary) => void;
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void;
}

/** Starts a worker that listens on `port`. */
export function startWorkerProcess(
  port: number,
  onMessage: (from: WorkerProcess, message: FromWorker) => void,
): WorkerProcess {
  const worker = cluster.fork({ PORT: String(port) });
  const began = performance.now();
  let isListening = false;
  const ended = endOf(worker);
  const started = new Promise<Start>((resolve) => {
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'listening') isListening = true;
      if (message.type === 'listening' || message.type === 'failed') resolve(message);
      else onMessage(process, message);
    });
    void ended.then(({ code, signal }) => {
      resolve({ type: 'failed', reason: `A worker ended with ${signal ?? code} while it started` });
    });
  });
  const process: WorkerProcess = {
    pid: worker.process.pid,
    started,
    ended,
    age: () => performance.now() - began,
    isListening: () => isListening,
    tell: (message) => {
      if (worker.isConnected()) worker.send(message, () => undefined);
    },
    kill: (signal) => {
      worker.process.kill(signal);
    },
  };
  return process;
}

function endOf(worker: Worker): Promise<Ending> {
  return new Promise((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }));
    worker.on('error', () => {
      // Of a message that did not arrive: the end of the process tells why. A process that was not made has no end.
      if (worker.process.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}
