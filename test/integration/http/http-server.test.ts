import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  createTemporaryDirectory,
  startGateway,
  type TestGateway,
  useEmbeddedGateway,
} from '../../support/gateway.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  readAnswer,
} from '../../support/graphql-client.ts';

describe('the HTTP server', () => {
  const gateway = useEmbeddedGateway();

  const post = async (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    readAnswer(
      await fetch(`${gateway().url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }),
    );

  describe('bodies that are no GraphQL request get a coded GraphQL error', () => {
    test.each([
      ['broken JSON', '{"query": ', 400, 'BAD_REQUEST'],
      ['an empty body', '', 400, 'BAD_REQUEST'],
      ['an array', '[]', 400, 'BAD_REQUEST'],
      ['invalid UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 400, 'BAD_REQUEST'],
      ['one megabyte', JSON.stringify({ query: 'x'.repeat(2 ** 20) }), 413, 'PAYLOAD_TOO_LARGE'],
      ['a syntax error', '{"query":"{ me "}', 400, 'GRAPHQL_PARSE_FAILED'],
      ['an unknown field', '{"query":"{ you }"}', 400, 'GRAPHQL_VALIDATION_FAILED'],
      [
        'a deep selection',
        JSON.stringify({ query: `{ ${'a { '.repeat(12)}b${' }'.repeat(12)} }` }),
        400,
        'GRAPHQL_VALIDATION_FAILED',
      ],
      [
        'many aliases',
        JSON.stringify({
          query: `{ ${Array.from({ length: 20 }, (_, i) => `a${i}: me { id }`)} }`,
        }),
        400,
        'GRAPHQL_VALIDATION_FAILED',
      ],
      [
        'many tokens',
        JSON.stringify({ query: `{ ${'me { id } '.repeat(1000)} }` }),
        400,
        'GRAPHQL_PARSE_FAILED',
      ],
    ])('%s', async (_name, body, status, code) => {
      const answer = await post(body);
      expect(answer).toMatchObject({ status, code });
    });

    test('another content type', async () => {
      const answer = await post('{"query":"{ me { id } }"}', { 'content-type': 'application/xml' });
      expect(answer).toMatchObject({ status: 415, code: 'BAD_REQUEST' });
    });

    test('a half-written request is answered 400 and closed', async () => {
      const answer = await raw(
        gateway().url,
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query":',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).toContain('"code":"BAD_REQUEST"');
    }, 20_000);

    test('nonsense instead of HTTP', async () => {
      const answer = await raw(gateway().url, 'NONSENSE\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"BAD_REQUEST"/);
    });
  });

  test('a simple cross-site request is refused (CSRF)', async () => {
    const response = await fetch(`${gateway().url}/graphql?query=%7B__typename%7D`);
    const answer = await readAnswer(response);
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('a query may be sent by GET with a preflight header, a mutation may not', async () => {
    const get = (query: string) =>
      fetch(`${gateway().url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: { 'apollo-require-preflight': '1' },
      });
    expect((await readAnswer(await get('{ me { id } }'))).data).toEqual({ me: null });
    expect((await get('mutation { logOut }')).status).toBe(405);
  });

  test('a token within the budget fits the header limit', async () => {
    const send = createGraphQLClient(gateway().url);
    const answer = await send('{ me { id } }', { token: 'x'.repeat(60_000) });
    expect(answer.errors?.[0]?.extensions.reason).toBe('TOKEN_MALFORMED');
  });

  test.each([
    ['https://studio.apollographql.com', 'https://studio.apollographql.com'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://evil.example', null],
  ])('CORS answers a page of %s with %s', async (origin, allowed) => {
    const response = await fetch(`${gateway().url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(response.headers.get('access-control-allow-origin')).toBe(allowed);
  });

  test('health: live and ready', async () => {
    const live = await fetch(`${gateway().url}/health/live`);
    expect(await live.json()).toEqual({ status: 'live' });
    const ready = await fetch(`${gateway().url}/health/ready`);
    expect(await ready.json()).toEqual({ status: 'ready', store: 'embedded' });
    const withoutStore = await fetch(`${gateway().url}/health/ready?exclude=store`);
    expect(await withoutStore.json()).toEqual({ status: 'ready' });
  });

  test('metrics count requests, store operations and error codes', async () => {
    const send = createGraphQLClient(gateway().url);
    await logInAnonymously(send);
    await send('mutation { logOut }');
    const text = await (await fetch(`${gateway().url}/metrics`)).text();
    expect(text).toMatch(/http_request_duration_seconds_count\{.*route="\/graphql".*\} \d+/);
    expect(text).toMatch(/store_operations_total\{operation="insert"\} [1-9]/);
    expect(text).toMatch(/graphql_errors_total\{code="UNAUTHENTICATED"\} [1-9]/);
  });

  test('an unknown path is a coded 404', async () => {
    const response = await fetch(`${gateway().url}/nothing`);
    expect(await readAnswer(response)).toMatchObject({ status: 404, code: 'BAD_REQUEST' });
  });

  test('a request that runs while the gateway stops is answered, and its connection closed', async () => {
    const directory = await createTemporaryDirectory();
    let stopped: Promise<void> | undefined;
    const stopping: TestGateway = await startGateway(
      { DATA_DIR: directory.path },
      {
        onStoreOperation: (name) => {
          if (name === 'delete') stopped = stopping.stop();
        },
      },
    );
    const send = createGraphQLClient(stopping.url);
    const { accessToken } = await logInAnonymously(send);
    const answer = await send(OPERATIONS.logOut, { token: accessToken });
    expect(answer.data).toEqual({ logOut: true });
    expect(answer.headers.get('connection')).toBe('close');
    await stopped;
    await expect(fetch(stopping.url)).rejects.toThrow('fetch failed');
    await directory.remove();
  });

  test('introspection can be switched off, and then errors suggest nothing', async () => {
    const directory = await createTemporaryDirectory();
    const closed = await startGateway({ DATA_DIR: directory.path, INTROSPECTION: 'false' });
    try {
      const send = createGraphQLClient(closed.url);
      const introspection = await send('{ __schema { queryType { name } } }');
      expect(introspection.code).toBe('GRAPHQL_VALIDATION_FAILED');
      const typo = await send('{ mee { id } }');
      expect(typo.errors?.[0]?.message).not.toContain('Did you mean');
    } finally {
      await closed.stop();
      await directory.remove();
    }
  });
});

/** Sends bytes, half-closes, and returns everything the server answered. */
function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
