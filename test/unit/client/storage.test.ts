import { describe, expect, test } from '@jest/globals';
import type { SessionStorage } from '../../../client/src/platform.ts';
import { settle } from '../../support/client/tabs.ts';
import { codeOf, createWorld, KEY, URL, watch } from '../../support/client/world.ts';

const HOUR = 3_600_000;

describe('what a storage has that is no session is nobody, without a request:', () => {
  const token = (claims: object) =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const claims = { sub: 'u1', sid: 's1', iat: 1, exp: 2, user_data_at: 1000 };
  const good = {
    url: URL,
    accessToken: token(claims),
    refreshToken: 'r1',
    user: { id: 'u1', customData: null },
    ahead: 0,
    life: 1_800_000,
  };

  test('while this is one', () => {
    const { open, entries } = createWorld();
    entries.set(KEY, JSON.stringify(good));
    expect(open().session.user?.id).toBe('u1');
  });

  test.each([
    ['no JSON', '{"url":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['an object of something else', '{"session":true}'],
    ['no refresh token', JSON.stringify({ ...good, refreshToken: undefined })],
    ['a token that is none', JSON.stringify({ ...good, accessToken: 'abc' })],
    ['a token of text that is not base64', JSON.stringify({ ...good, accessToken: 'a.***.b' })],
    ['a token without claims', JSON.stringify({ ...good, accessToken: token({}) })],
    ['a token of null', JSON.stringify({ ...good, accessToken: 'e30.bnVsbA.c' })],
    [
      'a token with an expiry that is no number',
      JSON.stringify({ ...good, accessToken: token({ ...claims, exp: '2' }) }),
    ],
    ['no user', JSON.stringify({ ...good, user: null })],
    ['a user whose token it is not', JSON.stringify({ ...good, user: { id: 'u2' } })],
    ['clocks that are no numbers', JSON.stringify({ ...good, ahead: null })],
    ['the session of another gateway', JSON.stringify({ ...good, url: 'https://other.example' })],
    ['a text without end', JSON.stringify({ ...good, more: 'x'.repeat(2_000_000) })],
  ])('%s', async (_name, text) => {
    const { open, entries, gateway } = createWorld();
    entries.set(KEY, text);
    const { session } = open();
    expect([session.status, session.user]).toEqual(['loggedOut', null]);
    expect(await session.getAccessToken()).toBeNull();
    await session.logIn({ anonymous: true });
    expect(gateway.requests).toHaveLength(1);
  });
});

describe('a session of a gateway', () => {
  test('that was installed anew ends at its first use, after two requests', async () => {
    const { openLoggedIn, gateway, events } = { ...createWorld(), events: [] as string[] };
    const { session } = await openLoggedIn();
    session.subscribe((event) => events.push(event));
    gateway.reinstall();
    expect(await codeOf(session.refreshCustomData())).toBe('UNAUTHENTICATED');
    expect(await codeOf(session.refreshCustomData())).toBe('UNAUTHENTICATED');
    await settle();
    expect(gateway.requests).toHaveLength(2);
    expect([session.status, events]).toEqual(['loggedOut', ['ENDED']]);
  });

  test('is kept apart from those of others, and of other keys', async () => {
    const { open, entries } = createWorld();
    await open().session.logIn({ anonymous: true });
    expect(open({ url: 'https://other.example' }).session.status).toBe('loggedOut');
    expect(open({ key: 'another app' }).session.status).toBe('loggedOut');
    expect([...entries.keys()]).toEqual([KEY]);
  });
});

describe('a storage that', () => {
  /** A storage of promises, each of which the test may hold back. */
  function createSlowStorage() {
    const entries = new Map<string, string>();
    const held: (() => void)[] = [];
    const state = { isHeld: false };
    const later = async <T>(run: () => T): Promise<T> => {
      if (state.isHeld) await new Promise<void>((resolve) => held.push(resolve));
      return run();
    };
    const storage: SessionStorage = {
      getItem: (key) => later(() => entries.get(key) ?? null),
      setItem: (key, value) => later(() => entries.set(key, value)),
      removeItem: (key) => later(() => entries.delete(key)),
    };
    const release = () => {
      state.isHeld = false;
      for (const go of held.splice(0)) go();
    };
    return { storage, entries, state, release };
  }

  test('answers later is restoring until then, and shows nobody as logged out before', async () => {
    const { open, gateway } = createWorld();
    const { storage, state, release } = createSlowStorage();
    await open({ storage }).session.logIn({ anonymous: true });
    await settle();
    state.isHeld = true;
    const { session, events } = open({ storage });
    const ready = watch(session.ready.then(() => true));
    await settle();
    expect([session.status, session.user, ready.value]).toEqual(['restoring', null, undefined]);
    release();
    await session.ready;
    expect([session.status, session.user?.id]).toEqual(['loggedIn', 'u2']);
    await settle();
    expect(events).toEqual(['LOGGED_IN']);
    expect(gateway.requests).toHaveLength(1);
  });

  test('answers later than a log-in does not undo it', async () => {
    const { open } = createWorld();
    const { storage, entries, state, release } = createSlowStorage();
    await open({ storage }).session.logIn({ anonymous: true });
    await settle();
    state.isHeld = true;
    const { session } = open({ storage });
    const user = await session.logIn({ anonymous: true });
    release();
    await session.ready;
    await settle();
    expect(session.user).toBe(user);
    expect(JSON.parse(entries.get(KEY) ?? '').user.id).toBe(user.id);
  });

  test('answers later does not keep a user from logging out at once', async () => {
    const { open } = createWorld();
    const { storage, entries, state, release } = createSlowStorage();
    const { session } = open({ storage });
    await session.logIn({ anonymous: true });
    await settle();
    state.isHeld = true;
    const logOut = session.logOut();
    expect([session.status, session.user]).toEqual(['loggedOut', null]);
    release();
    expect(await logOut).toBe(true);
    await settle();
    expect(entries.size).toBe(0);
    // One who is restored at that moment is logged out, too.
    await session.logIn({ anonymous: true });
    await settle();
    const reloaded = open({ storage }).session;
    expect(await reloaded.logOut()).toBe(true);
    expect([reloaded.status, entries.size]).toEqual(['loggedOut', 0]);
  });

  test('never answers is given up after five seconds', async () => {
    const { open, clock } = createWorld();
    const { storage, state } = createSlowStorage();
    state.isHeld = true;
    const { session } = open({ storage });
    await clock.pass(5_000);
    expect(session.status).toBe('loggedOut');
    await session.logIn({ anonymous: true });
    expect(await session.getAccessToken()).toMatch(/^e30/);
  });

  test('is slower to keep than to forget keeps the order of a log-in and a log-out', async () => {
    const { open } = createWorld();
    const { storage, entries, state, release } = createSlowStorage();
    const { session } = open({
      storage: {
        ...storage,
        getItem: async (key) => entries.get(key),
        removeItem: async (key) => entries.delete(key),
      },
    });
    await session.ready;
    state.isHeld = true;
    await session.logIn({ anonymous: true });
    const logOut = session.logOut();
    await settle();
    release();
    await logOut;
    await settle();
    expect(entries.size).toBe(0);
  });

  test('may not be asked for is done without', async () => {
    const { open } = createWorld();
    const denied = new Proxy(
      {},
      {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      },
    );
    const { session } = open({ storage: denied as SessionStorage });
    await session.logIn({ anonymous: true });
    expect(session.status).toBe('loggedIn');
    expect(await session.getAccessToken()).toMatch(/^e30/);
  });

  test('is there but forbidden to a page is done without', () => {
    const { open } = createWorld();
    const { session } = open(
      {},
      {
        get localStorage(): SessionStorage {
          throw new DOMException('denied', 'SecurityError');
        },
      },
    );
    expect(session.status).toBe('loggedOut');
  });

  test('is of your own is used where a page may open no channel', async () => {
    const { open } = createWorld();
    class Forbidden {
      constructor() {
        throw new DOMException('denied', 'SecurityError');
      }
    }
    const { storage, entries } = createSlowStorage();
    const { session } = open({ storage }, { BroadcastChannel: Forbidden as never });
    await session.logIn({ anonymous: true });
    await settle();
    expect([session.status, entries.size]).toEqual(['loggedIn', 1]);
  });

  test('is switched off is done without', async () => {
    const { open } = createWorld();
    const { session } = open({}, { localStorage: null });
    await session.logIn({ anonymous: true });
    expect(await session.getAccessToken()).toMatch(/^e30/);
  });

  test('is full keeps no old token, and the session goes on in memory', async () => {
    const { openLoggedIn, entries, clock } = createWorld();
    const { session, tab } = await openLoggedIn();
    tab.localStorage.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    await session.writeCustomUserData({ color: 'blue' });
    expect(session.user?.customData).toEqual({ color: 'blue' });
    expect(entries.size).toBe(0);
    await settle();
    await clock.pass(HOUR);
    expect(await session.getAccessToken()).toMatch(/^e30/);
    expect(session.status).toBe('loggedIn');
  });

  test('breaks while it is read leaves the user who is known', async () => {
    const { open, openLoggedIn } = createWorld();
    await openLoggedIn();
    const { session, tab } = open();
    const { user } = session;
    tab.localStorage.getItem = () => {
      throw new Error('broken');
    };
    expect(await session.getAccessToken()).toMatch(/^e30/);
    expect(session.user).toBe(user);
  });
});
