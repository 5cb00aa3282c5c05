import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ExecutionResult } from 'graphql';
import { type WebSocket, WebSocketServer, WebSocket as WsClient } from 'ws';
import type { Results } from '../../../../src/graphql/subscriptions.ts';
import { createConnections } from '../../../../src/http/subscriptions/connections.ts';
import { EventStream } from '../../../../src/http/subscriptions/event-stream.ts';
import { createSentSocket } from '../../../../src/http/subscriptions/web-socket.ts';
import { createLeavingIterator } from '../../../../src/leaving-iterator.ts';

const BEAT = 50;
const LARGE = 'x'.repeat(200_000);

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Words without end, and how many were asked for. */
function endlessWords() {
  let asked = 0;
  let hasLeft = false;
  const results: Results = createLeavingIterator<ExecutionResult>({
    async next() {
      asked += 1;
      await new Promise(setImmediate);
      return { value: { data: { LARGE, asked } } };
    },
    leave() {
      hasLeft = true;
    },
  });
  return { results, asked: () => asked, hasLeft: () => hasLeft };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.closeAllConnections());
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('a stream whose client reads nothing', () => {
  test('is dropped, asks for no more words than its connection takes, and gives its place back', async () => {
    const connections = createConnections(BEAT);
    const words = endlessWords();
    const ended = new Promise<boolean>((resolve) => {
      const server = createServer((_request, response) => {
        const stream = new EventStream({
          results: words.results,
          onResult: () => undefined,
          onEnd(isDropped) {
            connections.remove(stream);
            resolve(isDropped);
          },
        });
        connections.add(stream);
        stream.pipe(response);
      });
      void listen(server).then((port) => {
        const client = connect(port, '127.0.0.1');
        ends.push(() => client.destroy());
        client.pause();
        client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
      });
    });
    expect(await ended).toBe(true);
    expect(words.hasLeft()).toBe(true);
    // Some megabytes are in the buffers of the operating system.
    expect(words.asked()).toBeLessThan(200);
    expect(connections.count()).toBe(0);
  });
});

describe('a WebSocket', () => {
  async function open(beat = BEAT) {
    const connections = createConnections(beat);
    const dropped: string[] = [];
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(sockets, 'listening');
    ends.push(() => sockets.close());
    const { port } = sockets.address() as AddressInfo;
    const client = new WsClient(`ws://127.0.0.1:${port}`, { autoPong: false });
    ends.push(() => client.terminate());
    const [[socket]] = (await Promise.all([once(sockets, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    const running = new Set<Results>();
    const opener = { id: 'id', ip: '127.0.0.1', userAgent: undefined };
    const state = { opener, authorization: undefined, isClosed: false, running };
    const connection = createSentSocket({
      socket,
      state,
      now: Date.now,
      onDropped: (reason) => dropped.push(reason),
    });
    connections.add(connection);
    ends.push(() => connections.remove(connection));
    return { client, connection, dropped, socket, state };
  }

  test('whose client does not answer a ping is dropped', async () => {
    const { dropped, socket } = await open();
    await once(socket, 'close');
    expect(dropped).toEqual(['no_answer']);
  });

  test('whose client answers stays', async () => {
    const { client, dropped, socket } = await open();
    client.on('ping', () => client.pong());
    for (let beat = 0; beat < 5; beat += 1) await once(client, 'ping');
    expect([socket.readyState, dropped]).toEqual([socket.OPEN, []]);
  });

  test('whose client makes it answer and reads nothing is dropped', async () => {
    const { client, connection, dropped, socket } = await open(60_000);
    client.pause();
    const closed = once(socket, 'close');
    while (socket.readyState === socket.OPEN) {
      void connection.send(LARGE);
      await new Promise(setImmediate);
    }
    await closed;
    expect(dropped).toEqual(['not_read']);
  });

  test('without subscriptions is closed when its token has expired', async () => {
    const { client, state } = await open();
    client.on('ping', () => client.pong());
    Object.assign(state, { expiresAt: 1 });
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason)]).toEqual([4403, 'UNAUTHENTICATED TOKEN_EXPIRED']);
  });
});
