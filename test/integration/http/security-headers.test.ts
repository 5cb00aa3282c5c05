/** What browsers are told of every answer, and whom the gateway answers at all. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  createTemporaryDirectory,
  startGateway,
  useEmbeddedGateway,
} from '../../support/gateway.ts';

const REALM = '/api/client/v2.0';
/** The pages that mails lead to are there. */
const PAGES = {
  EMAIL_CONFIRMATION: 'email',
  SMTP_URL: 'smtp://127.0.0.1:1',
  EMAIL_FROM: 'no-reply@example.com',
};

/** Sends text to the letter, and gives status, headers (in small letters) and body. */
async function send(url: string, text: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text.replaceAll('\n', '\r\n'));
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
}

const get = (path: string, more = '') =>
  `GET ${path} HTTP/1.1\nHost: localhost\nConnection: close\n${more}\n`;
const ASK = '{"query":"{ me { id } }"}';
const post = (path: string, body: string, more = '') =>
  `POST ${path} HTTP/1.1\nHost: localhost\nConnection: close\nContent-Type: application/json\n` +
  `Content-Length: ${body.length}\n${more}\n${body}`;

describe('every answer says that it is not to be taken for another type', () => {
  const gateway = useEmbeddedGateway({ METRICS_TOKEN: 'let-me-see', ...PAGES });

  test.each([
    ['an answer', post('/graphql', ASK), 200],
    ['the same one, kept', post('/graphql', ASK), 200],
    ['an error of GraphQL', post('/graphql', '{"query":"{ nothing }"}'), 400],
    ['broken JSON', post('/graphql', '{'), 400],
    ['a foreign method', `DELETE ${post('/graphql', '').slice(5)}`, 405],
    ['the way to the explorer', get('/graphql', 'Accept: text/html\n'), 302],
    ['the page of Apollo Sandbox', get('/sandbox', 'Accept: text/html\n'), 200],
    ['the front door', get('/'), 200],
    ['the explorer', get('/', 'Accept: text/html\n'), 200],
    ['a file of a page that is not there', get('/assets/nothing.js'), 404],
    ['health', get('/health/live'), 200],
    ['the metrics, refused', get('/metrics'), 401],
    ['the metrics', get('/metrics', 'Authorization: Bearer let-me-see\n'), 200],
    ['the keys', get('/.well-known/jwks.json'), 200],
    ['a page', get('/email/confirm?token=a&tokenId=b'), 200],
    ['nothing here', get('/nowhere'), 404],
    ['a path that cannot be read', get('/%zz'), 400],
    ['App Services', get(`${REALM}/app/myapp-abcde/location`), 200],
    ['an error of App Services', get(`${REALM}/app/other/location`), 404],
    ['a path of App Services that cannot be read', get(`${REALM}/%zz`), 400],
    ['an answer without a body', `OPTIONS ${get('/graphql').slice(4)}`, 405],
    [
      'a preflight',
      `OPTIONS ${get('/graphql', 'Origin: http://localhost:1\nAccess-Control-Request-Method: POST\n').slice(4)}`,
      204,
    ],
    ['what is no HTTP', 'nonsense\n\n', 400],
    ['too many headers', get('/', `X-A: ${'a'.repeat(90_000)}\n`), 431],
    ['a header that is too long', get('/', `Content-Type: ${'a'.repeat(300)}\n`), 431],
    ['a foreign host', get('/').replace('localhost', 'evil.example'), 421],
    ['an expectation', get('/', 'Expect: wonders\n'), 417],
  ])('%s', async (_what, text, status) => {
    const answer = await send(gateway().url, text);
    expect(answer.status).toBe(status);
    expect(answer.head.match(/x-content-type-options: nosniff\r\n/g)).toHaveLength(1);
  });
});

