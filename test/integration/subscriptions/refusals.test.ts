import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { useEmbeddedGateway } from '../../support/gateway.ts';
import { createGraphQLClient, OPERATIONS, readAnswer } from '../../support/graphql-client.ts';
import { mustOpenSocket, openRawSocket } from '../../support/raw-socket.ts';
import { CHANGED } from '../../support/words.ts';

const gateway = useEmbeddedGateway();

async function logIn() {
  const { data } = await createGraphQLClient(gateway().url)(OPERATIONS.logInAnonymously);
  return data.logIn.accessToken as string;
}

async function openAcknowledged(token: string) {
  const opened = await mustOpenSocket(gateway().url);
  opened.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  expect(await opened.message()).toEqual({ type: 'connection_ack' });
  return opened;
}

const codeIn = (body: string) => JSON.parse(body).errors[0].extensions.code;

describe('a WebSocket is refused with HTTP', () => {
  test.each([
    ['from a page of an origin that may not call', { origin: 'https://evil.example' }, 403],
    ['from a page that a stranger’s DNS led here', { headers: { host: 'evil.example' } }, 421],
    ['with a token in the URL', { path: '/graphql?access_token=secret' }, 400],
    ['on a path that there is not', { path: '/nothing' }, 404],
  ])('%s', async (_what, options, status) => {
    const refused = await openRawSocket(gateway().url, options);
    if (!('status' in refused)) throw new Error('It was opened');
    expect([refused.status, codeIn(refused.body)]).toEqual([status, 'BAD_REQUEST']);
  });

  test('and is opened for a page of the gateway itself, of this machine and of Apollo Studio', async () => {
    const own = gateway().url;
    const origins = [own, 'http://localhost:3000', 'https://studio.apollographql.com'];
    for (const origin of origins) {
      const { closed, socket } = await mustOpenSocket(own, { origin });
      socket.close();
      await closed;
    }
  });
});

describe('a WebSocket is closed', () => {
  test.each([
    ['no token', {}, 'UNAUTHENTICATED TOKEN_MISSING'],
    ['no bearer token', { authorization: 'Basic abc' }, 'UNAUTHENTICATED TOKEN_MALFORMED'],
    ['a forged token', { authorization: 'Bearer a.b.c' }, 'UNAUTHENTICATED TOKEN_MALFORMED'],
  ])('with 4403 and the reason if its connection_init has %s', async (_what, payload, reason) => {
    const { closed, send } = await mustOpenSocket(gateway().url);
    send({ type: 'connection_init', payload });
    expect(await closed).toEqual({ code: 4403, reason });
  });

  test('with 4401 if it subscribes before, with 4400 if a message is malformed', async () => {
    const eager = await mustOpenSocket(gateway().url);
    eager.send({ type: 'subscribe', id: '1', payload: { query: CHANGED } });
    expect((await eager.closed).code).toBe(4401);
    const odd = await openAcknowledged(await logIn());
    odd.send('{"type":');
    expect((await odd.closed).code).toBe(4400);
  });

  test('with 4408 if it says nothing for ten seconds', async () => {
    const { closed } = await mustOpenSocket(gateway().url);
    expect((await closed).code).toBe(4408);
  }, 20_000);

  test('with 4406 if it does not speak the protocol', async () => {
    const { closed } = await mustOpenSocket(gateway().url, { protocol: null });
    expect((await closed).code).toBe(4406);
  });

  test('with 1009 if a frame has 10 MB', async () => {
    const { closed, send } = await openAcknowledged(await logIn());
    send('x'.repeat(10 * 1024 * 1024));
    expect((await closed).code).toBe(1009);
  });

  test('with 1007 if a text is not UTF-8', async () => {
    const { closed, socket } = await openAcknowledged(await logIn());
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await closed).code).toBe(1007);
  });
});

test('a token in the header of the handshake is as good as one in connection_init', async () => {
  const headers = { authorization: `Bearer ${await logIn()}` };
  const { closed, message, send, socket } = await mustOpenSocket(gateway().url, { headers });
  send({ type: 'connection_init' });
  expect(await message()).toEqual({ type: 'connection_ack' });
  socket.close();
  await closed;
});

