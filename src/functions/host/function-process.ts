/**
 * One process in which functions run, one call at a time, seen from the gateway.
 *
 * A process and not a thread: V8 answers many ways of using up memory by aborting the whole process,
 * and that must not be the gateway's (docs/decisions/0013-functions.md).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type {
  BuiltInRequest,
  CallMessage,
  DataRequest,
  LogMessage,
  MessageFromProcess,
  MessageToProcess,
  ReplyMessage,
  SetupMessage,
  ThrownError,
} from '../messages.ts';
import { isMessage } from './read-message.ts';

/** The compiled code, which is in the same place for sources and for what is built from them. */
const ENTRY = fileURLToPath(new URL('../../../dist/functions/worker/entry.js', import.meta.url));

/** How long a process may take to begin with a call, its own start included. */
const START_MILLISECONDS = 15_000;
/** How long a finished call may go on before its process is ended. */
const SETTLE_MILLISECONDS = 1000;
const MILLISECONDS_PER_SECOND = 1000;
/** What the process needs for itself, before any function runs. */
const OWN_HEAP_MEBIBYTES = 16;

/** How V8 and the watchdog end a process that has used up its memory, and the system's own killer. */
const OUT_OF_MEMORY_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGTRAP', 'SIGKILL'];

/** What became of a call. */
export type CallOutcome =
  | { readonly type: 'returned'; readonly value: Uint8Array }
  | { readonly type: 'failed'; readonly error: ThrownError }
  | { readonly type: 'stopped'; readonly limit: 'time' | 'memory' }
  /** The function ended its process. */
  | { readonly type: 'ended' }
  /** The gateway ended it, because it stops. */
  | { readonly type: 'cut-off' }
  /** The call never began, so it may be repeated. `cause`: why, if the system said so. */
  | { readonly type: 'not-started'; readonly cause?: unknown };

/** What a running call needs of the gateway. */
export interface CallHost {
  /** Answers a request; never rejects. */
  serve(request: DataRequest | BuiltInRequest): Promise<ReplyMessage>;
  log(message: LogMessage): void;
}

/** A process for functions. */
export interface FunctionProcess {
  /** Runs a call for at most so many seconds; never rejects. */
  run(call: CallMessage, host: CallHost, timeoutSeconds: number): Promise<CallOutcome>;
  /** Whether it can take the next call; resolves once nothing of the last one runs any more. */
  settle(): Promise<boolean>;
  /** Ends it; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a process; it may be given a call at once. */
export function startFunctionProcess(setup: SetupMessage): FunctionProcess {
  const child = fork(ENTRY, {
    // Functions are not to see the gateway's own settings, secrets among them.
    env: {},
    execArgv: [`--max-old-space-size=${setup.memoryMb + OWN_HEAP_MEBIBYTES}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Whoever waits for the process hears of it; without a listener Node would end the gateway.
  let cause: unknown;
  child.on('error', (error) => {
    cause = error;
  });
  const ended = once(child, 'exit').catch(() => undefined);
  // Kept for `settle`, since `idle` may arrive in one read with the end of the call.
  let isReusable: boolean | undefined;
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
      isReusable = undefined;
      lastHost = host;
      const outcome = await runCall(child, call, host, timeoutSeconds);
      if (isCutOff && isUnfinished(outcome)) return { type: 'cut-off' };
      return outcome.type === 'not-started' ? { ...outcome, cause } : outcome;
    },
    settle: async () => isReusable ?? waitForIdle(child),
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

/** Resolves with how the call ended, once nothing that it started is under way or its time is over. */
async function runCall(
  child: ChildProcess,
  call: CallMessage,
  host: CallHost,
  timeoutSeconds: number,
): Promise<CallOutcome> {
  let isStarted = false;
  let isOutOfTime = false;
  /** How the call ended, while it is waited for what it left under way. */
  let end: Extract<CallOutcome, { readonly type: 'returned' | 'failed' }> | undefined;
  const stop = () => {
    isOutOfTime = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(stop, START_MILLISECONDS);
  let settleTimer: NodeJS.Timeout | undefined;
  const describeExit = (signal: NodeJS.Signals | null): CallOutcome => {
    if (!isStarted) return { type: 'not-started' };
    if (end !== undefined) {
      warn(host, 'what it left under way was cut off');
      return end;
    }
    if (isOutOfTime) return { type: 'stopped', limit: 'time' };
    const isOutOfMemory = OUT_OF_MEMORY_SIGNALS.includes(signal);
    return isOutOfMemory ? { type: 'stopped', limit: 'memory' } : { type: 'ended' };
  };

  try {
    return await firstOf<CallOutcome>(child, {
      onMessage(message, resolve) {
        if (message.type === 'started') {
          isStarted = true;
          clearTimeout(timer);
          timer = setTimeout(stop, timeoutSeconds * MILLISECONDS_PER_SECOND);
        } else if (message.type === 'data' || message.type === 'builtIn') {
          void host.serve(message).then((reply) => send(child, reply));
        } else if (message.type === 'returned' || message.type === 'failed') {
          end ??= message;
          // A loop that it left behind lets it say no more.
          settleTimer ??= setTimeout(() => child.kill('SIGKILL'), SETTLE_MILLISECONDS);
        } else if (end !== undefined && message.type === 'draining') {
          clearTimeout(settleTimer);
          warn(host, `it has not awaited what it began: ${message.underWay.join(', ')}`);
        } else if (end !== undefined && message.type === 'drained') {
          resolve(end);
        }
      },
      onExit: describeExit,
      begin: () => send(child, call),
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(settleTimer);
  }
}

const MAX_WARNING_LENGTH = 1000;

/** A line in the log, which names the function. */
function warn(host: CallHost, text: string): void {
  host.log({ type: 'log', level: 'warn', text: text.slice(0, MAX_WARNING_LENGTH) });
}

/** Whether the process said in time that it is idle and can be used again. */
async function waitForIdle(child: ChildProcess): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const isReusable = await firstOf<boolean>(child, {
    onMessage(message, resolve) {
      if (message.type === 'idle') resolve(message.isReusable);
    },
    onExit: () => false,
    begin(resolve) {
      timer = setTimeout(() => resolve(false), SETTLE_MILLISECONDS);
    },
  });
  clearTimeout(timer);
  return isReusable;
}

/** Listens to a process until something is resolved; its exit always does. */
async function firstOf<T>(
  child: ChildProcess,
  {
    begin,
    onExit,
    onMessage,
  }: {
    readonly begin: (resolve: (value: T) => void) => void;
    readonly onExit: (signal: NodeJS.Signals | null) => T;
    readonly onMessage: (message: MessageFromProcess, resolve: (value: T) => void) => void;
  },
): Promise<T> {
  let listener: ((message: unknown) => void) | undefined;
  let exitListener: ((code: number | null, signal: NodeJS.Signals | null) => void) | undefined;
  try {
    return await new Promise<T>((resolve) => {
      listener = (message) => {
        if (isMessage(message)) onMessage(message, resolve);
      };
      exitListener = (_code, signal) => resolve(onExit(signal));
      child.on('message', listener).on('exit', exitListener).on('error', exitListener);
      if (isAlive(child)) begin(resolve);
      else resolve(onExit(child.signalCode));
    });
  } finally {
    if (listener !== undefined) child.off('message', listener);
    if (exitListener !== undefined) child.off('exit', exitListener).off('error', exitListener);
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null && child.pid !== undefined;
}

/** A process that is gone hears nothing; that it is gone is told by its `exit`. */
function send(child: ChildProcess, message: MessageToProcess): void {
  if (child.connected) child.send(message, () => undefined);
}
