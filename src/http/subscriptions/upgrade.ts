/**
 * Requests to change the protocol of their connection.
 *
 * Whoever listens for them gets all of them from Node.js, also those that are offers to speak HTTP/2 (`h2c`), which
 * Java's client and curl make with ordinary requests, and which are to be answered as if they were not made
 * (RFC 9110 section 7.8). One for a WebSocket goes the way of every request: it is checked as they are, and refused
 * in the same shape.
 */
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What comes with such a request. */
export interface Upgrade {
  readonly socket: Socket;
  /** What was read of the connection after it. */
  readonly head: Buffer;
  /** Takes the connection from the answer, which is not sent then. */
  readonly take: () => void;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();
/** Headers that are about one hop, and of no use once it is not changed. */
const OF_UPGRADE = ['upgrade', 'http2-settings'];

/** The upgrade that a request asks for; `undefined`: none, or none to a WebSocket. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return upgrades.get(request);
}

/** Has requests for WebSockets answered as others are; any other upgrade is not made. */
export function useUpgrades(server: Server): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
      server.emit('connection', socket);
      return;
    }
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.once('finish', () => socket.end());
    const take = () => {
      response.detachSocket(socket);
      upgrades.delete(request);
    };
    upgrades.set(request, { socket, head, take });
    server.emit('request', request, response);
  });
}

/** The head of the request once more, without what asks for the upgrade. */
function withoutUpgrade({ httpVersion, method, rawHeaders, url }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const lower = name.toLowerCase();
    if (OF_UPGRADE.includes(lower)) continue;
    const kept = lower === 'connection' ? withoutOptions(value) : value;
    if (lower !== 'connection' || kept !== '') lines.push(`${name}: ${kept}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function withoutOptions(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !OF_UPGRADE.includes(option.toLowerCase())).join(', ');
}
