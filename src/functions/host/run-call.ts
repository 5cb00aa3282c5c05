/** Runs a call in a process: what the two say to each other, and what it means if one falls silent. */
import type { ChildProcess } from 'node:child_process';
import type { CallMessage, MessageToProcess, ReplyMessage } from '../messages.ts';
import {
  type CallEnd,
  isMessage,
  type LogMessage,
  type MessageFromProcess,
  type ProcessRequest,
} from '../process-messages.ts';
import type { LastWords } from './last-words.ts';

/** How long a process may take to begin with a call, its own start included. */
const START_MILLISECONDS = 15_000;
/** How long a finished call may go on before its process is ended. */
const SETTLE_MILLISECONDS = 1000;
const MILLISECONDS_PER_SECOND = 1000;
/** How V8 and the watchdog end a process that has used up its memory. */
const OUT_OF_MEMORY_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGTRAP', 'SIGKILL'];

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What became of a call. */
export type CallOutcome =
  | CallEnd
  | { readonly type: 'stopped'; readonly limit: 'time' | 'memory' }
  /** The process ended before the call did. */
  | { readonly type: 'ended'; readonly how: ProcessEnd }
  /** The gateway ended it, because it stops. */
  | { readonly type: 'cut-off' }
  /** The call never began, so it may be repeated. `cause`: why, if the system said so. */
  | { readonly type: 'not-started'; readonly cause?: unknown };

/** What a running call needs of the gateway. */
export interface CallHost {
  /** Answers a request; never rejects. */
  serve(request: ProcessRequest): Promise<ReplyMessage>;
  log(message: LogMessage): void;
}

/** Resolves with how the call ended, once nothing that it started is under way or its time is over. */
export async function runCall(
  { child, words }: { readonly child: ChildProcess; readonly words: LastWords },
  call: CallMessage,
  host: CallHost,
  timeoutSeconds: number,
): Promise<CallOutcome> {
  let isStarted = false;
  let isOutOfTime = false;
  let end: CallEnd | undefined;
  const stop = () => {
    isOutOfTime = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(stop, START_MILLISECONDS);
  let settleTimer: NodeJS.Timeout | undefined;
  words.forget();
  try {
    const first = await firstOf<CallEnd | ProcessEnd>(child, {
      onMessage(message, resolve) {
        if (message.type === 'started') {
          isStarted = true;
          clearTimeout(timer);
          timer = setTimeout(stop, timeoutSeconds * MILLISECONDS_PER_SECOND);
        } else if (isRequest(message)) {
          void host.serve(message).then((reply) => send(child, reply));
        } else if (message.type === 'returned' || message.type === 'failed') {
          end ??= message;
          // A loop that it left behind lets it say no more.
          settleTimer ??= setTimeout(() => child.kill('SIGKILL'), SETTLE_MILLISECONDS);
        } else if (end !== undefined && message.type === 'draining') {
          clearTimeout(settleTimer);
          warn(host, `it has not awaited what it began: ${message.underWay.join(', ')}`);
        } else if (end !== undefined && message.type === 'idle') {
          resolve(end);
        }
      },
      onExit: (how) => how,
      begin: () => send(child, call),
    });
    if ('type' in first) return first;
    if (!isStarted) return { type: 'not-started' };
    if (end === undefined) return isOutOfTime ? OUT_OF_TIME : await judgeExit(first, words);
    warn(host, 'what it left under way was cut off');
    return end;
  } finally {
    clearTimeout(timer);
    clearTimeout(settleTimer);
  }
}

const OUT_OF_TIME = { type: 'stopped', limit: 'time' } as const;

/** What it means that the process is gone before the call ended. */
async function judgeExit(how: ProcessEnd, words: LastWords): Promise<CallOutcome> {
  const isPossible = OUT_OF_MEMORY_SIGNALS.includes(how.signal);
  const isOutOfMemory = isPossible && (await words.sayOutOfMemory(how.signal));
  return isOutOfMemory ? { type: 'stopped', limit: 'memory' } : { type: 'ended', how };
}

function isRequest(message: MessageFromProcess): message is ProcessRequest {
  return message.type === 'data' || message.type === 'builtIn' || message.type === 'names';
}

const MAX_WARNING_LENGTH = 1000;

/** A line in the log, which names the function. */
function warn(host: CallHost, text: string): void {
  host.log({ type: 'log', level: 'warn', text: text.slice(0, MAX_WARNING_LENGTH) });
}

/** Listens to a process until something is resolved; its exit always does. */
function firstOf<T>(
  child: ChildProcess,
  {
    begin,
    onExit,
    onMessage,
  }: {
    readonly begin: (resolve: (value: T) => void) => void;
    readonly onExit: (how: ProcessEnd) => T;
    readonly onMessage: (message: MessageFromProcess, resolve: (value: T) => void) => void;
  },
): Promise<T> {
  return new Promise((settle) => {
    const resolve = (value: T) => {
      child.off('message', listener).off('exit', tellExit).off('error', tellError);
      settle(value);
    };
    const listener = (message: unknown) => {
      if (isMessage(message)) onMessage(message, resolve);
    };
    const tellExit = (code: number | null, signal: NodeJS.Signals | null) =>
      resolve(onExit({ code, signal }));
    const tellError = () => tellExit(null, null);
    child.on('message', listener).on('exit', tellExit).on('error', tellError);
    if (isAlive(child)) begin(resolve);
    else tellExit(child.exitCode, child.signalCode);
  });
}

/** Whether the process runs. */
export function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null && child.pid !== undefined;
}

/** A process that is gone hears nothing; that it is gone is told by its `exit`. */
export function send(child: ChildProcess, message: MessageToProcess): void {
  if (child.connected) child.send(message, () => undefined);
}
