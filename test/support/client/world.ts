/** Tabs of one browser at one gateway, all in this process and on one clock. */
import type { Platform } from '../../../client/src/platform.ts';
import { createSessionOn } from '../../../client/src/session.ts';
import type { Session, SessionEvent, SessionOptions } from '../../../client/src/types.ts';
import { createFakeGateway, type FakeGateway } from './fake-gateway.ts';
import { createClock, createFakeBrowser, type FakeBrowser, settle, type Tab } from './tabs.ts';

export const URL = 'https://gateway.example';
export const KEY = `custom-user-data:${URL}`;

/** A session in a tab, and what it told. */
export interface OpenedTab {
  readonly tab: Tab;
  readonly session: Session;
  readonly events: SessionEvent[];
}

/** The world of a test. */
export interface World extends FakeBrowser {
  readonly gateway: FakeGateway;
  readonly open: (options?: Partial<SessionOptions>, platform?: Partial<Platform>) => OpenedTab;
  /** Opens a tab and logs in; what has happened so far is forgotten. */
  readonly openLoggedIn: (options?: Partial<SessionOptions>) => Promise<OpenedTab>;
}

/** Creates one. */
export function createWorld({ hasLocks = true, life = 1_800_000 } = {}): World {
  const clock = createClock();
  const gateway = createFakeGateway(clock.now, { life });
  const browser = createFakeBrowser({ clock, hasLocks, fetch: gateway.fetch });

  function open(options: Partial<SessionOptions> = {}, platform: Partial<Platform> = {}) {
    const tab = browser.openTab();
    // Getters that throw stay getters.
    const on = Object.create(tab.platform, Object.getOwnPropertyDescriptors(platform)) as Platform;
    const session = createSessionOn(on, { url: URL, ...options });
    const events: SessionEvent[] = [];
    session.subscribe((event) => events.push(event));
    return { tab, session, events };
  }

  return {
    ...browser,
    gateway,
    open,
    async openLoggedIn(options) {
      const opened = open(options);
      await opened.session.logIn({ anonymous: true });
      await settle();
      opened.events.length = 0;
      gateway.requests.length = 0;
      return opened;
    },
  };
}

/** What is never there. */
export const NEVER = new Promise<never>(() => undefined);

/** The code that something rejects with; `undefined` if it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { readonly code?: unknown }).code ?? error;
  }
}

/** What a promise that must not reject has come to, without waiting: `undefined` while it is pending. */
export function watch<T>(promise: Promise<T>): { value: T | undefined; error: unknown } {
  const seen: { value: T | undefined; error: unknown } = { value: undefined, error: undefined };
  promise.then(
    (value) => {
      seen.value = value;
    },
    (error) => {
      seen.error = error;
    },
  );
  return seen;
}
