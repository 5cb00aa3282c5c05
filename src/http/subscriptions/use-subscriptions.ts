/** Serves subscriptions: over WebSockets on `/graphql`, and as server-sent events on `/graphql/stream`. */
import type { FastifyInstance } from 'fastify';
import { createConnections } from './connections.ts';
import { useEventStreams } from './stream-route.ts';
import { useUpgrades } from './upgrade.ts';
import { type AcceptWebSocket, createWebSockets } from './web-sockets.ts';
import type { SubscriptionServerParts } from './words.ts';

/** Adds them to a server. What is returned takes the requests on `/graphql` that ask for a WebSocket. */
export function useSubscriptions(
  server: FastifyInstance,
  parts: Omit<SubscriptionServerParts, 'connections'>,
): AcceptWebSocket {
  const connections = createConnections();
  const whole = { ...parts, connections };
  useUpgrades(server.server);
  useEventStreams(server, whole);
  // The running requests of a stop are waited for: these would never end by themselves.
  server.addHook('preClose', async () => connections.goAway());
  return createWebSockets(whole);
}
