import { describe, expect, test } from '@jest/globals';
import { answerError, answerJson } from '../../support/client/fake-gateway.ts';
import { settle } from '../../support/client/tabs.ts';
import { codeOf, createWorld, KEY } from '../../support/client/world.ts';

describe('a session', () => {
  test('of nobody is logged out at once, and has no token', async () => {
    const { open, gateway } = createWorld();
    const { session } = open();
    expect([session.status, session.user]).toEqual(['loggedOut', null]);
    expect(await session.getAccessToken()).toBeNull();
    expect(await codeOf(session.writeCustomUserData({ a: 1 }))).toBe('UNAUTHENTICATED');
    expect(gateway.requests).toEqual([]);
  });

  test('has the user who logged in, and its token is that of the log-in', async () => {
    const { open, gateway } = createWorld();
    const { session, events } = open();
    gateway.document = { color: 'blue' };
    const user = await session.logIn({ emailPassword: { email: 'a@example.com', password: 'p' } });
    expect(session.status).toBe('loggedIn');
    expect(session.user).toBe(user);
    expect(user).toMatchObject({
      id: 'u2',
      customData: { color: 'blue' },
      customDataRevision: 'r0',
    });
    expect(gateway.requests[0]?.variables).toEqual({
      c: { emailPassword: { email: 'a@example.com', password: 'p' } },
    });
    const token = await session.getAccessToken();
    expect(token).toMatch(/^e30\./);
    await settle();
    expect(events).toEqual(['LOGGED_IN']);
    expect(gateway.requests).toHaveLength(1);
  });

  test('is there at once after a reload, without a request', async () => {
    const { open, openLoggedIn, gateway } = createWorld();
    const first = await openLoggedIn();
    const { session } = open();
    expect([session.status, session.user]).toEqual(['loggedIn', first.session.user]);
    await session.ready;
    expect(await session.getAccessToken()).toBe(await first.session.getAccessToken());
    expect(gateway.requests).toEqual([]);
  });

  test('registers without logging in', async () => {
    const { open, gateway } = createWorld();
    const { session } = open();
    expect(await session.registerUser('a@example.com', 'secret word')).toEqual({ userId: 'u0' });
    expect(session.status).toBe('loggedOut');
    expect(gateway.requests[0]?.variables).toEqual({ e: 'a@example.com', p: 'secret word' });
  });

  test('refreshes, writes and updates with the optional arguments of the gateway', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    const written = await session.writeCustomUserData(
      { color: 'red' },
      { mode: 'REPLACE', expectedRevision: 'r0' },
    );
    expect(written.user).toBe(session.user);
    expect(written.user.customData).toEqual({ color: 'red' });
    expect(written.result).toMatchObject({ modifiedCount: 1 });
    const operations = [{ increment: { path: '/n', by: 1 } }];
    await session.updateCustomUserData(operations, { expectedRevision: '' });
    expect(await session.refreshCustomData()).toBe(session.user);
    expect(gateway.requests.map(({ field, variables }) => [field, variables])).toEqual([
      ['writeCustomUserData', { d: { color: 'red' }, mode: 'REPLACE', expectedRevision: 'r0' }],
      ['updateCustomUserData', { o: operations, expectedRevision: '' }],
      ['refreshCustomData', {}],
    ]);
  });

  test('keeps the frozen user, and the document in it, the same objects until they change', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session, events } = await openLoggedIn();
    await session.writeCustomUserData({ list: [{ a: 1 }] });
    const { user } = session;
    expect(Object.isFrozen(user?.customData?.['list'])).toBe(true);
    gateway.intercept = ({ field }) =>
      field === 'refreshCustomData' ? Promise.resolve(undefined) : undefined;
    await session.refreshCustomData();
    expect(session.user).toBe(user);
    await clock.pass(1000);
    await session.refreshCustomData();
    expect(session.user).not.toBe(user);
    expect(session.user?.customData).toBe(user?.customData);
    await settle();
    expect(events).toEqual(['DATA_CHANGED']);
    await session.writeCustomUserData({ other: 2 });
    expect(session.user?.customData).toEqual({ list: [{ a: 1 }], other: 2 });
    await settle();
    expect(events).toEqual(['DATA_CHANGED', 'DATA_CHANGED']);
  });

  test('that logs out forgets the user at once, even if the gateway is away', async () => {
    const { openLoggedIn, entries, gateway } = createWorld();
    const { session, events } = await openLoggedIn();
    gateway.intercept = () => Promise.reject(new Error('no network'));
    const logOut = session.logOut();
    expect([session.status, session.user, entries.size]).toEqual(['loggedOut', null, 0]);
    expect(await logOut).toBe(false);
    expect([session.status, session.user, entries.size]).toEqual(['loggedOut', null, 0]);
    await settle();
    expect(events).toEqual(['LOGGED_OUT']);
    expect(await session.logOut()).toBe(false);
  });

  test('that logs out with an expired token is ended at the gateway all the same', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    await clock.pass(3_600_000);
    expect(await session.logOut()).toBe(true);
    expect(gateway.requests.map(({ field }) => field)).toEqual([
      'logOut',
      'refreshSession',
      'logOut',
    ]);
    expect(session.status).toBe('loggedOut');
  });

  test('is not logged in by a log-in that was under way at the log-out', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    let go: (() => void) | undefined;
    gateway.intercept = ({ field }) =>
      field === 'logIn'
        ? new Promise((resolve) => {
            go = () => resolve(undefined);
          })
        : undefined;
    const logIn = codeOf(session.logIn({ anonymous: true }));
    await session.logOut();
    go?.();
    expect(await logIn).toBe('UNAUTHENTICATED');
    expect(session.status).toBe('loggedOut');
    expect(gateway.count('logOut')).toBe(2);
  });

  test('of a document that is too large for a token has a revision and no data', async () => {
    const { openLoggedIn, gateway } = createWorld();
    gateway.document = { a: 1 };
    const { session } = await openLoggedIn();
    gateway.intercept = ({ field, token }) => {
      if (field !== 'refreshCustomData') return undefined;
      const user = { ...session.user, customData: null };
      const errors = [{ message: 'x', extensions: { code: 'CUSTOM_DATA_TOO_LARGE' } }];
      return answerJson({ data: { refreshCustomData: { accessToken: token, user } }, errors });
    };
    expect(await session.refreshCustomData()).toMatchObject({
      customData: null,
      customDataRevision: 'r0',
    });
  });

  test('rejects with the code and the facts of the gateway', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    const violations = [{ path: '/color', message: 'must be a string' }];
    gateway.intercept = () => answerError('CUSTOM_DATA_INVALID', { violations });
    await expect(session.writeCustomUserData({ color: 1 })).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'CUSTOM_DATA_INVALID',
      extensions: { violations },
      status: 200,
    });
    expect(gateway.requests).toHaveLength(1);
  });

  test('that is closed tells and hears nothing more, and is kept', async () => {
    const { open, openLoggedIn, entries } = createWorld();
    const { session, events, tab } = await openLoggedIn();
    session.close();
    expect(tab.listening()).toBe(0);
    await open().session.logIn({ anonymous: true });
    await settle();
    expect(events).toEqual([]);
    expect(entries.has(KEY)).toBe(true);
  });
});

