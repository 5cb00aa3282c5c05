/** WebSockets on `/graphql`: who may open one, and what is open. */
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Config } from '../../config.ts';
import { GatewayError } from '../../errors.ts';
import { tooMany } from '../../session/changes/places.ts';
import { boundAddress } from '../client-address.ts';
import { isOriginAllowed } from '../cors.ts';
import { createGraphQLSockets } from './graphql-socket.ts';
import { upgradeOf } from './upgrade.ts';
import { CLOSE, createSentSocket, type WebSocketState } from './web-socket.ts';
import { assertNoTokenIn, type Opener, type SubscriptionServerParts } from './words.ts';

/** Bytes of a message: ample for the longest token with a subscription. A longer one ends the connection (1009). */
const MAX_MESSAGE = 128 * 1024;

/** Takes the connection of a request that asks for a WebSocket; `false`: it asks for none. */
export type AcceptWebSocket = (request: FastifyRequest, reply: FastifyReply) => boolean;

/** Creates what accepts WebSockets. It fails with `BAD_REQUEST` and `RATE_LIMITED`. */
export function createWebSockets(parts: SubscriptionServerParts): AcceptWebSocket {
  const { config, connections } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    handleProtocols,
  });
  const open = createOpen(parts);
  return (request, reply) => {
    const upgrade = upgradeOf(request.raw);
    if (upgrade === undefined) return false;
    assertOrigin(request.raw, config);
    assertNoTokenIn(request.query as object);
    if (connections.count() >= config.subscriptions.most) throw tooMany('connections');
    const { headers, id, ip } = request;
    const { authorization } = headers;
    const opener = { id, ip: boundAddress(ip), userAgent: headers['user-agent'] };
    reply.hijack();
    upgrade.take();
    sockets.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) =>
      open(socket, opener, authorization),
    );
    return true;
  };
}

/** Nothing of the request is kept but what `opener` has: there may be thousands of them. */
function createOpen(parts: SubscriptionServerParts) {
  const { connections, log, metrics, now } = parts;
  const protocol = createGraphQLSockets(parts);
  return (socket: WebSocket, opener: Opener, authorization: string | undefined): void => {
    const started = now();
    const running: WebSocketState['running'] = new Set();
    const state: WebSocketState = { opener, authorization, isClosed: false, running };
    const onDropped = (reason: Parameters<typeof metrics.countDropped>[1]) =>
      metrics.countDropped('websocket', reason);
    const connection = createSentSocket({ socket, state, now, onDropped });
    const close = (code: number, reason: string) => socket.close(code, reason);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: connection.send,
        close,
        onMessage: (handle) =>
          socket.on('message', (data) => {
            handle(String(data)).catch((error: unknown) => {
              log.error({ err: error, reqId: opener.id }, 'a message could not be handled');
              close(CLOSE.internalError, 'INTERNAL_SERVER_ERROR');
            });
          }),
      },
      { state, close },
    );
    // What the protocol does not allow; the library closes the connection with the code for it.
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => {
      connections.remove(connection);
      metrics.changeConnections('websocket', -1);
      const { id: reqId, ip: address } = opener;
      const { userId } = state;
      const milliseconds = now() - started;
      log.info({ reqId, address, userId, closeCode: code, milliseconds }, 'websocket');
      closed(code, String(reason)).catch((error: unknown) => {
        log.error({ err: error, reqId }, 'a subscription could not be ended');
      });
    });
    metrics.changeConnections('websocket', 1);
    connections.add(connection);
  };
}

/** Browsers let any page open a WebSocket; other programs send no `Origin`. */
function assertOrigin(
  { headers: { host, origin } }: IncomingMessage,
  { corsOrigins, host: listensAt, publicUrl }: Pick<Config, 'corsOrigins' | 'host' | 'publicUrl'>,
): void {
  if (origin === undefined || isOriginAllowed(origin, corsOrigins, listensAt)) return;
  const own = [publicUrl ?? '', `http://${host}`, `https://${host}`];
  if (own.some((url) => URL.canParse(url) && new URL(url).origin === origin)) return;
  const message = 'Pages of this origin may not call; CORS_ORIGINS names those that may';
  throw new GatewayError('BAD_REQUEST', {}, { message, status: 403 });
}