describe('a page', () => {
  const gateway = useEmbeddedGateway(PAGES);

  const policyOf = async (path: string) => {
    const headers = { accept: 'text/html' };
    const response = await fetch(`${gateway().url}${path}`, { headers });
    const policy = response.headers.get('content-security-policy') ?? '';
    const parts = policy.split('; ').map((part) => [part.split(' ')[0], part] as const);
    return { of: new Map(parts), text: await response.text() };
  };

  test.each(['/', '/email/confirm', '/email/reset-password', '/sandbox'])(
    "%s is shown in nobody's frame and loads nothing that is not named",
    async (path) => {
      const { of } = await policyOf(path);
      expect(of.get('frame-ancestors')).toBe("frame-ancestors 'none'");
      expect(of.get('default-src')).toBe("default-src 'none'");
      expect(of.get('base-uri')).toBe("base-uri 'none'");
    },
  );

  test('of Apollo Sandbox runs the scripts that it names by its nonce, no others', async () => {
    const { of, text } = await policyOf('/sandbox');
    const scripts = of.get('script-src') ?? '';
    const [, nonce = ''] = /'nonce-([\w-]{24})'/.exec(scripts) ?? [];
    expect(text).toContain(`<script nonce="${nonce}" src="https://embeddable-sandbox.cdn`);
    expect(scripts).not.toContain('unsafe');
    expect(of.get('connect-src')).toBe("connect-src 'self'");
    expect((await policyOf('/sandbox')).text).not.toContain(nonce);
  });
});

describe('a gateway on a loopback address', () => {
  const gateway = useEmbeddedGateway({ PUBLIC_URL: 'https://data.example.com' });
  const asked = (host: string, text = post('/graphql', ASK)) =>
    send(gateway().url, text.replace('Host: localhost', `Host: ${host}`));

  test.each([
    'localhost:4000',
    'x.localhost',
    '127.0.0.1',
    '[::1]:80',
    '10.1.2.3',
    'data.example.com',
  ])('answers for %s', async (host) => {
    expect((await asked(host)).status).toBe(200);
  });

  test('refuses the name that a stranger gave its address, on every path and protocol', async () => {
    const paths = ['/', '/graphql', '/metrics', '/health/live', '/nowhere'];
    for (const path of paths) {
      const answer = await asked('evil.example', get(path));
      expect([path, answer.status]).toEqual([path, 421]);
      expect(JSON.parse(answer.body).errors[0].extensions.code).toBe('BAD_REQUEST');
    }
    const realm = await asked('evil.example', get(`${REALM}/app/myapp-abcde/location`));
    expect([realm.status, JSON.parse(realm.body).error_code]).toEqual([421, 'BadRequest']);
  });

  test('refuses it also where the answer is kept for others', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect((await asked('localhost')).status).toBe(200);
      expect((await asked('evil.example')).status).toBe(421);
    }
  });

  test('takes a request of HTTP 1.0, which needs no host', async () => {
    expect((await send(gateway().url, 'GET /health/live HTTP/1.0\n\n')).status).toBe(200);
  });
});

test('a gateway that others reach answers for every host', async () => {
  const directory = await createTemporaryDirectory();
  const gateway = await startGateway({ HOST: '0.0.0.0', DATA_DIR: directory.path });
  const text = get('/health/live').replace('localhost', 'anything.example');
  expect((await send(gateway.url, text)).status).toBe(200);
  await gateway.stop();
  await directory.remove();
});

describe('with METRICS_TOKEN', () => {
  const gateway = useEmbeddedGateway({ METRICS_TOKEN: 'let-me-see' });

  test.each([
    ['nobody', undefined, 'TOKEN_MISSING'],
    ['another token', 'Bearer let-me-sef', 'TOKEN_INVALID'],
    ['a part of it', 'Bearer let-me', 'TOKEN_INVALID'],
    ['another scheme', 'Basic let-me-see', 'TOKEN_MALFORMED'],
  ])('the metrics are refused to %s', async (_who, authorization, reason) => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await fetch(`${gateway().url}/metrics`, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const body = (await response.json()) as { errors: { extensions: object }[] };
    expect(body.errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason });
  });

  test('whoever has it reads them', async () => {
    const headers = { authorization: 'Bearer let-me-see' };
    const response = await fetch(`${gateway().url}/metrics`, { headers });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('process_cpu_seconds_total');
  });
});

describe('browsers of any origin', () => {
  const gateway = useEmbeddedGateway({ CORS_ORIGINS: '*' });

  test('are never told to send credentials along', async () => {
    const headers = { origin: 'https://anywhere.example', 'content-type': 'application/json' };
    const response = await fetch(`${gateway().url}/graphql`, {
      method: 'POST',
      headers,
      body: ASK,
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://anywhere.example');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
