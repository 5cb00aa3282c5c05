/** How often strangers may guess and make things, over real HTTP, on both protocols, with several gateways. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS } from '../../support/account-operations.ts';
import { postRealmFrom, sendFrom } from '../../support/from-address.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { OPERATIONS } from '../../support/graphql-client.ts';

const PASSWORD = 'correct horse';
const ADA = 'ada@example.com';

describeOnEveryStore('what strangers may do', (provideStore) => {
  const running: TestGateway[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
  });
  const start = async (env: TestEnv = {}) => {
    const gateway = await startGateway({
      ...provideStore().env,
      TRUST_PROXY: '1',
      PUBLIC_URL: 'http://gateway.example',
      ...env,
    });
    running.push(gateway);
    return gateway;
  };
  const logIn = (url: string, from: string, password: string, email = ADA) =>
    sendFrom(url, from, OPERATIONS.logIn, { credentials: { emailPassword: { email, password } } });
  const logInAsRealm = (url: string, from: string, password: string, username = ADA) =>
    postRealmFrom(url, from, '/local-userpass/login', { username, password });
  const register = async (url: string, email = ADA) => {
    const from = '10.0.0.1';
    const { code } = await sendFrom(url, from, OPERATIONS.registerUser, {
      email,
      password: PASSWORD,
    });
    expect([undefined, 'ACCOUNT_EXISTS']).toContain(code);
  };

  test('by default ten wrong passwords of an account, however spelled, on both protocols together', async () => {
    const { url, takeStoreOperations } = await start({ RATE_LIMITS: undefined });
    await register(url);
    for (let index = 0; index < 5; index += 1) {
      expect((await logIn(url, '192.0.2.1', 'wrong')).code).toBe('INVALID_CREDENTIALS');
      expect((await logInAsRealm(url, '192.0.2.1', 'wrong', 'Ada@Example.com')).status).toBe(401);
    }
    takeStoreOperations();
    const refused = await logIn(url, '192.0.2.1', PASSWORD);
    expect([refused.code, refused.status]).toEqual(['RATE_LIMITED', 429]);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(refused.errors?.[0]?.extensions).toEqual({
      code: 'RATE_LIMITED',
      retryAfterSeconds: seconds,
    });
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(1000);
    const asRealm = await logInAsRealm(url, '192.0.2.1', PASSWORD);
    expect(asRealm.status).toBe(429);
    expect(Number(asRealm.headers.get('retry-after'))).toBeGreaterThan(0);

    // Neither the account from elsewhere nor another one from there.
    expect((await logIn(url, '192.0.2.2', PASSWORD)).code).toBeUndefined();
    await register(url, 'bob@example.com');
    expect((await logIn(url, '192.0.2.1', PASSWORD, 'bob@example.com')).code).toBeUndefined();
  });

  test('a refused attempt asks the store for nothing', async () => {
    const { url, takeStoreOperations } = await start({ RATE_LIMITS: 'logIn=1/1d' });
    await logIn(url, '192.0.2.9', 'wrong');
    await new Promise((resolve) => setTimeout(resolve, 100));
    takeStoreOperations();
    for (let index = 0; index < 50; index += 1) {
      expect((await logIn(url, '192.0.2.9', 'wrong')).code).toBe('RATE_LIMITED');
    }
    expect(takeStoreOperations()).toEqual([]);
  });

  test('fifty wrong passwords at once are let through as often as one after the other', async () => {
    const { url } = await start({ RATE_LIMITS: 'logIn=5/1h' });
    const all = Array.from({ length: 50 }, () => logIn(url, '192.0.2.3', 'wrong'));
    const codes = (await Promise.all(all)).map(({ code }) => code);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(45);
  });

  test('a linking is a way to guess like any other, and so are the headers of App Services', async () => {
    const { url } = await start({ RATE_LIMITS: 'logIn=2/1h' });
    const made = await sendFrom(url, '192.0.2.4', OPERATIONS.logInAnonymously);
    const { accessToken } = made.data.logIn;
    const link = async () => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${accessToken}`,
          'x-forwarded-for': '192.0.2.4',
        },
        body: JSON.stringify({
          query: ACCOUNT_OPERATIONS.linkCredentials,
          variables: { credentials: { emailPassword: { email: ADA, password: 'wrong' } } },
        }),
      });
      return response.status;
    };
    const byHeaders = async () => {
      const response = await fetch(`${url}/api/client/v2.0/app/myapp-abcde/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': '192.0.2.4',
          email: ADA,
          password: 'wrong',
        },
        body: '{"query":"{ me { id } }"}',
      });
      return response.status;
    };
    expect([await link(), await byHeaders()]).toEqual([401, 401]);
    expect([await link(), await byHeaders()]).toEqual([429, 429]);
  });

  test.each([
    [
      'registrations',
      'registerUser',
      OPERATIONS.registerUser,
      { email: 'no address', password: PASSWORD },
    ],
    ['anonymous accounts', 'logIn.anonymous', OPERATIONS.logInAnonymously, {}],
    ['refresh tokens', 'refreshSession', OPERATIONS.refreshSession, { refreshToken: 'a.b.c' }],
    ['confirmations', 'confirmUser', ACCOUNT_OPERATIONS.confirmUser, { token: 'a', tokenId: 'b' }],
    [
      'resets',
      'resetPassword',
      ACCOUNT_OPERATIONS.resetPassword,
      { token: 'a', tokenId: 'b', password: PASSWORD },
    ],
    [
      'confirmation mails',
      'sendConfirmation',
      ACCOUNT_OPERATIONS.sendConfirmation,
      { email: 'x@example.com' },
    ],
    [
      'reset mails',
      'sendResetPasswordEmail',
      ACCOUNT_OPERATIONS.sendResetPasswordEmail,
      { email: 'x@example.com' },
    ],
    [
      'resets by function',
      'callResetPasswordFunction',
      ACCOUNT_OPERATIONS.callResetPasswordFunction,
      { email: 'x@example.com', password: PASSWORD },
    ],
  ])('%s have their limit by address', async (_what, name, query, variables) => {
    const { url } = await start({
      RATE_LIMITS: `${name}=3/1h`,
      SMTP_URL: 'smtp://127.0.0.1:1',
      EMAIL_FROM: 'no-reply@example.com',
    });
    const codesFrom = async (address: string, times: number) => {
      const codes: (string | undefined)[] = [];
      for (let index = 0; index < times; index += 1) {
        codes.push((await sendFrom(url, address, query, variables)).code);
      }
      return codes.map((code) => code === 'RATE_LIMITED');
    };
    expect(await codesFrom('2001:db8::1', 3)).toEqual([false, false, false]);
    expect(await codesFrom('2001:db8::2', 2)).toEqual([true, true]);
    expect(await codesFrom('2001:db8:0:1::1', 1)).toEqual([false]);
  });

  test('the same operations of App Services share it', async () => {
    const { url } = await start({ RATE_LIMITS: 'logIn.anonymous=2/1h,registerUser=2/1h' });
    for (const [path, body] of [
      ['/anon-user/login', {}],
      ['/local-userpass/register', { email: 'no address', password: PASSWORD }],
    ] as const) {
      const statuses: boolean[] = [];
      for (let index = 0; index < 3; index += 1) {
        statuses.push((await postRealmFrom(url, '192.0.2.5', path, body)).status === 429);
      }
      expect(statuses).toEqual([false, false, true]);
    }
    const anonymous = await sendFrom(url, '192.0.2.5', OPERATIONS.logInAnonymously);
    expect(anonymous.code).toBe('RATE_LIMITED');
  });

  test('a school of five hundred behind one address logs in and refreshes', async () => {
    const { url } = await start({ RATE_LIMITS: undefined });
    const from = '198.51.100.1';
    const use = async () => {
      const { code, data } = await sendFrom(url, from, OPERATIONS.logInAnonymously);
      expect(code).toBeUndefined();
      const { refreshToken } = data.logIn;
      const refreshed = await sendFrom(url, from, OPERATIONS.refreshSession, { refreshToken });
      expect(refreshed.code).toBeUndefined();
    };
    for (let lesson = 0; lesson < 20; lesson += 1) {
      await Promise.all(Array.from({ length: 25 }, use));
    }
  });

  describe('two gateways on the store', () => {
    const startTwo = async (rateLimits: string) => {
      const env = { RATE_LIMITS: rateLimits, WORKERS: '2' };
      return [await start(env), await start(env)] as const;
    };

    test('know what the other has counted a little later, and remember one that is gone', async () => {
      const [one, other] = await startTwo('logIn=8/1h');
      await register(one.url);
      for (let index = 0; index < 7; index += 1) {
        expect((await logIn(one.url, '203.0.113.1', 'wrong')).code).toBe('INVALID_CREDENTIALS');
      }
      await waitUntilShared(7);
      await one.stop();
      // Told of its own first ones, it hears of those of the other.
      let through = 0;
      for (;;) {
        const { code } = await logIn(other.url, '203.0.113.1', 'wrong');
        if (code === 'RATE_LIMITED') break;
        through += 1;
        expect(through).toBeLessThanOrEqual(8);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect(through).toBeLessThan(8);
      expect((await logIn(other.url, '203.0.113.2', PASSWORD)).code).toBeUndefined();
    });

    test('write once for many attempts, and keep no address and no name', async () => {
      const [one] = await startTwo('logIn=100/1h');
      one.takeStoreOperations();
      const email = 'nobody@example.com';
      for (let index = 0; index < 60; index += 1)
        await logIn(one.url, '203.0.113.7', 'wrong', email);
      await waitUntilShared(60);
      const writes = one
        .takeStoreOperations()
        .filter((name) => /update|findAndModify|insert/.test(name));
      expect(writes.length).toBeGreaterThan(0);
      expect(writes.length).toBeLessThan(10);
      const text = JSON.stringify(await provideStore().readAll('rate-limits'));
      expect(text).not.toContain('203.0.113');
      expect(text).not.toContain('nobody');
    });

    test('write nothing while nobody guesses', async () => {
      const [one] = await startTwo('logIn=10/15m');
      await register(one.url);
      const before = await provideStore().readAll('rate-limits');
      for (let index = 0; index < 30; index += 1) {
        expect((await logIn(one.url, '203.0.113.8', PASSWORD)).code).toBeUndefined();
      }
      expect(await provideStore().readAll('rate-limits')).toEqual(before);
    });

    /** Waits until the store has a record of so many attempts under one key. */
    async function waitUntilShared(count: number): Promise<void> {
      const end = Date.now() + 10_000;
      while (Date.now() < end) {
        const records = await provideStore().readAll('rate-limits');
        const counts = records.flatMap(
          (record) => (record['counts'] ?? []) as { current: number }[],
        );
        if (counts.some(({ current }) => Number(current) === count)) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error('Nothing was shared');
    }
  });
});
