import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  CORE_OPTIONS,
  type CoreSession,
  createCoreClient,
  logInCore,
  type RawAnswer,
  type SendCore,
  sendRaw,
} from '../../support/core-client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { decodeUnverifiedToken } from '../../support/graphql-client.ts';

const APP = '/app/myapp-abcde';
const USERPASS = `${APP}/auth/providers/local-userpass`;

/** CORE parses error bodies only under exactly this type, and success bodies always. */
function expectJson(answer: RawAnswer, status: number): void {
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
}

function expectNothing(answer: RawAnswer, status = 204): void {
  expect(answer).toMatchObject({ status, text: '' });
  expect(answer.headers).not.toHaveProperty('content-type');
}

describeOnEveryStore('the raw HTTP of native SDKs', (provideStore) => {
  let gateway: TestGateway;
  let send: SendCore;
  let session: CoreSession;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createCoreClient(gateway.url);
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    session = await logInCore(send);
  });

  const accessToken = () => session.access_token;
  const refreshToken = () => session.refresh_token;

  test('row 1, location: a JSON content type on GET is no matter', async () => {
    const answer = await send('GET', `${APP}/location`);
    expectJson(answer, 200);
    expect(answer.json).toEqual({
      deployment_model: 'LOCAL',
      location: 'US-VA',
      hostname: gateway.url,
      ws_hostname: gateway.url.replace('http', 'ws'),
    });
  });

  test('row 2, log-in: the provider again in the body, and all four fields in the answer', async () => {
    const credentials = { username: `core-${Date.now()}@example.com`, password: 'correct horse' };
    const { username: email, password } = credentials;
    expectNothing(await send('POST', `${USERPASS}/register`, { body: { email, password } }), 201);
    const answer = await send('POST', `${USERPASS}/login`, {
      body: { options: CORE_OPTIONS, provider: 'local-userpass', ...credentials },
    });
    expectJson(answer, 200);
    expect(answer.json).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      user_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      device_id: expect.stringMatching(/^(?!0+$)[0-9a-f]{24}$/),
    });
  });

  test('row 2, the device: the id that the client goes by, or one of its own', async () => {
    const logIn = async (deviceId: unknown) => {
      const device = { ...CORE_OPTIONS.device, deviceId };
      const answer = await send('POST', '/app/myapp-abcde/auth/providers/anon-user/login', {
        body: { options: { device }, provider: 'anon-user' },
      });
      return String(answer.json.device_id);
    };
    expect(await logIn('63ed2dbe5960df2af7fd216e')).toBe('63ed2dbe5960df2af7fd216e');
    const given = [await logIn('0'.repeat(24)), await logIn('x'), await logIn(undefined)];
    expect(new Set(given).size).toBe(3);
    for (const id of given) expect(id).toMatch(/^(?!0+$)[0-9a-f]{24}$/);
  });

  test('row 2, as Stitch clients before 4.0 log in anonymously: by GET', async () => {
    const login = (provider: string) => `/app/myapp-abcde/auth/providers/${provider}/login`;
    const answer = await send('GET', `${login('anon-user')}?device=e30`);
    expectJson(answer, 200);
    expect(answer.json).toMatchObject({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      user_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    });
    expect((await send('GET', login('oauth2-google'))).status).toBeGreaterThanOrEqual(400);
  });

  test('row 3, profile', async () => {
    const answer = await send('GET', '/auth/profile', { token: accessToken() });
    expectJson(answer, 200);
    expect(answer.json).toMatchObject({
      user_id: session.user_id,
      domain_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      type: 'normal',
      identities: [
        {
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          provider_type: 'anon-user',
          provider_id: expect.stringMatching(/^[0-9a-f]{24}$/),
          provider_data: {},
        },
      ],
      data: {},
      custom_data: {},
    });
  });

  test('row 4, session: POST with a JSON content type and an empty body', async () => {
    const answer = await send('POST', '/auth/session', { token: refreshToken() });
    expectJson(answer, 201);
    expect(Object.keys(answer.json)).toEqual(['access_token']);
    expect(decodeUnverifiedToken(answer.json.access_token).sub).toBe(session.user_id);
  });

  test('row 5, log-out: DELETE with a JSON content type and an empty body', async () => {
    expectNothing(await send('DELETE', '/auth/session', { token: refreshToken() }));
    expectNothing(await send('DELETE', '/auth/session', { token: refreshToken() }));
    const refused = await send('POST', '/auth/session', { token: refreshToken() });
    expectJson(refused, 401);
    expect(refused.json.error_code).toBe('InvalidSession');
  });

  test('row 6, functions: arguments before the name, canonical Extended JSON both ways', async () => {
    const answer = await send('POST', `${APP}/functions/call`, {
      token: accessToken(),
      body: { arguments: [{ age: { $numberInt: '42' } }], name: 'writeCustomUserData' },
    });
    expectJson(answer, 200);
    expect(answer.json).toMatchObject({
      matchedCount: { $numberInt: '0' },
      upsertedId: { $oid: expect.stringMatching(/^[0-9a-f]{24}$/) },
    });
  });

  test.each([
    ['row 7, streaming', 'GET', `${APP}/functions/call?baas_request=e30%3D`],
    ['row 23, push', 'PUT', `${APP}/push/providers/gcm/registration`],
    ['row 23, push', 'DELETE', `${APP}/push/providers/gcm/registration`],
    ['log-in by redirect', 'GET', `${APP}/auth/providers/oauth2-google/login?redirect=x`],
  ])('%s: %s says that it is not supported', async (_row, method, path) => {
    const answer = await send(method, path, { token: accessToken() });
    expectJson(answer, 400);
    expect(answer.json).toMatchObject({
      error: expect.stringContaining('not supported'),
      error_code: 'BadRequest',
    });
  });

  test.each([
    ['oauth2-google', { authCode: 'x' }],
    ['oauth2-apple', { authCode: 'x' }],
    ['oauth2-facebook', { accessToken: 'x' }],
  ])('log-in with %s and %j says that it is not supported', async (provider, body) => {
    const answer = await send('POST', `${APP}/auth/providers/${provider}/login`, { body });
    expectJson(answer, 400);
    expect(answer.json).toMatchObject({
      error: expect.stringContaining('not supported'),
      error_code: 'BadRequest',
    });
  });

  describe('errors', () => {
    test('have a link whose id is that of the request', async () => {
      const answer = await send('POST', '/auth/session', { token: 'nonsense' });
      expectJson(answer, 401);
      expect(answer.json).toEqual({
        error: 'invalid session: The bearer token is malformed',
        error_code: 'InvalidSession',
        link: `${gateway.url}/logs?co_id=${answer.headers['x-request-id']}`,
      });
    });

    test('another app id: 404, as the original said it', async () => {
      for (const path of ['/app/other/location', '/app/other/functions/call']) {
        const answer = await send(path.endsWith('call') ? 'POST' : 'GET', path);
        expectJson(answer, 404);
        expect(answer.json.error).toBe("cannot find app using Client App ID 'other'");
      }
    });

    test('an unknown path: 404', async () => {
      for (const path of ['/nothing', `${APP}/nothing`]) expectJson(await send('GET', path), 404);
    });

    test.each([
      ['text', { 'content-type': 'text/plain' }, '{}', 400],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b', 415],
      ['broken JSON', { 'content-type': 'application/json' }, '{', 400],
      [
        'invalid UTF-8',
        { 'content-type': 'application/json' },
        Buffer.from([0x22, 0xff, 0x22]),
        400,
      ],
      ['an array', { 'content-type': 'application/json' }, '[]', 400],
      ['a number', { 'content-type': 'application/json' }, '1', 400],
    ])('%s as body: %j', async (_name, headers, body, status) => {
      const answer = await sendRaw(gateway.url, {
        method: 'POST',
        path: `/api/client/v2.0${USERPASS}/login`,
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        body,
      });
      expectJson(answer, status);
      expect(answer.json.error_code).toMatch(/^(BadRequest|InvalidParameter)$/);
    });

    test.each([
      [{ name: 'f', arguments: [{ $oid: 'no' }] }, 'InvalidParameter', '/arguments/0'],
      [{ name: 'f', arguments: [{ a: { $numberInt: 1 } }] }, 'InvalidParameter', '/arguments/0/a'],
      [{ name: 'f', arguments: {} }, 'InvalidParameter', 'arguments'],
      [{ name: 1 }, 'InvalidParameter', 'name'],
      [{ arguments: [] }, 'MissingParameter', 'name'],
      [{}, 'MissingParameter', 'name'],
    ])('the call %j is %s', async (body, code, where) => {
      const answer = await send('POST', `${APP}/functions/call`, { token: accessToken(), body });
      expectJson(answer, 400);
      expect(answer.json).toMatchObject({
        error_code: code,
        error: expect.stringContaining(where),
      });
    });
  });

  describe('paths and bodies', () => {
    test('double slashes count as one', async () => {
      const { url } = gateway;
      const answer = await sendRaw(url, {
        method: 'GET',
        path: `//api/client/v2.0//app/myapp-abcde/location`,
      });
      expectJson(answer, 200);
    });

    test.each([
      ['no body and no type', {}, undefined],
      ['a JSON type and no body', { 'content-type': 'application/json;charset=utf-8' }, ''],
      ['no options', { 'content-type': 'application/json' }, '{}'],
    ])('an anonymous log-in with %s', async (_name, headers, body) => {
      const answer = await sendRaw(gateway.url, {
        method: 'POST',
        path: `/api/client/v2.0${APP}/auth/providers/anon-user/login`,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      expectJson(answer, 200);
    });

    test('an unknown provider: 404', async () => {
      const answer = await send('POST', `${APP}/auth/providers/mongodb-cloud/login`, { body: {} });
      expectJson(answer, 404);
      expect(answer.json.error_code).toBe('AuthProviderNotFound');
    });
  });
});
