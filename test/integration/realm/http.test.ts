import { describe, expect, test } from '@jest/globals';
import { createCoreClient, logInCore, sendRaw } from '../../support/core-client.ts';
import { useEmbeddedGateway } from '../../support/gateway.ts';

const PREFIX = '/api/client/v2.0';
const ORIGIN = 'https://app.example.com';

describe('the client protocol over HTTP', () => {
  const gateway = useEmbeddedGateway({ CORS_ORIGINS: ORIGIN });

  test.each([
    ['POST', '/app/myapp-abcde/auth/providers/anon-user/login'],
    ['GET', '/auth/profile'],
    ['DELETE', '/auth/session'],
    ['PUT', '/auth/api_keys/63ed2dbe5960df2af7fd216e/enable'],
    ['POST', '/app/myapp-abcde/graphql'],
    ['GET', '/app/myapp-abcde/location'],
  ])('a browser may send %s %s', async (method, path) => {
    const { status, headers } = await sendRaw(gateway().url, {
      method: 'OPTIONS',
      path: `${PREFIX}${path}`,
      headers: {
        origin: ORIGIN,
        'access-control-request-method': method,
        'access-control-request-headers': 'accept,authorization,content-type',
      },
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(ORIGIN);
    expect(headers['access-control-allow-methods']).toContain(method);
    expect(headers['access-control-allow-headers']).toBe('accept,authorization,content-type');
  });

  test('a browser may read errors, but only a page of an allowed origin', async () => {
    const ask = (origin: string) =>
      sendRaw(gateway().url, {
        method: 'GET',
        path: `${PREFIX}/auth/profile`,
        headers: { origin },
      });
    const allowed = await ask(ORIGIN);
    expect(allowed.status).toBe(401);
    expect(allowed.headers['access-control-allow-origin']).toBe(ORIGIN);
    const other = await ask('https://elsewhere.example.com');
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('no answer is for a cache', async () => {
    const { headers } = await sendRaw(gateway().url, {
      method: 'GET',
      path: `${PREFIX}/app/myapp-abcde/location`,
    });
    expect(headers['cache-control']).toBe('no-store');
  });

  test('the log holds no token, in whatever place it came, and no body', async () => {
    const send = createCoreClient(gateway().url);
    const { access_token: token, refresh_token: refreshToken } = await logInCore(send);
    const call = '/app/myapp-abcde/functions/call';
    await send('GET', `${call}?baas_request=e30%3D&baas_at=${token}`);
    const body = {
      name: 'writeCustomUserData',
      arguments: [{ secret: 'only the store may know' }],
    };
    await send('POST', call, { token, body });
    await send('POST', '/auth/session', { token: refreshToken });
    await send('POST', '/app/myapp-abcde/auth/providers/local-userpass/login', {
      body: { username: 'logged@example.com', password: 'logged password' },
    });
    const log = gateway().logText();
    expect(log).toContain('"route":"/api/client/v2.0/app/:appId/functions/call"');
    expect(log).not.toMatch(/eyJ[\w-]{10,}/);
    expect(log).not.toMatch(/baas_at|only the store|logged@|logged password/);
  });
});
