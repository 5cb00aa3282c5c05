/** One WebSocket: what it sends and when it is ended. */
import type { WebSocket } from 'ws';
import type { Results } from '../../graphql/subscriptions.ts';
import type { Connection } from './connections.ts';
import type { DropReason, Opener } from './words.ts';

/** Close codes of the protocol (graphql-transport-ws) and of RFC 6455 section 7.4.1 and its registry. */
export const CLOSE = {
  /** Clients connect anew, to whoever takes their connection. */
  goingAway: 1001,
  internalError: 4500,
  tryAgainLater: 1013,
  /** Clients connect anew, and ask for a token to do it with. */
  forbidden: 4403,
} as const;

/** Bytes that may wait to be read by a client: some words of the largest size. */
const MAX_BUFFERED = 512 * 1024;
/** How long a client has to agree that its connection ends, in milliseconds. */
const CLOSE_MILLISECONDS = 2000;
const MILLISECONDS_PER_SECOND = 1000;

/** What is known of a WebSocket. */
export interface WebSocketState {
  readonly opener: Opener;
  /** Value of an `Authorization` header: of the request that opened it, then of its `connection_init`. */
  authorization: string | undefined;
  /** Whose token that is, once it is verified. */
  userId?: string;
  /** When it expires, epoch seconds. */
  expiresAt?: number;
  /** Why its subscriptions were ended, if they were for want of a good token. */
  refused?: string;
  isClosed: boolean;
  /** What runs on it. */
  readonly running: Set<Results>;
}

/** The connection of a WebSocket, and a way to send on it that waits until it is sent. */
export interface SentSocket extends Connection {
  readonly send: (text: string) => Promise<void>;
}

/** What a connection is made of. */
export interface SentSocketParts {
  readonly socket: WebSocket;
  readonly state: WebSocketState;
  readonly onDropped: (reason: DropReason) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates it. */
export function createSentSocket({ now, onDropped, socket, state }: SentSocketParts): SentSocket {
  let hasAnswered = true;
  socket.on('pong', () => {
    hasAnswered = true;
  });
  const drop = (reason: DropReason) => {
    onDropped(reason);
    socket.terminate();
  };
  return {
    send(text) {
      if (socket.readyState !== socket.OPEN) return Promise.resolve();
      // One that asks and does not read the answers.
      if (socket.bufferedAmount > MAX_BUFFERED) {
        drop('not_read');
        return Promise.resolve();
      }
      return new Promise((resolve) => socket.send(text, () => resolve()));
    },
    beat() {
      if (socket.readyState !== socket.OPEN) return;
      if (!hasAnswered) {
        drop(socket.bufferedAmount > 0 ? 'not_read' : 'no_answer');
        return;
      }
      const { expiresAt = Number.POSITIVE_INFINITY, running } = state;
      if (running.size === 0 && expiresAt * MILLISECONDS_PER_SECOND <= now()) {
        socket.close(CLOSE.forbidden, 'UNAUTHENTICATED TOKEN_EXPIRED');
        return;
      }
      hasAnswered = false;
      socket.ping();
    },
    goAway() {
      socket.close(CLOSE.goingAway, 'Going away');
      setTimeout(() => socket.terminate(), CLOSE_MILLISECONDS).unref();
    },
  };
}