describe('listeners', () => {
  test('that throw or ask for a token hurt nobody, and are reported', async () => {
    const { open, gateway } = createWorld();
    const { session, tab, events } = open();
    const fault = new Error('of the app');
    const tokens: unknown[] = [];
    session.subscribe(() => {
      throw fault;
    });
    session.subscribe(() => Promise.reject(fault));
    session.subscribe(async () => tokens.push(await session.getAccessToken()));
    await session.logIn({ anonymous: true });
    await settle();
    expect(tab.reported).toEqual([fault, fault]);
    expect(tokens).toEqual([await session.getAccessToken()]);
    expect(events).toEqual(['LOGGED_IN']);
    expect(gateway.requests).toHaveLength(1);
  });

  test('may ask for another token while the lock of a refresh is still held', async () => {
    const { openLoggedIn, clock, gateway, locks } = createWorld();
    const { session } = await openLoggedIn();
    const old = String(await session.getAccessToken());
    const got: unknown[] = [];
    session.subscribe(async (event) => {
      if (event !== 'REFRESHED' || got.length > 0) return;
      got.push(locks.held());
      const notThis = String(await session.getAccessToken());
      got.push(await session.getAccessToken({ notThis }));
    });
    await clock.pass(1_800_000);
    expect(await session.getAccessToken()).not.toBe(old);
    await settle();
    expect(got).toEqual([1, await session.getAccessToken()]);
    expect([gateway.count('refreshSession'), locks.held()]).toEqual([2, 0]);
  });

  test('hear nothing once they have ended it, not even what happened before', async () => {
    const { open } = createWorld();
    const { session } = open();
    const heard: string[] = [];
    const ends: (() => void)[] = [];
    session.subscribe(() => ends[0]?.());
    ends.push(session.subscribe((event) => heard.push(event)));
    await session.logIn({ anonymous: true });
    await settle();
    expect(heard).toEqual([]);
  });

  test('are not told that nobody is still nobody', async () => {
    const { open } = createWorld();
    const here = open();
    await open().tab.localStorage.setItem(KEY, 'no session');
    await settle();
    expect([here.session.status, here.events]).toEqual(['loggedOut', []]);
  });
});

describe('no token is', () => {
  test('in an address, in what is thrown, or in the text of a session', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    const token = String(await session.getAccessToken());
    gateway.intercept = () => answerError('UNAUTHENTICATED', { reason: 'TOKEN_INVALID' }, 401);
    const error = await session.refreshCustomData().catch((thrown: Error) => thrown);
    const texts = [`${error}`, JSON.stringify(error), `${session}`, JSON.stringify(session)];
    for (const text of [...texts, ...gateway.requests.map(({ url }) => url)]) {
      expect(text).not.toContain(token);
    }
  });
});
