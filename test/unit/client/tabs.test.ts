import { describe, expect, test } from '@jest/globals';
import { settle } from '../../support/client/tabs.ts';
import { codeOf, createWorld, KEY, NEVER, watch } from '../../support/client/world.ts';

const HOUR = 3_600_000;

/** `BroadcastChannel`s of one browser, which tell at once. */
function createChannels() {
  const channels = new Set<FakeChannel>();
  class FakeChannel {
    onmessage: ((event: { readonly data: string | undefined }) => unknown) | null = null;
    readonly name: string;
    constructor(name: string) {
      this.name = name;
      channels.add(this);
    }
    postMessage(data: string | undefined) {
      for (const other of channels) {
        if (other !== this && other.name === this.name) other.onmessage?.({ data });
      }
    }
    close() {
      channels.delete(this);
    }
  }
  return { FakeChannel, channels };
}

describe('another tab', () => {
  test('sees a log-in, a write and a log-out at once', async () => {
    const { open } = createWorld();
    const [here, there] = [open(), open()];
    await here.session.logIn({ anonymous: true });
    await settle();
    expect(there.session.user).toEqual(here.session.user);
    await here.session.writeCustomUserData({ color: 'blue' });
    await settle();
    expect(there.session.user?.customData).toEqual({ color: 'blue' });
    await here.session.logOut();
    await settle();
    expect([there.session.status, there.session.user]).toEqual(['loggedOut', null]);
    expect(there.events).toEqual(['LOGGED_IN', 'DATA_CHANGED', 'LOGGED_OUT']);
    expect(here.events).toEqual(there.events);
  });

  test('sees it through a storage of your own, too', async () => {
    const { open, clock } = createWorld();
    const entries = new Map<string, string>();
    const storage = {
      getItem: (key: string) => Promise.resolve(entries.get(key)),
      setItem: async (key: string, value: string) => entries.set(key, value),
      removeItem: async (key: string) => entries.delete(key),
    };
    const { FakeChannel, channels } = createChannels();
    const openOne = () => open({ storage }, { BroadcastChannel: FakeChannel });
    const [here, there] = [openOne(), openOne()];
    expect(there.session.status).toBe('restoring');
    await here.session.logIn({ anonymous: true });
    await settle();
    expect(there.session.user).toEqual(here.session.user);
    await there.session.logOut();
    await settle();
    expect(here.session.status).toBe('loggedOut');
    expect(entries.size).toBe(0);
    here.session.close();
    there.session.close();
    expect(channels.size).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  test('that takes in a write at the moment of a log-out does not bring the session back', async () => {
    const { open, gateway } = createWorld();
    const { FakeChannel } = createChannels();
    const entries = new Map<string, string>();
    const reads: (() => void)[] = [];
    let isSlow = false;
    const storage = (isMine: boolean) => ({
      // What was read is old when it arrives.
      async getItem(key: string) {
        const text = entries.get(key);
        if (isSlow && isMine) await new Promise<void>((resolve) => reads.push(resolve));
        return text;
      },
      setItem: async (key: string, value: string) => entries.set(key, value),
      removeItem: async (key: string) => entries.delete(key),
    });
    const openOne = (isMine: boolean) =>
      open({ storage: storage(isMine) }, { BroadcastChannel: FakeChannel });
    const [here, there] = [openOne(true), openOne(false)];
    await here.session.logIn({ anonymous: true });
    await settle();
    gateway.intercept = () => {
      isSlow = true;
      return undefined;
    };
    const write = here.session.writeCustomUserData({ a: 1 });
    while (reads.length === 0) await settle();
    await there.session.logOut();
    isSlow = false;
    for (const go of reads.splice(0)) go();
    expect(await write).toMatchObject({ user: { customData: { a: 1 } } });
    await settle();
    expect([here.session.status, there.session.status]).toEqual(['loggedOut', 'loggedOut']);
    expect(entries.size).toBe(0);
    expect(there.events.at(-1)).toBe('LOGGED_OUT');
  });

  test('that brings back a session which was left here shows nobody here', async () => {
    const { openLoggedIn, entries } = createWorld();
    const { session, tab, events } = await openLoggedIn();
    const text = entries.get(KEY) ?? '';
    await session.logOut();
    entries.set(KEY, text);
    tab.fire({ type: 'storage', key: KEY });
    await settle();
    expect([session.status, events]).toEqual(['loggedOut', ['LOGGED_OUT']]);
    expect(await session.getAccessToken()).toBeNull();
  });

  test('sees a log-out and a log-in in one burst as another user', async () => {
    const { openLoggedIn, open } = createWorld();
    const here = await openLoggedIn();
    const there = open();
    const before = there.session.user;
    await Promise.all([here.session.logOut(), here.session.logIn({ anonymous: true })]).catch(
      () => undefined,
    );
    await here.session.logIn({ anonymous: true });
    await settle();
    expect(there.session.user).toEqual(here.session.user);
    expect(there.session.user?.id).not.toBe(before?.id);
    expect(there.events.at(-1)).toBe('LOGGED_IN');
  });

  test('sees that all of the storage was cleared, and nothing in entries of others', async () => {
    const { openLoggedIn, open } = createWorld();
    const here = await openLoggedIn();
    const there = open();
    await there.tab.localStorage.setItem('unrelated', 'x');
    await settle();
    expect([here.events, there.events]).toEqual([[], []]);
    here.tab.localStorage.clear();
    await settle();
    expect(there.session.status).toBe('loggedOut');
    expect(there.events).toEqual(['LOGGED_OUT']);
  });

  test('that slept shows nobody when it comes back after a log-out', async () => {
    const { openLoggedIn, open } = createWorld();
    const here = await openLoggedIn();
    const there = open();
    there.tab.sleep();
    await here.session.logOut();
    await settle();
    there.tab.wake();
    expect([there.session.status, there.session.user]).toEqual(['loggedOut', null]);
  });

  test('that heard of nothing looks at each use', async () => {
    const { openLoggedIn, open, gateway } = createWorld();
    const here = await openLoggedIn();
    const there = open();
    there.tab.sleep();
    await here.session.logOut();
    gateway.requests.length = 0;
    expect(await there.session.getAccessToken()).toBeNull();
    expect(there.session.status).toBe('loggedOut');
    expect(gateway.requests).toEqual([]);
  });

  test('that becomes visible with nothing changed tells nothing and sends nothing', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { tab, events } = await openLoggedIn();
    await clock.pass(HOUR);
    for (const type of ['visibilitychange', 'pageshow', 'online']) tab.fire({ type });
    await settle();
    expect([events, gateway.requests]).toEqual([[], []]);
  });

  test('of another user does not get what was meant for this one', async () => {
    const { openLoggedIn, open, gateway } = createWorld();
    const here = await openLoggedIn();
    const there = open();
    there.tab.sleep();
    await here.session.logIn({ anonymous: true });
    expect(await codeOf(there.session.writeCustomUserData({ secret: 1 }))).toBe('UNAUTHENTICATED');
    expect(gateway.count('writeCustomUserData')).toBe(0);
    expect(there.session.user).toEqual(here.session.user);
  });
});

describe.each([
  ['with locks', true],
  ['without locks', false],
])('tabs over an expiry, %s,', (_name, hasLocks) => {
  test('refresh, and all their requests are answered', async () => {
    const { openLoggedIn, open, gateway, clock } = createWorld({ hasLocks });
    const here = await openLoggedIn();
    const there = open();
    for (let round = 0; round < 20; round += 1) {
      await clock.pass(HOUR);
      const all = [here, there].flatMap(({ session }) =>
        Array.from({ length: 10 }, () => session.refreshCustomData()),
      );
      expect(await Promise.all(all)).toHaveLength(20);
    }
    expect([here.session.status, there.session.status]).toEqual(['loggedIn', 'loggedIn']);
    expect(gateway.count('refreshSession')).toBeLessThanOrEqual(hasLocks ? 20 : 40);
  });
});

describe('the lock', () => {
  test('is asked once more what is stored: one refresh for two tabs', async () => {
    const { openLoggedIn, open, gateway, clock } = createWorld();
    const here = await openLoggedIn();
    const there = open();
    await clock.pass(HOUR);
    const [mine, theirs] = await Promise.all([
      here.session.getAccessToken(),
      there.session.getAccessToken(),
    ]);
    expect(mine).toBe(theirs);
    expect(gateway.count('refreshSession')).toBe(1);
    expect(here.session.user).toEqual(there.session.user);
  });

  test('that another tab never lets go is waited for five seconds, then done without', async () => {
    const { openLoggedIn, gateway, clock, locks } = createWorld();
    const { session } = await openLoggedIn();
    void locks.request(KEY, { signal: new AbortController().signal }, () => NEVER);
    await clock.pass(HOUR);
    const asked = watch(session.getAccessToken());
    await clock.pass(4_999);
    expect(gateway.requests).toHaveLength(0);
    await clock.pass(1);
    expect(asked.value).toMatch(/^e30/);
    expect(gateway.requests).toHaveLength(1);
  });

  test('that is forbidden here is done without', async () => {
    const { open, gateway, clock } = createWorld();
    const refuse = () => Promise.reject(new DOMException('no origin', 'SecurityError'));
    const { session } = open({}, { navigator: { locks: { request: refuse } } });
    await session.logIn({ anonymous: true });
    await clock.pass(HOUR);
    expect(await session.getAccessToken()).toMatch(/^e30/);
    expect(gateway.count('refreshSession')).toBe(1);
  });

  test('is free again after a refresh that was never answered', async () => {
    const { openLoggedIn, gateway, clock, locks } = createWorld();
    const { session } = await openLoggedIn();
    gateway.intercept = () => NEVER;
    await clock.pass(HOUR);
    const asked = watch(session.getAccessToken());
    await clock.pass(10_000);
    expect(asked.error).toMatchObject({ code: 'OFFLINE' });
    expect([locks.held(), clock.pending()]).toEqual([0, 0]);
  });

  test('of two sessions on one key in one tab, as after a module was replaced, stops neither', async () => {
    const { open, gateway, clock } = createWorld();
    const first = open();
    await first.session.logIn({ anonymous: true });
    first.session.close();
    const second = open();
    await clock.pass(HOUR);
    const [one, two] = await Promise.all([
      first.session.getAccessToken(),
      second.session.getAccessToken(),
    ]);
    expect(one).toBe(two);
    expect(gateway.count('refreshSession')).toBe(1);
  });
});
