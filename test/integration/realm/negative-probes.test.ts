/**
 * Answers that break realm-web, each observed: first the answer is spoilt on its way, to prove that it
 * does break the client, then the gateway's own is shown not to be like that.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';

/** Changes an answer on its way to the client. */
interface Spoiler {
  /** End of the path whose answer it changes. */
  readonly path: string;
  readonly spoil: (body: Record<string, unknown>) => unknown;
  readonly status?: number;
  readonly contentType?: string;
}

/** Replaces claims of an access token; no client verifies signatures. */
function withClaims(token: unknown, claims: object): string {
  const [header, payload = '', signature] = String(token).split('.');
  const decoded = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const changed = Buffer.from(JSON.stringify({ ...decoded, ...claims })).toString('base64url');
  return `${header}.${changed}.${signature}`;
}

describeOnEveryStore('negative probes', (provideStore) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  afterAll(() => gateway.stop());

  function createSpoilt({ path, spoil, status, contentType }: Spoiler): RealmClient {
    const send: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (!String(input).endsWith(path)) return answer;
      const text = await answer.text();
      const body = spoil(text === '' ? {} : JSON.parse(text));
      const type = contentType ?? answer.headers.get('content-type') ?? 'application/json';
      return new Response(body === '' ? '' : JSON.stringify(body), {
        status: status ?? answer.status,
        headers: { 'content-type': type },
      });
    };
    return createRealmClient(gateway.url, { send });
  }

  const logIn = ({ app }: RealmClient, fetchProfile = true) =>
    app.logIn(Credentials.anonymous(false), fetchProfile);

  test('a device id that is not hexadecimal breaks the next log-in', async () => {
    const spoilt = createSpoilt({
      path: '/login',
      spoil: (body) => ({ ...body, device_id: 'abc' }),
    });
    await logIn(spoilt);
    await expect(logIn(spoilt)).rejects.toThrow(/12 bytes|24 hex/);

    const client = createRealmClient(gateway.url);
    const first = await logIn(client);
    const second = await logIn(client);
    expect(second.id).not.toBe(first.id);
  });

  test('an exp that is not a JSON number breaks customData', async () => {
    const spoilt = createSpoilt({
      path: '/login',
      spoil: (body) => ({
        ...body,
        access_token: withClaims(body.access_token, { exp: { $numberLong: '1' } }),
      }),
    });
    const broken = await logIn(spoilt, false);
    expect(() => broken.customData).toThrow("Failed to decode access token 'exp'");

    const user = await logIn(createRealmClient(gateway.url));
    expect(user.customData).toEqual({});
  });

  test('a user_data of null is customData of null', async () => {
    const spoilt = createSpoilt({
      path: '/login',
      spoil: (body) => ({
        ...body,
        access_token: withClaims(body.access_token, { user_data: null }),
      }),
    });
    expect((await logIn(spoilt, false)).customData).toBeNull();

    const user = await logIn(createRealmClient(gateway.url));
    expect(user.customData).toEqual({});
    const { accessToken } = user;
    const payload = Buffer.from(accessToken?.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(payload)).not.toHaveProperty('user_data');
  });

  test.each([
    ['without a type', { type: undefined }],
    ['with data of null', { data: null }],
    ['without identities', { identities: undefined }],
  ])('a profile %s breaks the log-in', async (_name, members) => {
    const spoilt = createSpoilt({ path: '/profile', spoil: (body) => ({ ...body, ...members }) });
    await expect(logIn(spoilt)).rejects.toThrow(/^Expected/);

    const user = await logIn(createRealmClient(gateway.url));
    expect(user.identities).toHaveLength(1);
    expect(user.profile).toEqual({});
  });

  test('an empty answer of a JSON type breaks the call', async () => {
    const spoilt = createSpoilt({ path: '/auth/session', spoil: () => '', status: 200 });
    const broken = await logIn(spoilt);
    await expect(broken.logOut()).rejects.toThrow('Unexpected end of JSON input');

    const client = createRealmClient(gateway.url);
    const user = await logIn(client);
    client.takeRequests();
    await user.logOut();
    expect(client.takeRequests()).toEqual([
      { method: 'DELETE', path: '/auth/session', status: 204, contentType: null },
    ]);
  });

  test('a function result as text breaks the call', async () => {
    const spoilt = createSpoilt({
      path: '/functions/call',
      spoil: (body) => body,
      contentType: 'text/plain',
    });
    const broken = await logIn(spoilt);
    await expect(broken.callFunction('writeCustomUserData', {})).rejects.toThrow(
      'Expected JSON response, got "text/plain"',
    );

    const user = await logIn(createRealmClient(gateway.url));
    await expect(user.callFunction('writeCustomUserData', {})).resolves.toMatchObject({
      matchedCount: 0,
    });
  });

  describe('401 InvalidSession', () => {
    const refuse = () => ({ error: 'invalid session', error_code: 'InvalidSession' });

    test('as text/json is no reason to refresh, and an error without a code', async () => {
      const spoilt = createSpoilt({
        path: '/functions/call',
        spoil: refuse,
        status: 401,
        contentType: 'text/json',
      });
      const broken = await logIn(spoilt);
      spoilt.takeRequests();
      const call = broken.callFunction('writeCustomUserData', {});
      await expect(call).rejects.toMatchObject({ errorCode: undefined });
      expect(spoilt.takeRequests()).toHaveLength(1);

      const client = createRealmClient(gateway.url);
      const user = await logIn(client);
      user.accessToken = 'old';
      client.takeRequests();
      await user.callFunction('writeCustomUserData', {});
      expect(client.takeRequests().map(({ status, contentType }) => [status, contentType])).toEqual(
        [
          [401, 'application/json'],
          [201, 'application/json'],
          [200, 'application/json'],
        ],
      );
    });

    test('to every call is an endless loop', async () => {
      const spoilt = createSpoilt({ path: '/functions/call', spoil: refuse, status: 401 });
      const broken = await logIn(spoilt);
      await expect(broken.callFunction('writeCustomUserData', {})).rejects.toThrow('looping');
    });
  });

  test('401 unauthorized to a link is an endless loop', async () => {
    const spoilt = createSpoilt({
      path: '/login?link=true',
      spoil: () => ({ error: 'unauthorized', error_code: 'AuthError' }),
      status: 401,
    });
    const credentials = Credentials.emailPassword('nobody@example.com', 'wrong password');
    const broken = await logIn(spoilt);
    await expect(broken.linkCredentials(credentials)).rejects.toThrow('looping');

    const client = createRealmClient(gateway.url);
    const user = await logIn(client);
    client.takeRequests();
    await expect(user.linkCredentials(credentials)).rejects.toMatchObject({
      statusCode: 400,
      errorCode: 'InvalidPassword',
    });
    expect(client.takeRequests()).toHaveLength(1);
  });
});
