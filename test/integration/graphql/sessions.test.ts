import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../src/errors.ts';
import { GRACE_MILLISECONDS } from '../../../src/session/refresh-rotation.ts';
import { createCoreClient } from '../../support/core-client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { withOtherSignature } from '../../support/refresh-world.ts';
import { withSteps } from '../../support/store-steps.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describeOnEveryStore('sessions', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let clock = Date.now();
  let isDocumentAway = false;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, {
      now: () => clock,
      wrapStore: withSteps(({ collection }) => {
        if (isDocumentAway && collection === 'custom-user-data') throw serviceUnavailable(null);
      }),
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const refresh = (refreshToken: string) =>
    send(OPERATIONS.refreshSession, { variables: { refreshToken } });

  describe('refresh tokens', () => {
    test('each trade gives a new token and a full life', async () => {
      const first = await logInAnonymously(send);
      clock += MINUTE;
      const { data } = await refresh(first.refreshToken);
      const second = data.refreshSession;
      expect(second.refreshToken).not.toBe(first.refreshToken);
      expect(Date.parse(second.expiresAt) - Date.parse(first.expiresAt)).toBe(MINUTE);
      expect(Date.parse(second.refreshExpiresAt) - Date.parse(first.refreshExpiresAt)).toBe(MINUTE);
      expect(second.user.id).toBe(first.user.id);
    });

    test('50 parallel trades of one token all get the same successor', async () => {
      const { refreshToken } = await logInAnonymously(send);
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(refreshToken)));
      expect(answers.map(({ code }) => code)).toEqual(Array(50).fill(undefined));
      const successors = new Set(answers.map(({ data }) => data.refreshSession.refreshToken));
      expect(successors.size).toBe(1);
    });

    const traded = async (refreshToken: string) =>
      (await refresh(refreshToken)).data.refreshSession.refreshToken;
    const reasonOf = async (refreshToken: string) =>
      (await refresh(refreshToken)).errors?.[0]?.extensions.reason;

    test('every link of a chain of trades answers the latest within the grace', async () => {
      const { refreshToken: first } = await logInAnonymously(send);
      const second = await traded(first);
      const third = await traded(second);
      expect(await traded(first)).toBe(third);
      expect(await traded(second)).toBe(third);
    });

    test('a lost answer costs nobody the session: an hour later the token is traded anew', async () => {
      const { refreshToken: first } = await logInAnonymously(send);
      const lost = await traded(first);
      clock += 60 * MINUTE;
      const second = await traded(first);
      expect(second).not.toBe(lost);
      clock += 60 * MINUTE;
      expect([lost, second]).not.toContain(await traded(second));
    });

    test('a void token ends the session: a thief repeated the last token of its owner', async () => {
      const { refreshToken: first } = await logInAnonymously(send);
      const owners = await traded(first);
      clock += 60 * MINUTE;
      const stolen = await traded(first);
      expect(await reasonOf(owners)).toBe('SESSION_ENDED');
      expect(await reasonOf(stolen)).toBe('SESSION_ENDED');
    });

    test.each([
      ['refreshSession', (token: string) => refresh(token)],
      [
        'the App Services protocol',
        (token: string) => createCoreClient(gateway.url)('POST', '/auth/session', { token }),
      ],
    ])('%s has used no token if the document cannot be read', async (_name, use) => {
      const { refreshToken: first } = await logInAnonymously(send);
      const second = await traded(first);
      const before = await provideStore().readAll('sessions');
      isDocumentAway = true;
      expect((await use(second)).status).toBe(503);
      isDocumentAway = false;
      expect(await provideStore().readAll('sessions')).toEqual(before);
      clock += 60 * MINUTE;
      expect([200, 201]).toContain((await use(second)).status);
    });

    test('a token traded before the last ends the whole session after the grace', async () => {
      const { refreshToken: first } = await logInAnonymously(send);
      const third = (await refresh(await traded(first))).data.refreshSession;
      clock += GRACE_MILLISECONDS + 1;
      const reused = await refresh(first);
      expect(reused.code).toBe('UNAUTHENTICATED');
      expect(reused.errors?.[0]?.extensions.reason).toBe('SESSION_ENDED');
      expect(await reasonOf(third.refreshToken)).toBe('SESSION_ENDED');
      const write = await send(OPERATIONS.write, {
        token: third.accessToken,
        variables: { data: { a: 1 } },
      });
      expect(write.errors?.[0]?.extensions.reason).toBe('SESSION_ENDED');
    });

    test('the other spelling of its signature does not make it another token', async () => {
      const { refreshToken: first } = await logInAnonymously(send);
      const second = await traded(withOtherSignature(first));
      expect(await traded(withOtherSignature(first))).toBe(second);
      await traded(second);
      clock += GRACE_MILLISECONDS + 1;
      expect(await reasonOf(withOtherSignature(first))).toBe('SESSION_ENDED');
    });

    test('an expired refresh token is TOKEN_EXPIRED', async () => {
      const { refreshToken } = await logInAnonymously(send);
      clock += 60 * DAY;
      const answer = await refresh(refreshToken);
      expect(answer.status).toBe(401);
      expect(answer.errors?.[0]?.extensions.reason).toBe('TOKEN_EXPIRED');
    });

    test('an access token is no refresh token, and the reverse', async () => {
      const { accessToken, refreshToken } = await logInAnonymously(send);
      const asRefresh = await refresh(accessToken);
      const asAccess = await send(OPERATIONS.me, { token: refreshToken });
      expect(asRefresh.errors?.[0]?.extensions.reason).toBe('TOKEN_INVALID');
      expect(asAccess.errors?.[0]?.extensions.reason).toBe('TOKEN_INVALID');
    });

    test('a bad access token in the headers does not keep a client from refreshing', async () => {
      const { accessToken, refreshToken } = await logInAnonymously(send);
      clock += 31 * MINUTE;
      expect((await send(OPERATIONS.me, { token: accessToken })).code).toBe('UNAUTHENTICATED');
      const refreshed = await send(OPERATIONS.refreshSession, {
        token: accessToken,
        variables: { refreshToken },
      });
      expect(refreshed.code).toBeUndefined();
    });

    test('the store holds no token', async () => {
      const { accessToken, refreshToken } = await logInAnonymously(send);
      await refresh(refreshToken);
      const stored = JSON.stringify(await provideStore().readAll('sessions'));
      expect(stored).not.toContain(accessToken);
      expect(stored).not.toContain(refreshToken);
    });
  });

  describe('access tokens', () => {
    test('none: "me" is null, everything else is TOKEN_MISSING with a challenge', async () => {
      const me = await send(OPERATIONS.me);
      expect(me.data).toEqual({ me: null });
      const write = await send(OPERATIONS.write, { variables: { data: {} } });
      expect(write.status).toBe(401);
      expect(write.errors?.[0]?.extensions.reason).toBe('TOKEN_MISSING');
      expect(write.headers.get('www-authenticate')).toBe('Bearer realm="myapp-abcde"');
    });

    test('expired: "me" is TOKEN_EXPIRED with the challenge of RFC 6750', async () => {
      const { accessToken } = await logInAnonymously(send);
      clock += 30 * MINUTE;
      const me = await send(OPERATIONS.me, { token: accessToken });
      expect(me.status).toBe(401);
      expect(me.data).toEqual({ me: null });
      expect(me.errors?.[0]?.extensions.reason).toBe('TOKEN_EXPIRED');
      expect(me.headers.get('www-authenticate')).toMatch(/^Bearer realm=.*error="invalid_token"/);
    });

    test('malformed: TOKEN_MALFORMED', async () => {
      const me = await send(OPERATIONS.me, { token: 'nonsense' });
      expect(me.errors?.[0]?.extensions.reason).toBe('TOKEN_MALFORMED');
    });

    test('after log-out the session is ended for writes at once, "me" answers until exp', async () => {
      const { accessToken, refreshToken } = await logInAnonymously(send);
      expect((await send(OPERATIONS.logOut, { token: accessToken })).data).toEqual({
        logOut: true,
      });
      for (const operation of [OPERATIONS.refreshCustomData, OPERATIONS.delete]) {
        const answer = await send(operation, { token: accessToken });
        expect(answer.errors?.[0]?.extensions.reason).toBe('SESSION_ENDED');
      }
      expect((await refresh(refreshToken)).errors?.[0]?.extensions.reason).toBe('SESSION_ENDED');
      expect((await send(OPERATIONS.me, { token: accessToken })).data.me.id).toMatch(/^\w{24}$/);
    });
  });

  describe('email and password', () => {
    const email = `person-${Date.now()}@example.com`;
    const logIn = (password: string, address = email) =>
      send(OPERATIONS.logIn, {
        variables: { credentials: { emailPassword: { email: address, password } } },
      });

    test('registering twice is ACCOUNT_EXISTS and leaves the first password in force', async () => {
      const first = await send(OPERATIONS.registerUser, {
        variables: { email, password: 'first password' },
      });
      expect(first.data.registerUser.userId).toMatch(/^[0-9a-f]{24}$/);
      const second = await send(OPERATIONS.registerUser, {
        variables: { email, password: 'second password' },
      });
      expect(second).toMatchObject({ status: 200, code: 'ACCOUNT_EXISTS' });
      expect((await logIn('first password')).data.logIn.user.id).toBe(
        first.data.registerUser.userId,
      );
      expect((await logIn('second password')).code).toBe('INVALID_CREDENTIALS');
    });

    test('a wrong password and an unknown account get the same answer', async () => {
      const wrong = await logIn('wrong password');
      const unknown = await logIn('wrong password', 'nobody@example.com');
      expect(wrong).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
      expect(unknown.errors).toEqual(wrong.errors);
      expect(unknown.status).toBe(wrong.status);
    });

    test.each([
      ['not an address', 'long enough'],
      ['short@example.com', '12345'],
      ['long@example.com', 'x'.repeat(129)],
    ])('registering %s is BAD_USER_INPUT', async (address, password) => {
      const answer = await send(OPERATIONS.registerUser, {
        variables: { email: address, password },
      });
      expect(answer.code).toBe('BAD_USER_INPUT');
    });

    test('anonymous must be true, and exactly one way must be given', async () => {
      const variables = (credentials: object) => ({ variables: { credentials } });
      const no = await send(OPERATIONS.logIn, variables({ anonymous: false }));
      expect(no.code).toBe('BAD_USER_INPUT');
      const both = await send(
        OPERATIONS.logIn,
        variables({ anonymous: true, emailPassword: { email, password: 'x' } }),
      );
      expect(both.code).toBe('BAD_USER_INPUT');
    });
  });

  test('the log of all this holds no token, no password and no e-mail address', async () => {
    const log = gateway.logText();
    expect(log.length).toBeGreaterThan(1000);
    expect(log).not.toMatch(/eyJ[\w-]{10,}/);
    expect(log).not.toMatch(/password/);
    expect(log).not.toContain('@example.com');
  });
});
