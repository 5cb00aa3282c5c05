/** Requests of a function to the gateway, and their answers. */
import type { HostError, ReplyMessage } from '../messages.ts';
import type { LogMessage, MessageFromProcess, ProcessRequest } from '../process-messages.ts';
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
export type HostLink = ReturnType<typeof openLink>;
/** Opens links over one channel. */
export type HostChannel = ReturnType<typeof createHostChannel>;

type Send = (message: MessageFromProcess) => void;
type Ask = (request: HostRequest) => Promise<ReplyMessage>;

/** Creates the channel of a process. */
export function createHostChannel(send: Send) {
  const pending = new Map<number, (reply: ReplyMessage) => void>();
  let lastId = 0;
  const ask: Ask = (request) =>
    new Promise((resolve) => {
      lastId += 1;
      pending.set(lastId, resolve);
      send({ ...request, id: lastId });
    });

  return {
    /** For a call, whose work each request is until it is answered. */
    open: (work: Pick<Work, 'begin'>) => openLink(send, ask, work),
    /** Takes an answer in. */
    settle(reply: ReplyMessage) {
      pending.get(reply.id)?.(reply);
      pending.delete(reply.id);
    },
  };
}

/** What the log calls a request. */
function nameOf(request: HostRequest): string {
  if (request.type === 'data') return request.method;
  return request.type === 'builtIn' ? request.name : 'names';
}

function openLink(send: Send, ask: Ask, work: Pick<Work, 'begin'>) {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  let lines = 0;
  let isClosed = false;

  return {
    /**
     * Sends a request; the answer is the bytes of a value. Fails with `HostFailure`, and once the call
     * has ended with an error: what a function leaves running must not act for the next caller.
     */
    request: (request: HostRequest) =>
      new Promise<Uint8Array>((resolve, reject) => {
        if (isClosed) throw new Error('The call has ended');
        const done = work.begin(nameOf(request));
        const enter = async () => {
          underWay += 1;
          const reply = await ask(request);
          underWay -= 1;
          if (isClosed) return;
          waiting.shift()?.();
          done();
          if (reply.type === 'reply') resolve(reply.value);
          else reject(new HostFailure(reply.error));
        };
        if (underWay < MAX_UNDER_WAY) enter().catch(reject);
        else waiting.push(() => enter().catch(reject));
      }),

    log(level: LogMessage['level'], text: string) {
      lines += 1;
      if (lines > MAX_LINES || isClosed) return;
      const shown = lines === MAX_LINES ? 'the function logs too much, the rest is left out' : text;
      send({ type: 'log', level, text: shown.slice(0, MAX_LINE_LENGTH) });
    },

    /** Ends it. What is under way is carried out, but nobody hears of it. */
    close() {
      isClosed = true;
      waiting.length = 0;
    },
  };
}
