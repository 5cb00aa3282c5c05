/** The example of server rendering: tokens in cookies, and who somebody is from a verified token alone. */
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Hono } from 'hono';
import { serveExample } from '../../support/example-site.ts';
import { useEmbeddedGateway } from '../../support/gateway.ts';

const EXAMPLE = new URL('../../../examples/server-rendered/app.js', import.meta.url).href;
const ORIGIN = 'http://localhost';
const APP_ID = 'myapp-abcde';

describe('server rendering', () => {
  // Every token is about to expire, so each page begins with a refresh.
  const gateway = useEmbeddedGateway({ ACCESS_TOKEN_TTL: '1m' });
  let create: (options: object) => Hono;
  let app: Hono;
  let cookies: Map<string, string>;
  /** Root fields that the app has asked the gateway for. */
  let asked: string[];

  beforeAll(async () => {
    create = (await import(EXAMPLE)).createApp;
  });
  beforeEach(async () => {
    const { url } = gateway();
    asked = [];
    cookies = new Map();
    const counting: typeof fetch = (address, init) => {
      asked.push(/\{\s*(\w+)/.exec(JSON.parse(String(init?.body)).query)?.[1] ?? '');
      return fetch(address, init);
    };
    app = create({ gateway: url, issuer: url, audience: APP_ID, fetch: counting });
  });

  /** As a browser does: cookies are sent, and those that come are kept. */
  async function visit(path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, origin: ORIGIN };
    const body = form && new URLSearchParams(form);
    const answer = await app.request(`${ORIGIN}${path}`, {
      ...{ headers, method: form ? 'POST' : 'GET' },
      ...(body ? { body } : {}),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
  const see = async () => (await visit('/')).text();
  const userOf = (text: string) => /User ([0-9a-f]{24})/.exec(text)?.[1];

  test('cookies are of this host alone, over HTTPS, and no script reads them', async () => {
    const answer = await visit('/log-in', {});
    const lines = answer.headers.getSetCookie().filter((line) => !/Max-Age=0/i.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-session-\d=/);
      expect(line.split('; ')).toEqual(
        expect.arrayContaining(['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax']),
      );
      // RFC 6265 section 6.1
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
    }
  });

  test('what is written is on the next page, of the caller alone and kept by nobody', async () => {
    await visit('/log-in', {});
    const revision = /name="revision" type="hidden" value="([^"]*)"/.exec(await see())?.[1] ?? '';
    const saved = await visit('/settings', { nickname: '<b>Ada</b>', revision });
    expect(saved.status).toBe(303);
    const page = await visit('/');
    expect(page.headers.get('cache-control')).toBe('private, no-store');
    expect(await page.text()).toContain('value="&lt;b&gt;Ada&lt;/b&gt;"');
  });

  test('a session longer than a cookie is in several, of which none is left by a shorter one', async () => {
    await visit('/log-in', {});
    const before = [...cookies.keys()];
    const long = 'x'.repeat(4000);
    expect((await visit('/settings', { nickname: long, revision: '' })).status).toBe(303);
    const page = await see();
    expect(page).toContain(long);
    expect(cookies.size).toBeGreaterThan(before.length);
    const revision = /name="revision" type="hidden" value="([^"]*)"/.exec(page)?.[1] ?? '';
    await visit('/settings', { nickname: 'short', revision });
    expect([...cookies.keys()]).toEqual(before);
    expect(await see()).toContain('value="short"');
  });

  test('ten requests at once share one refresh', async () => {
    await visit('/log-in', {});
    asked = [];
    const pages = await Promise.all(Array.from({ length: 10 }, see));
    expect(new Set(pages.map(userOf)).size).toBe(1);
    expect(userOf(pages[0] ?? '')).toMatch(/^[0-9a-f]{24}$/);
    expect(asked).toEqual(['refreshSession']);
  });

  test('a token that nobody has signed shows nobody', async () => {
    await visit('/log-in', {});
    const owner = userOf(await see());
    const name = '__Host-session-0';
    const [head, payload, ...rest] = (cookies.get(name) ?? '').split('.');
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    const other = 'f'.repeat(24);
    const text = JSON.stringify({ ...claims, sub: other, exp: claims.exp + 3600 });
    const forged = [head, Buffer.from(text).toString('base64url'), ...rest].join('.');
    cookies.set(name, forged);
    // The refresh token still says who it is.
    expect(userOf(await see())).toBe(owner);
    cookies.set(name, forged.replace(/~.*/, '~none'));
    expect(userOf(await see())).toBeUndefined();
    expect(cookies.size).toBe(0);
  });

  test('who logs out has no cookie, and the session has ended', async () => {
    await visit('/log-in', {});
    const before = new Map(cookies);
    await visit('/log-out', {});
    expect(cookies.size).toBe(0);
    cookies = before;
    expect(userOf(await see())).toBeUndefined();
  });

  test('a gateway that does not answer logs nobody out', async () => {
    await visit('/log-in', {});
    const before = new Map(cookies);
    const { url } = gateway();
    const down = () => Promise.reject(new TypeError('fetch failed'));
    app = create({ gateway: url, issuer: url, audience: APP_ID, fetch: down });
    expect((await visit('/')).status).toBe(500);
    expect(cookies).toEqual(before);
  });

  test('a form of another site changes nothing', async () => {
    await visit('/log-in', {});
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await app.request(`${ORIGIN}/settings`, {
      method: 'POST',
      headers: { cookie, origin: 'https://evil.example' },
      body: new URLSearchParams({ nickname: 'theirs', revision: '' }),
    });
    expect(answer.status).toBe(403);
    expect(await see()).not.toContain('theirs');
  });

  test('it is served as its README says', async () => {
    const { address, stop } = await serveExample('server-rendered');
    const page = await fetch(address);
    expect({ status: page.status, text: await page.text() }).toMatchObject({
      status: 200,
      text: expect.stringContaining('action="/log-in"'),
    });
    await stop();
  });
});
