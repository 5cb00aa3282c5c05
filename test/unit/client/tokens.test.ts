import { describe, expect, test } from '@jest/globals';
import { answerError, answerText } from '../../support/client/fake-gateway.ts';
import { settle } from '../../support/client/tabs.ts';
import { codeOf, createWorld, NEVER, watch } from '../../support/client/world.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('an access token', () => {
  test('is refreshed when it is used within the margin of its expiry, and not before', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session, events } = await openLoggedIn();
    const token = await session.getAccessToken();
    await clock.pass(29 * MINUTE - 1000);
    expect(await session.getAccessToken()).toBe(token);
    expect(gateway.requests).toHaveLength(0);
    await clock.pass(1000);
    expect(await session.getAccessToken()).not.toBe(token);
    expect(gateway.requests.map(({ field }) => field)).toEqual(['refreshSession']);
    await settle();
    expect(events).toEqual(['REFRESHED']);
  });

  test.each([
    ['a margin of its own', 10 * MINUTE, 20 * MINUTE],
    ['a margin longer than its life: at half of that', 24 * HOUR, 15 * MINUTE],
  ])('has %s', async (_name, refreshMargin, from) => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn({ refreshMargin });
    await clock.pass(from - 1000);
    await session.getAccessToken();
    expect(gateway.requests).toHaveLength(0);
    await clock.pass(1000);
    await session.getAccessToken();
    await session.getAccessToken();
    expect(gateway.requests).toHaveLength(1);
  });

  test('is refreshed once for all who ask at the same time', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    await clock.pass(HOUR);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => session.getAccessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(gateway.requests).toHaveLength(1);
  });

  test('sets no timer of its own', async () => {
    const { openLoggedIn, clock, gateway } = createWorld();
    await openLoggedIn();
    expect(clock.pending()).toBe(0);
    await clock.pass(24 * HOUR);
    expect(gateway.requests).toHaveLength(0);
  });

  test.each([
    ['ahead', 2 * HOUR],
    ['behind', -2 * HOUR],
  ])('lives by the clock of the gateway: two hours %s', async (_name, ahead) => {
    const { open, gateway, clock } = createWorld();
    gateway.ahead = ahead;
    const { session } = open();
    await session.logIn({ anonymous: true });
    const token = await session.getAccessToken();
    await clock.pass(28 * MINUTE);
    expect(await session.getAccessToken()).toBe(token);
    // After a reload, too.
    expect(await open().session.getAccessToken()).toBe(token);
    await clock.pass(2 * MINUTE);
    const next = await session.getAccessToken();
    expect(next).not.toBe(token);
    expect(await session.getAccessToken()).toBe(next);
    expect(gateway.count('refreshSession')).toBe(1);
    expect((await session.refreshCustomData()).id).toBe(session.user?.id);
  });

  test('costs one refresh when the clock of the device is set forward', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    await clock.pass(2 * HOUR);
    gateway.ahead = -2 * HOUR;
    for (let use = 0; use < 5; use += 1) await session.getAccessToken();
    expect(gateway.requests).toHaveLength(1);
  });

  test('that is refused is refreshed once and the operation repeated once', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    gateway.ahead = 2 * HOUR;
    await session.writeCustomUserData({ a: 1 });
    expect(gateway.requests.map(({ field }) => field)).toEqual([
      'writeCustomUserData',
      'refreshSession',
      'writeCustomUserData',
    ]);
    expect(session.user?.customData).toEqual({ a: 1 });
  });

  test('that is refused for good is tried twice, and the error is thrown', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    gateway.intercept = ({ field }) =>
      field === 'refreshSession'
        ? undefined
        : answerError('UNAUTHENTICATED', { reason: 'TOKEN_INVALID' }, 401);
    expect(await codeOf(session.refreshCustomData())).toBe('UNAUTHENTICATED');
    expect(gateway.requests).toHaveLength(3);
    expect(session.status).toBe('loggedIn');
  });

  test('that another client was refused is not handed out again', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    const token = String(await session.getAccessToken());
    const all = await Promise.all(
      Array.from({ length: 5 }, () => session.getAccessToken({ notThis: token })),
    );
    expect(new Set(all).size).toBe(1);
    expect(all[0]).not.toBe(token);
    expect(await session.getAccessToken({ notThis: token })).toBe(all[0]);
    expect(gateway.requests).toHaveLength(1);
  });
});