describe('an operation is refused on its own', () => {
  const aliases = Array.from({ length: 16 }, (_, index) => `a${index}: id`).join(' ');
  const deep = `subscription { customDataChanged { user { ${'customData { '.repeat(12)}a${' }'.repeat(12)} } } }`;
  test.each([
    ['a query', '{ me { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a mutation', 'mutation { logOut }', 'GRAPHQL_VALIDATION_FAILED'],
    ['introspection', '{ __schema { types { name } } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['no operation', 'fragment A on User { id }', 'GRAPHQL_VALIDATION_FAILED'],
    ['nothing of GraphQL', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['too many tokens', `subscription { ${'a '.repeat(3000)} }`, 'GRAPHQL_PARSE_FAILED'],
    [
      'too many aliases',
      `subscription { customDataChanged { user { ${aliases} } } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a selection that is too deep', deep, 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s', async (_what, query, code) => {
    const token = await logIn();
    const { message, send, socket } = await openAcknowledged(token);
    send({ type: 'subscribe', id: 'one', payload: { query } });
    expect(await message()).toMatchObject({
      type: 'error',
      id: 'one',
      payload: expect.arrayContaining([
        expect.objectContaining({ extensions: expect.objectContaining({ code }) }),
      ]),
    });
    socket.close();
    const url = `${gateway().url}/graphql/stream`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ query });
    const text = await (await fetch(url, { method: 'POST', headers, body })).text();
    expect(text).toContain(`"code":"${code}"`);
    expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });
});

describe('a stream is refused with HTTP', () => {
  const query = new URLSearchParams({ query: CHANGED });
  test.each([
    ['that is to be JSON', `?${query}`, { headers: { accept: 'application/json' } }, 406],
    ['with a token in the URL', `?${query}&token=secret`, {}, 400],
    ['without a query', '', {}, 400],
    ['of variables that are none', `?${query}&variables=[1]`, {}, 400],
    ['of variables that are not JSON', `?${query}&variables={`, {}, 400],
    ['by a method of the protocol’s other mode', '', { method: 'PUT' }, 405],
    [
      'of no JSON',
      '',
      { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
      400,
    ],
  ])('%s', async (_what, search, init, status) => {
    const answer = await readAnswer(await fetch(`${gateway().url}/graphql/stream${search}`, init));
    expect([answer.status, answer.code]).toEqual([status, 'BAD_REQUEST']);
  });

  test('of 1 MB', async () => {
    const body = JSON.stringify({ query: CHANGED, padding: 'x'.repeat(1024 * 1024) });
    const headers = { 'content-type': 'application/json' };
    const url = `${gateway().url}/graphql/stream`;
    const answer = await readAnswer(await fetch(url, { method: 'POST', body, headers }));
    expect([answer.status, answer.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });
});

test('a stream is never stored, nor held back by a proxy', async () => {
  const stop = new AbortController();
  const response = await fetch(
    `${gateway().url}/graphql/stream?${new URLSearchParams({ query: CHANGED })}`,
    { headers: { authorization: `Bearer ${await logIn()}` }, signal: stop.signal },
  );
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  stop.abort();
});

describe('an offer to speak another protocol', () => {
  const upgrade = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAAA',
  };

  test('is passed over, the request with its body is answered', async () => {
    const { hostname, port } = new URL(gateway().url);
    const body = JSON.stringify({ query: OPERATIONS.logInAnonymously });
    const headers = { ...upgrade, 'content-type': 'application/json' };
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = request(
        { hostname, port, path: '/graphql', method: 'POST', headers },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += String(chunk);
          });
          response.on('end', () => resolve(text));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
    expect(JSON.parse(answer).data.logIn.accessToken).toEqual(expect.any(String));
  });

  test('and the connection goes on, however often it is made', async () => {
    const { hostname, port } = new URL(gateway().url);
    const head = Object.entries({ host: 'localhost', ...upgrade })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const socket = connect(Number(port), hostname);
    let text = '';
    for (let count = 1; count <= 20; count += 1) {
      socket.write(`GET /health/live HTTP/1.1\r\n${head}\r\n`);
      while ((text.match(/HTTP\/1\.1 200 OK/g) ?? []).length < count || !text.endsWith('}')) {
        text += await new Promise<string>((resolve) =>
          socket.once('data', (chunk) => resolve(String(chunk))),
        );
      }
    }
    socket.destroy();
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(20);
  });
});
