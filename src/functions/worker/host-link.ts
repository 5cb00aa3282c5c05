/** Requests of a function to the gateway, and their answers. */
import type {
  HostError,
  LogMessage,
  MessageFromProcess,
  ProcessRequest,
  ReplyMessage,
} from '../messages.ts';
import type { Work } from './work.ts';

/** Requests under way at once; more wait here, where they count as the function's own memory. */
const MAX_UNDER_WAY = 20;
/** Lines of one call that reach the log. */
const MAX_LINES = 500;
/** Characters of a line that reach the log. */
export const MAX_LINE_LENGTH = 8192;

/** What a function asks for, without the id that the link adds. */
export type HostRequest = WithoutId<ProcessRequest>;
type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;

/** The failure of a request, with the id under which the gateway knows it. */
export class HostFailure extends Error {
  readonly id: number;
  readonly code: string | number | undefined;

  constructor({ id, name, message, code }: HostError) {
    super(message);
    this.name = name;
    this.id = id;
    this.code = code;
  }
}

/** The way to the gateway for one call. */
export interface HostLink {
  /**
   * Sends a request; the answer is the bytes of a value. Fails with `HostFailure`, and once the call
   * has ended with an error: what a function leaves running must not act for the next caller.
   */
  request(request: HostRequest): Promise<Uint8Array>;
  log(level: LogMessage['level'], text: string): void;
  /** Ends it. What is under way is carried out, but nobody hears of it. */
  close(): void;
}

/** Opens links over one channel. */
export interface HostChannel {
  /** For a call, whose work each request is until it is answered. */
  open(work: Pick<Work, 'begin'>): HostLink;
  /** Takes an answer in. */
  settle(reply: ReplyMessage): void;
}

interface LinkParts {
  readonly send: (message: MessageFromProcess) => void;
  readonly work: Pick<Work, 'begin'>;
}

interface Pending {
  readonly resolve: (value: Uint8Array) => void;
  readonly reject: (error: HostFailure) => void;
}

/** Creates the channel of a process. */
export function createHostChannel(send: (message: MessageFromProcess) => void): HostChannel {
  const pending = new Map<number, Pending>();
  let lastId = 0;

  return {
    open: (work) =>
      openLink({ send, work }, (request, callbacks) => {
        lastId += 1;
        pending.set(lastId, callbacks);
        send({ ...request, id: lastId });
      }),

    settle(reply) {
      const request = pending.get(reply.id);
      pending.delete(reply.id);
      if (reply.type === 'reply') request?.resolve(reply.value);
      else request?.reject(new HostFailure(reply.error));
    },
  };
}

/** What the log calls a request. */
function nameOf(request: HostRequest): string {
  if (request.type === 'data') return request.method;
  return request.type === 'builtIn' ? request.name : 'names';
}

function openLink(
  { send, work }: LinkParts,
  start: (request: HostRequest, callbacks: Pending) => void,
): HostLink {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  let lines = 0;
  let isClosed = false;

  function begin(request: HostRequest, { reject, resolve }: Pending): void {
    underWay += 1;
    const finish = () => {
      underWay -= 1;
      if (!isClosed) waiting.shift()?.();
      return !isClosed;
    };
    start(request, {
      resolve: (value) => finish() && resolve(value),
      reject: (error) => finish() && reject(error),
    });
  }

  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        if (isClosed) throw new Error('The call has ended');
        const done = work.begin(nameOf(request));
        const enter = () =>
          begin(request, {
            resolve(value) {
              done();
              resolve(value);
            },
            reject(error) {
              done();
              reject(error);
            },
          });
        if (underWay < MAX_UNDER_WAY) enter();
        else waiting.push(enter);
      }),

    log(level, text) {
      lines += 1;
      if (lines > MAX_LINES || isClosed) return;
      const shown = lines === MAX_LINES ? 'the function logs too much, the rest is left out' : text;
      send({ type: 'log', level, text: shown.slice(0, MAX_LINE_LENGTH) });
    },

    close() {
      isClosed = true;
      waiting.length = 0;
    },
  };
}
