import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Binary, Int32 } from '../../../../../src/bson.ts';
import { runSource } from '../../../../support/function-runner.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Status and headers of the paths that answer otherwise than others. */
const ANSWERS: Readonly<Record<string, [number, Record<string, string | string[]>]>> = {
  '/redirect': [302, { location: '/there' }],
  '/missing': [404, {}],
  '/cookies': [200, { 'set-cookie': ['a=1; Path=/', 'b=2'] }],
};

describe('context.http', () => {
  let server: Server;
  let url: string;
  let seen: Seen[] = [];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { headers, method, url: path } = request;
      seen.push({ method, url: path, headers, body: Buffer.concat(chunks).toString() });
      const [status, answerHeaders] = ANSWERS[path ?? ''] ?? [200, { 'x-answer': 'yes' }];
      response.writeHead(status, answerHeaders);
      if (path === '/large') response.end(Buffer.alloc(17 * 1024 * 1024));
      else response.end('{"a": {"$numberLong": "1"}}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const run = async (method: string, request: object | string, then = 'response') => {
    seen = [];
    return runSource(
      `exports = async (request) => {
        const response = await context.http.${method}(request);
        return ${then};
      }`,
      { args: [request] },
    );
  };

  test('answers in the shape of App Services', async () => {
    const { result } = await run('get', { url: `${url}/` });
    expect(result).toMatchObject({
      status: '200 OK',
      statusCode: new Int32(200),
      headers: { 'X-Answer': ['yes'] },
      cookies: {},
      body: new Binary(Buffer.from('{"a": {"$numberLong": "1"}}')),
    });
    const parsed = await run('get', { url }, 'EJSON.parse(response.body.text())');
    expect(parsed.result).toEqual({ a: new Int32(1) });
  });

  test('does not throw for an answer that says no', async () => {
    const { result } = await run('get', { url: `${url}/missing` }, 'response.status');
    expect(result).toBe('404 Not Found');
  });

  test.each(['post', 'put', 'patch', 'delete'])(
    '%s sends a body as Extended JSON',
    async (method) => {
      const body = { a: new Binary(Buffer.from([1])), b: 'x' };
      await run(method, { url, body, encodeBodyAsJSON: true });
      expect(seen[0]).toMatchObject({
        method: method.toUpperCase(),
        headers: { 'content-type': 'application/json' },
      });
      expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
        a: { $binary: { base64: 'AQ==', subType: '00' } },
        b: 'x',
      });
    },
  );

  test('sends text and bytes as they are, and headers with several values', async () => {
    await run('post', {
      url,
      body: 'text',
      headers: { 'X-A': ['1', '2'], 'Content-Type': ['text/css'] },
    });
    expect(seen[0]).toMatchObject({
      body: 'text',
      headers: { 'x-a': '1, 2', 'content-type': 'text/css' },
    });
    await run('post', { url, body: new Binary(Buffer.from('bytes')) });
    expect(seen[0]?.body).toBe('bytes');
  });

  test('sends no body with get and head', async () => {
    await run('get', { url, body: { a: 1 }, encodeBodyAsJSON: true });
    expect(seen[0]?.body).toBe('');
    const { result } = await run('head', { url }, 'response.body.text()');
    expect(result).toBe('');
  });

  test('sends a form as multipart/form-data', async () => {
    await run('post', {
      url,
      form: { to: 'a' },
      headers: { 'Content-Type': ['multipart/form-data'] },
    });
    expect(seen[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(seen[0]?.body).toContain('name="to"\r\n\r\na');
  });

  test('builds the URL from its parts', async () => {
    const { host } = new URL(url);
    await run('get', { scheme: 'http', host, path: '/p', query: { a: ['1', '2'], b: 'x y' } });
    expect(seen[0]?.url).toBe('/p?a=1&a=2&b=x+y');
  });

  test('sends user name and password, given or in the URL, and cookies', async () => {
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    await run('get', { url, username: 'me', password: 'p@ss', cookies: { a: '1', b: '2' } });
    expect(seen[0]?.headers).toMatchObject({ authorization: basic, cookie: 'a=1; b=2' });
    await run('get', { url: url.replace('//', '//me:p%40ss@') });
    expect(seen[0]?.headers.authorization).toBe(basic);
  });

  test('follows a redirect only if asked to', async () => {
    expect((await run('get', { url: `${url}/redirect` }, 'response.statusCode')).result).toEqual(
      new Int32(302),
    );
    const request = { url: `${url}/redirect`, followRedirects: true };
    expect((await run('get', request, 'response.statusCode')).result).toEqual(new Int32(200));
    expect(seen.map(({ url: path }) => path)).toEqual(['/redirect', '/there']);
  });

  test('reads cookies', async () => {
    const { result } = await run('get', { url: `${url}/cookies` }, 'response.cookies');
    expect(result).toEqual({ a: { value: '1' }, b: { value: '2' } });
  });

  test.each<[string, object, string]>([
    ['an answer that is too large', { path: '/large' }, 'The answer is larger than 16777216 bytes'],
    ['digest authentication', { digestAuth: true }, 'context.http does not support "digestAuth"'],
    ['an object as the body', { body: {} }, '"body" must be a string or binary'],
    ['a URL that is none', { url: 'http://[' }, 'Invalid URL'],
    ['a server that is not there', { url: 'http://127.0.0.1:1' }, 'fetch failed'],
  ])('fails for %s', async (_what, request, message) => {
    const { path = '', ...rest } = request as { path?: string };
    const { failure } = await run('post', { url: `${url}${path}`, ...rest });
    expect(failure?.message).toContain(message);
  });
});
