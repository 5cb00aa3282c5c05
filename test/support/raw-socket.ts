/** A WebSocket as a program opens it that does not know the protocol well. */
import { type ClientOptions, WebSocket } from 'ws';

/** How a handshake was answered instead of with a connection. */
export interface RefusedHandshake {
  readonly status: number;
  readonly body: string;
}

/** An open WebSocket, and what came of it. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly send: (message: unknown) => void;
  /** The next message. */
  readonly message: () => Promise<{ readonly type: string; readonly [name: string]: unknown }>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Opens one, with the subprotocol of GraphQL as a rule. */
export async function openRawSocket(
  url: string,
  { path = '/graphql', protocol = 'graphql-transport-ws', ...options }: RawSocketOptions = {},
): Promise<RawSocket | RefusedHandshake> {
  const address = `${url.replace(/^http/, 'ws')}${path}`;
  const socket = new WebSocket(address, protocol === null ? [] : [protocol], options);
  const messages: string[] = [];
  let wake = () => undefined as unknown;
  socket.on('message', (data) => {
    messages.push(String(data));
    wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  const refused = await new Promise<RefusedHandshake | null>((resolve) => {
    socket.once('open', () => resolve(null));
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
  if (refused !== null) return refused;
  return {
    socket,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async message() {
      while (messages.length === 0) {
        await new Promise<unknown>((resolve) => {
          wake = () => resolve(undefined);
        });
      }
      return JSON.parse(messages.shift() as string);
    },
    closed,
  };
}

/** What is unusual about it. */
export interface RawSocketOptions extends Omit<ClientOptions, 'protocol'> {
  readonly path?: string;
  readonly protocol?: string | null;
}

/** The same, which must open. */
export async function mustOpenSocket(url: string, options?: RawSocketOptions): Promise<RawSocket> {
  const opened = await openRawSocket(url, options);
  if ('status' in opened) throw new Error(`${opened.status} ${opened.body}`);
  return opened;
}
