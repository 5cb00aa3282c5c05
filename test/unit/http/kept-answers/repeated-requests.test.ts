/** Requests that repeat another but for their token are answered as Node.js would have them answered. */
import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { statusesIn } from '../../../support/raw-conversation.ts';
import {
  ask,
  masked,
  type RepeatingOptions,
  type RepeatingServer,
  startRepeatingServer,
  talkTo,
} from '../../../support/repeating-server.ts';

/** What a server says while something runs. */
async function withServers<Result>(
  options: RepeatingOptions,
  run: (server: RepeatingServer) => Promise<Result>,
): Promise<Result> {
  const server = await startRepeatingServer(options);
  try {
    return await run(server);
  } finally {
    await server.stop();
  }
}

/** Asks until the server answers by itself: the third is the first that may be. */
async function repeat(server: RepeatingServer): Promise<ReturnType<typeof talkTo>> {
  const connection = talkTo(server.port);
  for (let time = 0; time < 3; time += 1) await connection.exchange(ask());
  expect(server.repeated).toHaveLength(1);
  return connection;
}

test('the third of its kind is the first that is not parsed', () =>
  withServers({}, async (server) => {
    const connection = await repeat(server);
    const text = await connection.end();
    const [first, second, third] = masked(text).split(/(?=HTTP\/1\.1 )/);
    expect(second).toBe(first);
    expect(third).toBe(first);
  }));

test('the log is told of the address that the headers say', () =>
  withServers({}, async (server) => {
    const connection = talkTo(server.port);
    const headers = ['X-Forwarded-For: 192.0.2.7'];
    for (let count = 1; count <= 4; count += 1) {
      await connection.exchange(ask({ headers, token: `t${count}` }));
    }
    connection.socket.destroy();
    expect(server.repeated.map(({ address }) => address)).toEqual(['192.0.2.7', '192.0.2.7']);
  }));

test('what is not found is parsed', () => {
  let isKnown = true;
  const answer = { headers: ['content-length', '0'], body: '', facts: {} };
  return withServers({ parts: { find: () => (isKnown ? { answer } : {}) } }, async (server) => {
    const connection = await repeat(server);
    isKnown = false;
    await connection.exchange(ask());
    expect(server.repeated).toHaveLength(1);
    connection.socket.destroy();
  });
});

test('what comes before the answer to another request is answered after it', () => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  return withServers({ held }, async (server) => {
    const connection = await repeat(server);
    await connection.send(ask({ headers: ['X-Held: yes'], token: 'first' }));
    await connection.send(ask({ token: 'second' }));
    release?.();
    const text = await connection.answers(5);
    expect(text.indexOf('Bearer first')).toBeLessThan(text.indexOf('Bearer second'));
    connection.socket.destroy();
  });
});

test.each([
  { beginning: '', statuses: [200, 200, 200], repeated: 2 },
  { beginning: 'P', statuses: [200, 400], repeated: 1 },
  { beginning: 'POST /graphql HTTP/1.1\r\nX: ', statuses: [200, 200, 200], repeated: 1 },
])(
  'what completes $beginning, which came with the request before, is no request of its own',
  ({ beginning, repeated, statuses }) =>
    withServers({}, async (server) => {
      await repeat(server);
      const connection = talkTo(server.port);
      await connection.exchange(ask() + beginning);
      await connection.exchange(ask());
      await connection.send(ask());
      const text = await connection.end();
      expect(statusesIn(text)).toEqual(statuses);
      expect(server.repeated).toHaveLength(repeated);
    }),
);

test('a connection goes on to be looked at while it asks for other things as well', () =>
  withServers({}, async (server) => {
    const connection = await repeat(server);
    for (let time = 0; time < 40; time += 1) {
      await connection.exchange(ask({ path: '/other', body: 'x'.repeat(4000) }));
      await connection.exchange(ask());
    }
    expect(server.repeated).toHaveLength(41);
    connection.socket.destroy();
  }));

test('a connection on which much comes at once is left to Node.js, as it was', () =>
  withServers({}, async (server) => {
    const listeners = new Set<unknown>();
    let asked: Socket | undefined;
    server.server.on('connection', (socket) => {
      asked = socket;
      listeners.add(socket.listeners('data')[0]);
    });
    const connection = talkTo(server.port);
    await connection.exchange(ask() + ask(), 2);
    await connection.exchange(ask());
    expect(listeners).not.toContain(asked?.listeners('data')[0]);
    await connection.exchange(ask({ path: '/other', body: 'x'.repeat(40_000) }));
    expect(asked?.listeners('data')).toEqual([...listeners]);
    await connection.exchange(ask());
    expect(server.repeated).toHaveLength(0);
    connection.socket.destroy();
  }));

test('a server that stops parses everything, so that each answer can end its connection', () => {
  let isStopping = false;
  return withServers({ parts: { isStopping: () => isStopping } }, async (server) => {
    const connection = await repeat(server);
    isStopping = true;
    await connection.exchange(ask());
    expect(server.repeated).toHaveLength(1);
    connection.socket.destroy();
  });
});

test('a client that reads nothing gets all answers in their order once it does', () =>
  withServers({ padding: 400_000 }, async (server) => {
    const connection = await repeat(server);
    connection.socket.pause();
    const tokens = Array.from({ length: 40 }, (_, index) => `t${index}`);
    for (const token of tokens) await connection.send(ask({ token }));
    connection.socket.resume();
    const text = await connection.answers(3 + tokens.length);
    expect([...text.matchAll(/Bearer (t\d+)/g)].map(([, token]) => token)).toEqual(tokens);
    // Once it does not, Node.js is left to hold it up.
    expect(server.repeated.length).toBeLessThan(tokens.length);
    connection.socket.destroy();
  }));

test('a connection that changes its protocol is left to whoever takes it', () =>
  withServers({}, async (server) => {
    server.server.on('upgrade', (_request, socket, head: Buffer) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n${head}`);
      socket.on('end', () => socket.end());
      socket.on('data', (chunk: Buffer) =>
        socket.write(`HTTP/1.1 200 ${chunk.length}\r\nContent-Length: 0\r\n\r\n`),
      );
    });
    const connection = await repeat(server);
    await connection.send(
      'GET / HTTP/1.1\r\nHost: gateway.example\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n',
    );
    await connection.answers(4);
    await connection.send(ask());
    expect(await connection.answers(5)).toMatch(new RegExp(`HTTP/1.1 200 ${ask().length}\r\n`));
    expect(server.repeated).toHaveLength(1);
    connection.socket.destroy();
  }));

test('a connection whose requests are all different is left to Node.js', () =>
  withServers({}, async (server) => {
    const connection = await repeat(server);
    for (let time = 3; time < 30; time += 1) {
      await connection.exchange(ask({ headers: [`X-Request: ${time}`] }));
    }
    await connection.exchange(ask());
    expect(server.repeated).toHaveLength(1);
    connection.socket.destroy();
  }));

test('a connection that repeats requests is not ended as one that does not finish a request', () =>
  withServers({}, async (server) => {
    server.server.headersTimeout = 200;
    server.server.requestTimeout = 200;
    const connection = await repeat(server);
    const begin = performance.now();
    let count = 3;
    while (performance.now() - begin < 1000) {
      await connection.send(ask());
      count += 1;
      await connection.answers(count);
    }
    expect(connection.socket.destroyed).toBe(false);
    expect(server.repeated).toHaveLength(count - 2);
    connection.socket.destroy();
  }));