describe('a session of which the refresh', () => {
  test('is refused has ended', async () => {
    const { openLoggedIn, gateway, clock, entries } = createWorld();
    const { session, events } = await openLoggedIn();
    gateway.endSessions();
    await clock.pass(HOUR);
    expect(await session.getAccessToken()).toBeNull();
    await settle();
    expect([session.status, session.user, entries.size]).toEqual(['loggedOut', null, 0]);
    expect(events).toEqual(['ENDED']);
    expect(await codeOf(session.refreshCustomData())).toBe('UNAUTHENTICATED');
    expect(gateway.requests).toHaveLength(1);
  });

  const failures = [
    ['a gateway that is away', () => Promise.reject(new Error('no network')), 'OFFLINE'],
    ['500', () => answerError('INTERNAL_SERVER_ERROR', {}, 500), 'INTERNAL_SERVER_ERROR'],
    ['a page of a proxy with 502', () => answerText('<html>', 502), 'SERVICE_UNAVAILABLE'],
    ['a page of a proxy with 401', () => answerText('<html>', 401), 'BAD_RESPONSE'],
    ['a page of a proxy with 429', () => answerText('<html>', 429), 'RATE_LIMITED'],
    ['a page of a captive portal', () => answerText('<html>', 200), 'BAD_RESPONSE'],
  ] as const;

  test.each(failures)('meets %s is kept, and tried again after it has cooled', async (...row) => {
    const [, intercept, code] = row;
    const { openLoggedIn, gateway, clock, entries } = createWorld();
    const { session, events } = await openLoggedIn();
    const { user } = session;
    const stored = [...entries.values()];
    gateway.intercept = intercept;
    await clock.pass(HOUR);
    for (let use = 0; use < 5; use += 1) expect(await codeOf(session.getAccessToken())).toBe(code);
    expect(gateway.requests).toHaveLength(1);
    await clock.pass(5000);
    expect(await codeOf(session.writeCustomUserData({ a: 1 }))).toBe(code);
    expect(gateway.requests).toHaveLength(2);
    expect([session.status, session.user, [...entries.values()]]).toEqual([
      'loggedIn',
      user,
      stored,
    ]);
    expect(events).toEqual([]);
    gateway.intercept = undefined;
    await clock.pass(5000);
    expect(await session.getAccessToken()).toMatch(/^e30/);
  });

  test('fails while the token still lives goes on with it', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    const token = await session.getAccessToken();
    await clock.pass(29.5 * MINUTE);
    gateway.intercept = () => answerError('SERVICE_UNAVAILABLE', {}, 503);
    expect(await session.getAccessToken()).toBe(token);
    expect(await session.getAccessToken()).toBe(token);
    expect(gateway.requests).toHaveLength(1);
  });

  test.each([
    ['the error', () => answerError('RATE_LIMITED', { retryAfterSeconds: 90 }, 429), 90_000],
    ['the header', () => answerText('slow down', 429, { 'retry-after': '90' }), 90_000],
    [
      'the header, but no longer than an hour',
      () => answerText('', 429, { 'retry-after': '1e9' }),
      HOUR,
    ],
  ])('is limited waits as long as %s says', async (_name, intercept, wait) => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    gateway.intercept = intercept;
    await clock.pass(HOUR);
    await codeOf(session.getAccessToken());
    await clock.pass(wait - 1);
    await codeOf(session.getAccessToken());
    expect(gateway.requests).toHaveLength(1);
    await clock.pass(1);
    await codeOf(session.getAccessToken());
    expect(gateway.requests).toHaveLength(2);
  });

  test('failed is tried again when the clock was set back', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    const notThis = String(await session.getAccessToken());
    gateway.intercept = () => answerError('SERVICE_UNAVAILABLE', {}, 503);
    await codeOf(session.getAccessToken({ notThis }));
    await clock.pass(-2 * HOUR);
    await codeOf(session.getAccessToken({ notThis }));
    expect(gateway.requests).toHaveLength(2);
  });

  test('failed is tried at once when the network is back', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session, tab } = await openLoggedIn();
    gateway.intercept = () => Promise.reject(new Error('no network'));
    await clock.pass(HOUR);
    await codeOf(session.getAccessToken());
    gateway.intercept = undefined;
    expect(await codeOf(session.getAccessToken())).toBe('OFFLINE');
    tab.fire({ type: 'online' });
    expect(await session.getAccessToken()).toMatch(/^e30/);
    expect(gateway.requests).toHaveLength(2);
  });

  test.each([
    ['never answered, by a fetch that cannot be aborted', () => NEVER],
    ['answered without end', () => ({ ...answerText(''), text: () => NEVER })],
  ])('is %s gives up after ten seconds', async (_name, intercept) => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    await clock.pass(HOUR);
    gateway.intercept = intercept;
    const asked = watch(session.getAccessToken());
    await clock.pass(9_999);
    expect(asked.error).toBeUndefined();
    await clock.pass(1);
    expect(asked.error).toMatchObject({ name: 'OfflineError', code: 'OFFLINE', extensions: {} });
    expect(session.status).toBe('loggedIn');
    expect(gateway.requests).toHaveLength(1);
  });

  test('is answered with another session is not taken', async () => {
    const { open, openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    const other = open({ key: 'other' }).session;
    await other.logIn({ anonymous: true });
    await clock.pass(HOUR);
    const { user } = session;
    gateway.intercept = async ({ field, url }) => {
      if (field !== 'refreshSession') return undefined;
      gateway.intercept = undefined;
      const body = JSON.stringify({ query: 'mutation{logIn}' });
      const answer = await gateway.fetch(url, { method: 'POST', headers: {}, body, signal: null });
      return answerText((await answer.text()).replace('logIn', 'refreshSession'));
    };
    expect(await codeOf(session.getAccessToken())).toBe('BAD_RESPONSE');
    expect(session.user).toBe(user);
  });
});
