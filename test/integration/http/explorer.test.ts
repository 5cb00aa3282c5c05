/** What browsers get at `/`, and what programs do. */
import { writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import {
  createTemporaryDirectory,
  startGateway,
  useEmbeddedGateway,
} from '../../support/gateway.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
/** `fetch` would decode it. */
async function sendRaw(url: string, path: string, headers: Record<string, string>) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}${path}`, { headers }, resolve).on('error', reject);
  });
  return { headers: answer.headers, body: await buffer(answer) };
}

const ASSET = /(?:src|href)="(assets\/[^"]+)"/g;

describe('the explorer', () => {
  const gateway = useEmbeddedGateway();
  const open = (path: string, headers: Record<string, string> = BROWSER) =>
    fetch(`${gateway().url}${path}`, { headers, redirect: 'manual' });

  test('is what a browser gets at /, and is never kept', async () => {
    const response = await open('/');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toMatch(/\baccept\b/i);
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await response.text()).toContain('<title>Explorer of myapp-abcde</title>');
  });

  test('runs nothing, loads nothing and calls nothing that is not of this gateway', async () => {
    const policy = (await open('/')).headers.get('content-security-policy') ?? '';
    expect(policy.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      "trusted-types 'none'",
    ]);
  });

  test('consists of files that browsers keep for ever, in the best coding that they take', async () => {
    const page = await (await open('/')).text();
    const paths = [...page.matchAll(ASSET)].map(([, path]) => `/${path}`);
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const plain = await sendRaw(gateway().url, path, { 'accept-encoding': 'br;q=0, identity' });
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(plain.headers['vary']).toMatch(/accept-encoding/);
      expect(plain.headers['content-type']).toMatch(/^text\/(?:javascript|css); charset=utf-8$/);
      const brotli = await sendRaw(gateway().url, path, { 'accept-encoding': 'gzip, deflate, br' });
      expect(brotli.headers['content-encoding']).toBe('br');
      expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
      const gzip = await sendRaw(gateway().url, path, { 'accept-encoding': 'gzip;q=1.0, br;q=0' });
      expect(gzip.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    }
  });

  test('comes to at most 300 kB compressed', async () => {
    const page = await (await open('/')).text();
    const sizes = [...page.matchAll(ASSET)].map(async ([, path]) => {
      const { body } = await sendRaw(gateway().url, `/${path}`, { 'accept-encoding': 'gzip' });
      return body.length;
    });
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, page.length);
    expect(bytes).toBeLessThanOrEqual(300_000);
  });

  test.each(['/assets/pages.json', '/assets/..%2fpages.json', '/assets/nothing.js', '/assets/'])(
    'there is nothing else: %s',
    async (path) => {
      const response = await open(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        errors: [{ extensions: { code: 'BAD_REQUEST' } }],
      });
    },
  );

  test('is where a browser that opens the endpoint is led, and programs are not', async () => {
    const led = await open('/graphql');
    expect([led.status, led.headers.get('location')]).toEqual([302, './']);
    const withOperation = await open('/graphql?query=%7Bme%7Bid%7D%7D&access_token=a');
    expect(withOperation.headers.get('location')).toBe('./#query=%7Bme%7Bid%7D%7D');
    const answer = await open('/graphql?query=%7Bme%7Bid%7D%7D', {
      accept: 'application/json',
      'apollo-require-preflight': 'yes',
    });
    expect(await answer.json()).toEqual({ data: { me: null } });
  });

  test('a program gets the list of addresses', async () => {
    const response = await open('/', { accept: '*/*' });
    expect(response.headers.get('vary')).toMatch(/\baccept\b/i);
    expect(await response.json()).toMatchObject({ graphql: '/graphql', metrics: '/metrics' });
  });

  test('Apollo Sandbox is at /sandbox and asks the endpoint beside it', async () => {
    const text = await (await open('/sandbox')).text();
    expect(text).toContain("initialEndpoint: new URL('graphql', location.href).href");
    expect(text).toContain('includeCookies: false');
  });
});

describe.each([
  ['EXPLORER=false', { EXPLORER: 'false' }, false],
  ['INTROSPECTION=false', { INTROSPECTION: 'false' }, false],
  ['both', { EXPLORER: 'true', INTROSPECTION: 'false' }, true],
])('with %s', (_what, settings, isThere) => {
  const gateway = useEmbeddedGateway(settings);
  const open = (path: string) =>
    fetch(`${gateway().url}${path}`, { headers: BROWSER, redirect: 'manual' });

  test(`the explorer is ${isThere ? '' : 'not '}there`, async () => {
    const front = await open('/');
    expect(front.status).toBe(200);
    expect(front.headers.get('content-type')).toMatch(
      isThere ? /^text\/html/ : /^application\/json/,
    );
    expect((await open('/sandbox')).status).toBe(isThere ? 200 : 404);
    expect((await open('/graphql')).status).toBe(isThere ? 302 : 400);
  });
});

describe('with a schema', () => {
  const SCHEMA = {
    type: 'object',
    properties: {
      nickname: { type: 'string', description: 'What others call the user' },
      riskScore: { type: 'number', readOnly: true, writeOnly: true },
    },
  };

  test.each([
    ['true', ['nickname']],
    ['false', undefined],
  ])('and INTROSPECTION=%s the page is told of the fields %j', async (introspection, names) => {
    const directory = await createTemporaryDirectory();
    const file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify(SCHEMA));
    const gateway = await startGateway({
      DATA_DIR: directory.path,
      CUSTOM_DATA_SCHEMA_FILE: file,
      EXPLORER: 'true',
      INTROSPECTION: introspection,
    });
    const page = await (await fetch(`${gateway.url}/`, { headers: BROWSER })).text();
    await gateway.stop();
    await directory.remove();
    const [, encoded = ''] = /data-settings="([^"]*)"/.exec(page) ?? [];
    const { fields } = JSON.parse(
      encoded.replace(/&#(\d+);/g, (_match, code) => String.fromCodePoint(Number(code))),
    );
    expect(fields?.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(page).not.toContain('riskScore');
  });
});
