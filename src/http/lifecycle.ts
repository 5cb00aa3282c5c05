/** How the server stops: nothing that has been sent to it is lost. */
import type { Server } from 'node:http';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: {
      /** Whether it was told to stop: what comes now is answered, and the connection ended with it. */
      isStopping: boolean;
    };
  }
}

/** How long a stop waits for running requests. */
const DRAIN_MILLISECONDS = 10_000;
/** Turns of the event loop in a row that bring no connection before the server takes no more. */
const QUIET_TURNS = 3;
/** Turns that a stop waits at most: clients that connect for ever do not keep it up. */
const MAX_TURNS = 1000;

/** While stopping, each answer ends its connection: an idle one would hold up the stop until it times out. */
export function useLifecycle(server: FastifyInstance): void {
  server.decorate('lifecycle', { isStopping: false });
  server.addHook('onSend', async (_request, reply) => {
    if (server.lifecycle.isStopping) void reply.header('connection', 'close');
  });
}

/**
 * Stops the server: goes on taking connections for `drainDelay` milliseconds, and until no more come; then
 * takes none and resolves once the running requests are answered, cut off if they drag on.
 */
export async function closeGracefully(server: FastifyInstance, drainDelay = 0): Promise<void> {
  server.lifecycle.isStopping = true;
  if (drainDelay > 0) await delay(drainDelay);
  await arrivalsTaken(server.server);
  const cutOff = setTimeout(() => server.server.closeAllConnections(), DRAIN_MILLISECONDS);
  try {
    await server.close();
  } finally {
    clearTimeout(cutOff);
  }
}

/**
 * Closing a listening socket resets the connections that wait to be taken, and closing idle ones those whose
 * request has not been read. Both are taken and read in a turn of the event loop or two.
 */
async function arrivalsTaken(server: Server): Promise<void> {
  let arrived = 0;
  const count = () => {
    arrived += 1;
  };
  server.on('connection', count);
  for (let quiet = 0, turn = 0; quiet < QUIET_TURNS && turn < MAX_TURNS; turn += 1) {
    const before = arrived;
    await nextTurn();
    quiet = arrived === before ? quiet + 1 : 0;
  }
  server.off('connection', count);
}
