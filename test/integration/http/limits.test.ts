/** What is too long or too much is refused in few words, on both protocols. */
import { once } from 'node:events';
import { request as sendRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBareServer } from '../../../src/http/http-server.ts';
import { createMetrics } from '../../../src/http/metrics.ts';
import { createLog } from '../../../src/log.ts';
import { useEmbeddedGateway } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

/** Most bytes of an error answer. */
const LARGEST_ERROR = 65_536;
const APP = '/api/client/v2.0/app/myapp-abcde';

interface RawAnswer {
  readonly status: number | undefined;
  readonly text: string;
}

describe('limits', () => {
  const gateway = useEmbeddedGateway({ TRUST_PROXY: 'true' });

  /** `fetch` would not send some of these headers. */
  async function send(
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<RawAnswer> {
    const request = sendRequest(`${gateway().url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    request.end(body);
    const [response] = await once(request, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode, text: Buffer.concat(chunks).toString() };
  }

  describe.each([
    ['GraphQL', '/graphql', '{"query":"{ me { id } }"}'],
    ['App Services', `${APP}/location`, undefined],
    ['App Services with a body', `${APP}/auth/providers/anon-user/login`, '{}'],
    ['nothing', '/nowhere', undefined],
  ])('a header is refused before anything parses it: %s', (_name, path, body) => {
    test.each([
      ['host', `a${'/'.repeat(60_000)}x`],
      ['x-forwarded-host', `a${'/'.repeat(60_000)}x`],
      ['x-forwarded-proto', '/'.repeat(60_000)],
      ['content-type', `application/json;${' '.repeat(60_000)}x`],
      ['accept', 'a/b,'.repeat(15_000)],
      ['origin', 'a'.repeat(60_000)],
      ['if-none-match', 'a'.repeat(60_000)],
      ['x-something-else', 'a'.repeat(70_000)],
      ['authorization', `Bearer ${'a'.repeat(70_000)}`],
    ])('%s', async (name, value) => {
      const { status, text } = await send(path, { [name]: value }, body);
      expect(status).toBe(431);
      expect(text.length).toBeLessThan(2000);
      expect(text).toMatch(/BAD_REQUEST|BadRequest/);
    });
  });

  test.each([
    ['content-type', 'application/json; charset=utf-8'],
    ['authorization', `Bearer ${'a'.repeat(65_000)}`],
    ['cookie', 'a=b; '.repeat(4000)],
  ])('a header %s of usual length passes', async (name, value) => {
    const { text } = await send('/graphql', { [name]: value }, '{"query":"{ __typename }"}');
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });

  describe('an error answer', () => {
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, i]));
    const post = (query: string, variables: object, token?: string) =>
      send(
        '/graphql',
        token === undefined ? {} : { authorization: `Bearer ${token}` },
        JSON.stringify({ query, variables }),
      );

    test.each<[string, string, object]>([
      ['unknown keys of an input', OPERATIONS.logIn, { credentials: keys(40_000) }],
      ['one long key', OPERATIONS.logIn, { credentials: { ['k'.repeat(400_000)]: 1 } }],
      ['wrong items of a list', OPERATIONS.update, { operations: Array(100_000).fill(1) }],
      ['a long value of an enumeration', OPERATIONS.write, { data: {}, mode: 'M'.repeat(400_000) }],
      [
        'a long value of a scalar',
        OPERATIONS.registerUser,
        { email: ['e'.repeat(400_000)], password: 1 },
      ],
      ['a long literal', `{ me { customData(format: "${'x'.repeat(400_000)}") } }`, {}],
      ['a long name', `{ ${'x'.repeat(400_000)} }`, {}],
      [
        'many unknown fields',
        `{ ${Array.from({ length: 900 }, (_, i) => `f${i}`).join(' ')} }`,
        {},
      ],
      ['a syntax error', `{ me { id } "${'x'.repeat(400_000)}`, {}],
    ])('about %s has at most 64 KB', async (_name, query, variables) => {
      const { text } = await post(query, variables);
      expect(JSON.parse(text).errors.length).toBeGreaterThan(0);
      expect(text.length).toBeLessThanOrEqual(LARGEST_ERROR);
    });

    test.each<[string, object]>([
      [
        'many refused fields',
        { data: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`$${i}`, 1])) },
      ],
      ['a long refused field', { data: { [`$${'x'.repeat(400_000)}`]: 1 } }],
      [
        'many large fields',
        { data: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, 'x'])) },
      ],
    ])('about a write of %s has at most 64 KB', async (_name, variables) => {
      const { accessToken } = await logInAnonymously(createGraphQLClient(gateway().url));
      const { text } = await post(OPERATIONS.write, variables, accessToken);
      expect(JSON.parse(text).errors).toHaveLength(1);
      expect(text.length).toBeLessThanOrEqual(LARGEST_ERROR);
    });

    test('of the App Services protocol has at most 64 KB', async () => {
      const { accessToken } = await logInAnonymously(createGraphQLClient(gateway().url));
      const body = JSON.stringify({ name: 'n'.repeat(400_000), arguments: [] });
      const { status, text } = await send(
        `${APP}/functions/call`,
        { authorization: `Bearer ${accessToken}` },
        body,
      );
      expect(status).toBe(404);
      expect(text.length).toBeLessThanOrEqual(LARGEST_ERROR);
    });

    test('about variables repeats no value', async () => {
      const secret = 'hunter2-secret';
      for (const credentials of [
        { emailPassword: { email: 'a@example.com', password: secret }, more: 1 },
        { emailPassword: { email: 'a@example.com', password: secret, more: secret } },
        { emailPassword: { email: 'a@example.com', password: [secret] } },
        { emailPassword: secret },
        secret,
        [secret],
      ]) {
        const { status, text } = await post(OPERATIONS.logIn, { credentials });
        expect(status).toBe(400);
        expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_USER_INPUT');
        expect(text).not.toContain(secret);
      }
    });
  });
});

describe('a request has one time to arrive as a whole', () => {
  const config = {
    appId: 'myapp-abcde',
    keepAliveSeconds: 72,
    trustProxy: false,
    corsOrigins: [],
    publicUrl: undefined,
    host: '127.0.0.1',
  } as const;
  const open = (milliseconds?: number) =>
    createBareServer(config, createLog('silent'), createMetrics(), {
      ...(milliseconds === undefined ? {} : { requestTimeoutMilliseconds: milliseconds }),
    });

  test('which is fifteen seconds', async () => {
    const { server } = await open();
    expect([server.headersTimeout, server.requestTimeout]).toEqual([15_000, 15_000]);
  });

  describe('and is cut off then', () => {
    const begun = (headers: string) => `POST /x HTTP/1.1\r\nHost: localhost\r\n${headers}`;
    let server: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      server = await open(100);
      server.post('/x', async () => 'done');
      await server.listen({ port: 0, host: '127.0.0.1' });
    });
    afterAll(() => server.close());

    test.each([
      ['headers', begun('')],
      ['a body', begun('Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{')],
    ])('in the middle of %s', async (_what, text) => {
      const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
      socket.setEncoding('utf8').write(text);
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      await once(socket, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    });
  });
});
