/** A server of Node.js that answers with what it was asked, and may answer requests that repeat others itself. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Answer } from '../../src/http/kept-answers/kept-answers.ts';
import { expectedBody } from '../../src/http/kept-answers/question.ts';
import {
  createRepeatedRequests,
  type RepeatedRequestsParts,
} from '../../src/http/kept-answers/repeated-requests.ts';
import { createKnownShapes } from '../../src/http/kept-answers/request-shape.ts';
import type { AnsweredRequest } from '../../src/http/request-log.ts';
import { statusesIn } from './raw-conversation.ts';

export interface RepeatingServer {
  readonly server: Server;
  readonly port: number;
  /** Those that Node.js has not parsed. */
  readonly repeated: AnsweredRequest[];
  stop(): Promise<void>;
}

export interface RepeatingOptions {
  /** `false`: Node.js does everything. */
  readonly repeats?: boolean;
  readonly parts?: Partial<RepeatedRequestsParts>;
  /** Characters that each answer has beside what it tells. */
  readonly padding?: number;
  /** What requests with the header `x-held` wait for. */
  readonly held?: Promise<unknown>;
}

const KEEP_ALIVE_MILLISECONDS = 7000;
/** Of the event loop, until what was sent has been read on the other side. */
const TURNS = 3;

export async function startRepeatingServer({
  held,
  padding = 0,
  parts,
  repeats = true,
}: RepeatingOptions = {}): Promise<RepeatingServer> {
  const repeated: AnsweredRequest[] = [];
  const answerOf = (headers: IncomingHttpHeaders, body: string): Answer => {
    const { connection: _, ...others } = headers;
    // In one order, whichever way they came.
    const told = Object.entries(others).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const text = JSON.stringify({ told, body, padding: 'x'.repeat(padding) });
    const length = String(Buffer.byteLength(text, 'latin1'));
    return {
      headers: ['content-type', 'text/plain', 'content-length', length],
      body: text,
      facts: {},
    };
  };
  const requests = createRepeatedRequests({
    shapes: createKnownShapes(1_000_000),
    openQuestion: (question) => ({ ...question, withdrawals: 0 }),
    find: ({ body, headers }) => ({ answer: answerOf(headers, body) }),
    note: (request) => repeated.push(request),
    addressOf: ({ headers, socket }) => String(headers['x-forwarded-for'] ?? socket.remoteAddress),
    isStopping: () => false,
    keepAliveMilliseconds: KEEP_ALIVE_MILLISECONDS,
    ...parts,
  });
  const server = createServer((request, response) => {
    if (repeats) requests.noteParsed(request, response);
    const isAsked = expectedBody(request) !== null;
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    // At once, or what comes next decides what is answered.
    request.on('end', async () => {
      if (request.headers['x-held'] !== undefined) await held;
      const body = Buffer.concat(chunks).toString('latin1');
      const answer = answerOf(request.headers, body);
      if (isAsked && repeats) requests.noteRepeatable(request, response);
      response.writeHead(isAsked ? 200 : 404, ['x-request-id', randomUUID(), ...answer.headers]);
      response.end(answer.body, 'latin1');
    });
  });
  // Of a request and what is none in one packet, Node.js answers the former only while nobody listens to the bytes.
  const listener = () => undefined;
  server.on('connection', (socket) => socket.on('data', listener).off('data', listener));
  server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ server, port, repeated },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What differs from the plainest request. */
export interface Asked {
  readonly host?: string;
  readonly path?: string;
  readonly token?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
}

/** A request in the plainest way. */
export function ask({
  body = '{"query":"{ me { id } }"}',
  headers = [],
  host = 'gateway.example',
  path = '/graphql',
  token = 'a.b-c._d',
}: Asked = {}) {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    `Authorization: Bearer ${token}`,
    ...headers,
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A connection, and what came back on it. */
export interface Talk {
  readonly socket: Socket;
  /** Sends bytes, a packet of their own. */
  send(bytes: string): Promise<void>;
  /** Waits until so many answers have begun and nothing of the last one is missing. */
  answers(count: number): Promise<string>;
  /** Sends bytes and waits for one more answer, or for so many. */
  exchange(bytes: string, count?: number): Promise<string>;
  /** All that has come back. */
  text(): string;
  /** Says that nothing more comes, and waits until the other side has said so, too. */
  end(): Promise<string>;
}

export function talkTo(port: number): Talk {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true }).setEncoding('latin1');
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
  });
  // A reset is one way to be answered.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const isComplete = (count: number) => {
    const last = received.lastIndexOf('HTTP/1.1 ');
    const body = received.indexOf('\r\n\r\n', last) + 4;
    const length = Number(/content-length: (\d+)/i.exec(received.slice(last))?.[1]);
    return statusesIn(received).length === count && received.length === body + length;
  };
  const send = async (bytes: string) => {
    if (!socket.destroyed) socket.write(bytes, 'latin1');
    for (let turns = 0; turns < TURNS; turns += 1) await turn();
  };
  const answers = async (count: number) => {
    while (!isComplete(count) && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        const go = () => {
          socket.off('data', go).off('close', go);
          resolve();
        };
        socket.on('data', go).on('close', go);
      });
    }
    return received;
  };
  return {
    ...{ socket, send, answers },
    async exchange(bytes, count = 1) {
      const before = statusesIn(received).length;
      await send(bytes);
      return answers(before + count);
    },
    text: () => received,
    async end() {
      socket.end();
      await closed;
      return received;
    },
  };
}

/** What was answered, without what differs each time. */
export function masked(text: string): string {
  return text.replaceAll(/^(x-request-id|date): .*$/gim, '$1: …');
}
