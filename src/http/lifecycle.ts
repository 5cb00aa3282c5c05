/** How the server stops: nothing that has been sent to it is lost. */
import { Server } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: {
      /** Whether everything has been started: before, the gateway listens but cannot issue tokens. */
      isStarted: boolean;
      /** Whether the gateway was told to stop: it is not ready any more. */
      isStopping: boolean;
      /** Whether what comes now is answered, and the connection ended with it. */
      endsConnections: boolean;
    };
  }
}

/** How long a stop waits for running requests. */
const DRAIN_MILLISECONDS = 10_000;
/** Turns of the event loop in a row that bring no connection before the server takes no more. */
const QUIET_TURNS = 3;
/** Turns that a stop waits at most: clients that connect for ever do not keep it up. */
const MAX_TURNS = 1000;
/** How long a server that others go on for leaves its idle connections open, for one more request each. */
const LEAVE_MILLISECONDS = 5000;

/** Whoever hands connections to a server. */
export interface ConnectionSource {
  /** Resolves when what has arrived until now is handed over. */
  readonly settle: () => Promise<unknown>;
  /** Told that the server takes no more. */
  readonly end: () => void;
}

const EVENT_LOOP: ConnectionSource = { settle: nextTurn, end: () => undefined };

/** While stopping, each answer ends its connection: an idle one would hold up the stop until it times out. */
export function useLifecycle(server: FastifyInstance): void {
  server.decorate('lifecycle', { isStarted: false, isStopping: false, endsConnections: false });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (server.lifecycle.endsConnections) void reply.header('connection', 'close');
    done();
  });
}

/**
 * Stops the server: goes on taking connections for `drainDelay` milliseconds, and until no more come; then
 * takes none and resolves once the running requests are answered, cut off if they drag on.
 */
export async function closeGracefully(
  server: FastifyInstance,
  drainDelay = 0,
  source: ConnectionSource = EVENT_LOOP,
): Promise<void> {
  server.lifecycle.isStopping = true;
  server.lifecycle.endsConnections = true;
  if (drainDelay > 0) await delay(drainDelay);
  await arrivalsTaken(server.server, source);
  takeNoMore(server.server);
  source.end();
  const cutOff = setTimeout(() => server.server.closeAllConnections(), DRAIN_MILLISECONDS);
  try {
    await server.close();
  } finally {
    clearTimeout(cutOff);
  }
}

/**
 * Leaves what comes to others that listen on the same port: takes no new connections from now on. Each one that
 * is there gets one more answer; resolves when all are closed, or when those left have been idle for long.
 */
export async function leaveToOthers(server: FastifyInstance): Promise<void> {
  server.lifecycle.endsConnections = true;
  const idle = new AbortController();
  server.server.once('close', () => idle.abort());
  takeNoMore(server.server);
  await delay(LEAVE_MILLISECONDS, undefined, { signal: idle.signal }).catch(() => undefined);
}

/** As `close` of an HTTP server, but closes no idle connections. */
function takeNoMore(server: Server): void {
  Server.prototype.close.call(server);
}

/**
 * Closing a listening socket resets the connections that wait to be taken, and closing idle ones those whose
 * request has not been read. Both are taken and read in a turn of the event loop or two.
 */
async function arrivalsTaken(server: Server, { settle }: ConnectionSource): Promise<void> {
  let arrived = 0;
  const count = () => {
    arrived += 1;
  };
  server.on('connection', count);
  for (let quiet = 0, turn = 0; quiet < QUIET_TURNS && turn < MAX_TURNS; turn += 1) {
    const before = arrived;
    await settle();
    quiet = arrived === before ? quiet + 1 : 0;
  }
  server.off('connection', count);
}
