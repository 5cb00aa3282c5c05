/** Requests of a function to the gateway, and their answers. */
import type { HostError, LogMessage, MessageFromProcess, ReplyMessage } from '../messages.ts';

/** Requests under way at once; more wait here, where they count as the function's own memory. */
const MAX_UNDER_WAY = 20;
/** Lines of one call that reach the log, and the length of one. */
const MAX_LINES = 500;
const MAX_LINE_LENGTH = 8192;

/** What a function asks for, without the id that the link adds. */
export type HostRequest =
  | {
      readonly type: 'data';
      readonly database: string;
      readonly collection: string;
      readonly method: string;
      readonly args: Uint8Array;
    }
  | { readonly type: 'builtIn'; readonly name: string; readonly args: Uint8Array };

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

/** The way to the gateway. */
export interface HostLink {
  /** Sends a request of the running call; the answer is the bytes of a value. Fails with `HostFailure`. */
  request(request: HostRequest): Promise<Uint8Array>;
  /** Takes an answer in. */
  settle(reply: ReplyMessage): void;
  log(level: LogMessage['level'], text: string): void;
  /** Forgets what the last call left waiting; its requests are never answered. */
  reset(): void;
}

interface Pending {
  readonly resolve: (value: Uint8Array) => void;
  readonly reject: (error: HostFailure) => void;
}

/** Creates the link over a channel. */
export function createHostLink(send: (message: MessageFromProcess) => void): HostLink {
  const pending = new Map<number, Pending>();
  const waiting: (() => void)[] = [];
  let lastId = 0;
  let lines = 0;

  function start(request: HostRequest, callbacks: Pending): void {
    lastId += 1;
    pending.set(lastId, callbacks);
    send({ ...request, id: lastId });
  }

  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        const begin = () => start(request, { resolve, reject });
        if (pending.size < MAX_UNDER_WAY) begin();
        else waiting.push(begin);
      }),

    settle(reply) {
      const request = pending.get(reply.id);
      if (request === undefined) return;
      pending.delete(reply.id);
      if (reply.type === 'reply') request.resolve(reply.value);
      else request.reject(new HostFailure(reply.error));
      waiting.shift()?.();
    },

    log(level, text) {
      lines += 1;
      if (lines > MAX_LINES) return;
      const shown = lines === MAX_LINES ? 'the function logs too much, the rest is left out' : text;
      send({ type: 'log', level, text: shown.slice(0, MAX_LINE_LENGTH) });
    },

    reset() {
      pending.clear();
      waiting.length = 0;
      lines = 0;
    },
  };
}
