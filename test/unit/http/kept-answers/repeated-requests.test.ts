/** Requests that repeat another but for their token are answered as Node.js would have them answered. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { conversation } from '../../../support/http-arbitraries.ts';
import {
  masked,
  type RepeatingOptions,
  type RepeatingServer,
  startRepeatingServer,
  talkTo,
} from '../../../support/repeating-server.ts';

const RUNS = 1500;

interface Asked {
  readonly token?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
}

/** A request in the plainest way. */
function ask({ body = '{"query":"{ me { id } }"}', headers = [], token = 'a.b-c._d' }: Asked = {}) {
  const lines = [
    'POST /graphql HTTP/1.1',
    'Host: gateway.example',
    'Content-Type: application/json',
    `Authorization: Bearer ${token}`,
    ...headers,
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Both servers, or one. */
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

describe('on a connection', () => {
  let repeating: RepeatingServer;
  let plain: RepeatingServer;
  beforeAll(async () => {
    repeating = await startRepeatingServer();
    plain = await startRepeatingServer({ repeats: false });
  });
  afterAll(() => Promise.all([repeating.stop(), plain.stop()]));

  /** Requests that are right, in pieces, each of which may wait for the answers to what came before. */
  const step = fc.record({
    asked: fc.record({
      token: fc.constantFrom('a.b-c._d', 'e', 'f'.repeat(300)),
      body: fc.constantFrom('{"query":"{ me { id } }"}', '{}', `"${'\xfc'.repeat(40)}"`),
      headers: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom([], ['X-Other: Bearer a.b-c._d']) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            ...[['X-Other:  two spaces'], ['x-other:none'], ['Authorization: Bearer again']],
            ...[['Connection: keep-alive'], ['X-Other: \xe9 ']],
          ),
        },
      ),
    }),
    cuts: fc.oneof(
      { weight: 6, arbitrary: fc.constant<number[]>([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
      },
    ),
    waits: fc.oneof(
      { weight: 12, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  });
  /** Then whatever may come. */
  const rest = conversation({ tokens: ['a.b-c._d', 'e'], appId: 'app' });

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  /** A text in pieces. */
  function cutUp(text: string, cuts: readonly number[]): string[] {
    const places = [0, ...cuts.map((cut) => Math.floor(cut * text.length)), text.length];
    const sorted = places.toSorted((a, b) => a - b);
    return sorted
      .map((start, index) => text.slice(start, sorted[index + 1] ?? start))
      .filter((piece) => piece !== '');
  }

  async function talk(
    port: number,
    steps: readonly Step[],
    chunks: readonly Uint8Array[],
  ): Promise<string> {
    const connection = talkTo(port);
    let pending = '';
    for (const [index, { asked, cuts, waits }] of steps.entries()) {
      pending += ask(asked);
      // What does not wait comes together with the next.
      if (!waits) continue;
      for (const piece of cutUp(pending, cuts)) await connection.send(piece);
      pending = '';
      await connection.answers(index + 1);
    }
    if (pending !== '') await connection.send(pending);
    for (const chunk of chunks) await connection.send(Buffer.from(chunk).toString('latin1'));
    return masked(await connection.end());
  }

  test('whatever comes, in whatever pieces, is answered as Node.js alone has it answered', async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 20, size: 'max' }),
      fc.oneof(fc.constant(null), rest),
      async (steps, last) => {
        const chunks = last?.chunks ?? [];
        const [answered, expected] = await Promise.all([
          talk(repeating.port, steps, chunks),
          talk(plain.port, steps, chunks),
        ]);
        expect(answered).toBe(expected);
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
    // Otherwise nothing was shown.
    expect(repeating.repeated.length).toBeGreaterThan(RUNS);
  }, 120_000);
});

/** Asks until the server answers by itself: the third is the first that may be. */
async function repeat(server: RepeatingServer): Promise<ReturnType<typeof talkTo>> {
  const connection = talkTo(server.port);
  for (let count = 1; count <= 3; count += 1) {
    await connection.send(ask());
    await connection.answers(count);
  }
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
      await connection.send(ask({ headers, token: `t${count}` }));
      await connection.answers(count);
    }
    connection.socket.destroy();
    expect(server.repeated.map(({ address }) => address)).toEqual(['192.0.2.7', '192.0.2.7']);
  }));

test('what is not found is parsed, and so is what follows it until it is answered', () => {
  let isKnown = true;
  const find = () =>
    isKnown ? { answer: { headers: ['content-length', '0'], body: '', facts: {} } } : {};
  return withServers({ parts: { find } }, async (server) => {
    const connection = await repeat(server);
    isKnown = false;
    await connection.send(ask());
    await connection.send(ask());
    await connection.answers(5);
    expect(server.repeated).toHaveLength(1);
  });
});

test('a server that stops parses everything, so that each answer can end its connection', () => {
  let isStopping = false;
  return withServers({ parts: { isStopping: () => isStopping } }, async (server) => {
    const connection = await repeat(server);
    isStopping = true;
    await connection.send(ask());
    await connection.answers(4);
    expect(server.repeated).toHaveLength(1);
    connection.socket.destroy();
  });
});

test('a client that reads nothing gets all answers in their order once it does', () =>
  withServers({ padding: 400_000 }, async (server) => {
    const connection = await repeat(server);
    connection.socket.pause();
    const bodies = Array.from({ length: 40 }, (_, index) => `"${index}"`);
    for (const body of bodies) await connection.send(ask({ body }));
    connection.socket.resume();
    const text = await connection.answers(3 + bodies.length);
    const told = [...text.matchAll(/"body":"\\"(\d+)\\""/g)].map(([, body]) => `"${body}"`);
    expect(told).toEqual(bodies);
    // Once it does not, Node.js is left to hold it up.
    expect(server.repeated.length).toBeLessThan(bodies.length);
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
    let count = 3;
    for (; count < 30; count += 1) {
      await connection.send(ask({ headers: [`X-Request: ${count}`] }));
      await connection.answers(count + 1);
    }
    await connection.send(ask());
    await connection.answers(count + 1);
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
