/** What HTTP itself refuses, and how it is said on each protocol. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { useEmbeddedGateway } from '../../support/gateway.ts';

const APP = '/api/client/v2.0/app/myapp-abcde';

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

describe('what HTTP refuses', () => {
  const gateway = useEmbeddedGateway({
    HOST: '0.0.0.0',
    TRUST_PROXY: 'true',
    INTROSPECTION: 'false',
  });

  /** Sends a request to the letter: clients of today would not send most of these. */
  async function send(head: string, body = ''): Promise<Answer> {
    const socket = connect(Number(new URL(gateway().url).port), '127.0.0.1').setEncoding('utf8');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(`${head.replaceAll('\n', '\r\n')}\r\nConnection: close\r\n\r\n${body}`);
    await once(socket, 'close');
    const [headers = '', text = ''] = answer.split('\r\n\r\n');
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1]),
      head: headers.toLowerCase(),
      body: text,
    };
  }
  const post = (path: string, headers: string, body: string) =>
    send(
      `POST ${path} HTTP/1.1\nHost: localhost\n${headers}\nContent-Length: ${body.length}`,
      body,
    );
  const codeOf = (body: string) => {
    const json = JSON.parse(body);
    return json.error_code ?? json.errors[0].extensions.code;
  };

  test.each([
    ['GraphQL', '/graphql', 'GET, HEAD, POST', 'BAD_REQUEST'],
    ['the keys', '/.well-known/jwks.json', 'GET, HEAD', 'BAD_REQUEST'],
    ['health', '/health/live', 'GET, HEAD', 'BAD_REQUEST'],
    ['App Services', `${APP}/location`, 'GET, HEAD', 'BadRequest'],
    ['a call of App Services', `${APP}/functions/call`, 'GET, HEAD, POST', 'BadRequest'],
  ])(
    'a method that a path does not know is 405 with Allow: %s',
    async (_what, path, allow, code) => {
      for (const method of ['DELETE', 'PUT', 'OPTIONS']) {
        const { body, head, status } = await send(`${method} ${path} HTTP/1.1\nHost: localhost`);
        expect([method, status]).toEqual([method, 405]);
        expect(head).toContain(`allow: ${allow.toLowerCase()}\r\n`);
        // What is asked of the whole server is answered in its own shape.
        if (method !== 'OPTIONS') expect(codeOf(body)).toBe(code);
      }
    },
  );

  test.each([
    ['/nowhere', 404, 'BAD_REQUEST'],
    [`${APP}/nowhere`, 404, 'BadRequest'],
    ['/%zz', 400, 'BAD_REQUEST'],
    [`${APP}/%zz`, 400, 'BadRequest'],
  ])('%s is %d in the shape of its protocol', async (path, status, code) => {
    const answer = await send(`GET ${path} HTTP/1.1\nHost: localhost`);
    expect([answer.status, codeOf(answer.body)]).toEqual([status, code]);
  });

  describe.each([
    ['/graphql', 'BAD_REQUEST'],
    [`${APP}/auth/providers/anon-user/login`, 'BadRequest'],
  ])('a body that is not plain JSON is 415: %s', (path, code) => {
    test('of another type, with the one that is wanted', async () => {
      const { body, head, status } = await post(path, 'Content-Type: application/xml', '<a/>');
      expect([status, codeOf(body)]).toEqual([415, code]);
      expect(head).toContain('accept: application/json\r\n');
      expect(body).toContain('application/json');
    });

    test('encoded, with the encoding that is wanted', async () => {
      const headers = 'Content-Type: application/json\nContent-Encoding: gzip';
      const { body, head, status } = await post(path, headers, '{}');
      expect([status, codeOf(body)]).toEqual([415, code]);
      expect(head).toContain('accept-encoding: identity\r\n');
    });
  });

  describe.each([
    ['GraphQL', '/graphql?query={__typename}'],
    ['App Services', `${APP}/location`],
  ])('a request to %s has one Host that is one', (_name, path) => {
    test.each([
      ['none', ''],
      ['two', 'Host: localhost\nHost: b'],
      ['an open bracket', 'Host: ['],
      ['a space', 'Host: localhost b'],
      ['a percent sign', 'Host: %'],
      ['an address of five numbers', 'Host: 1.2.3.4.5'],
      ['a user', 'Host: user@a'],
      ['a path', 'Host: localhost/b'],
      ['a forwarded open bracket', 'Host: localhost\nX-Forwarded-Host: ['],
      ['a forwarded list with a bad item', 'Host: localhost\nX-Forwarded-Host: localhost, b c'],
      ['a forwarded protocol that is none', 'Host: localhost\nX-Forwarded-Proto: x y'],
    ])('%s is 400', async (_what, headers) => {
      const line = `GET ${path} HTTP/1.1`;
      const { body, status } = await send(headers === '' ? line : `${line}\n${headers}`);
      expect(status).toBe(400);
      expect(codeOf(body)).toMatch(/BAD_REQUEST|BadRequest/);
    });

    test.each([
      'Host: [::1]:4000',
      'Host: localhost.example.com:443',
      'Host: 127.0.0.1',
      'Host: localhost\nX-Forwarded-Host: b, c\nX-Forwarded-Proto: https, http',
    ])('%s passes', async (headers) => {
      const preflight = 'Apollo-Require-Preflight: true';
      expect((await send(`GET ${path} HTTP/1.1\n${headers}\n${preflight}`)).status).toBe(200);
    });
  });

  test('a subscription is refused as the operation that it is', async () => {
    const query = '{"query":"subscription { x }"}';
    const { body, status } = await post('/graphql', 'Content-Type: application/json', query);
    expect([status, codeOf(body)]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(gateway().logText()).not.toContain('unexpected error');
  });

  test('the refusal of introspection names the variable', async () => {
    const query = '{"query":"{ __schema { types { name } } }"}';
    const { body, status } = await post('/graphql', 'Content-Type: application/json', query);
    expect(status).toBe(400);
    expect(JSON.parse(body).errors[0].message).toContain('INTROSPECTION');
    expect(body).not.toContain('ApolloServer');
  });

  test('a log-in by headers that is refused says how to come', async () => {
    const headers = 'Content-Type: application/json\nemail: a@example.com\npassword: password-1';
    const { head, status } = await post(`${APP}/graphql`, headers, '{"query":"{ me { id } }"}');
    expect(status).toBe(401);
    expect(head).toContain('www-authenticate: bearer realm="myapp-abcde"');
  });

  describe('a bearer header without a token means nobody', () => {
    test.each(['', 'Bearer', 'Bearer ', 'bearer   '])('"%s"', async (value) => {
      const headers = `Content-Type: application/json\nAuthorization: ${value}`;
      for (const path of ['/graphql', `${APP}/graphql`]) {
        const { body } = await post(path, headers, '{"query":"{ me { id } }"}');
        expect(JSON.parse(body)).toEqual({ data: { me: null } });
      }
      const { body, status } = await post(`${APP}/functions/call`, headers, '{}');
      expect(status).toBe(401);
      expect(JSON.parse(body).error).toBe(
        'expected Authorization header with JWT (Bearer schema).',
      );
    });
  });

  test('a refused preflight is in the log once', async () => {
    const preflight =
      'OPTIONS /graphql HTTP/1.1\nHost: localhost\nAccess-Control-Request-Method: POST';
    for (const origin of ['https://evil.example', 'https://evil.example', 'ftp://localhost']) {
      const { head } = await send(`${preflight}\nOrigin: ${origin}`);
      expect(head).not.toContain('access-control-allow-origin');
    }
    expect(gateway().logText().split('https://evil.example')).toHaveLength(2);
    expect(gateway().logText()).toContain('CORS_ORIGINS');
    const { head } = await send(
      `${preflight}\nOrigin: https://preflight-request.apollographql.com`,
    );
    expect(head).toContain(
      'access-control-allow-origin: https://preflight-request.apollographql.com',
    );
  });
});
