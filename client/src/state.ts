/** Who is logged in, as this tab and the storage know it. */
import { createListeners, type Listeners } from './listeners.ts';
import { type Awaitable, attempt, type Platform, type SessionStorage, then } from './platform.ts';
import { type LiveSession, parseStored } from './record.ts';
import { keepReferences } from './references.ts';
import { openTabs } from './tabs.ts';
import type { SessionEvent, SessionStatus } from './types.ts';
import { createVault } from './vault.ts';

/** The state of a session. */
export interface State {
  readonly status: () => SessionStatus;
  readonly live: () => LiveSession | null;
  /** When the storage has answered for the first time. */
  readonly restored: Awaitable<void>;
  /** Takes in what the storage has, unless this tab changes it meanwhile. */
  readonly look: () => Awaitable<void>;
  /** Makes `next` the session, here, in the storage and in other tabs. `ending`: why there is none. */
  readonly commit: (next: LiveSession | null, ending?: SessionEvent) => void;
  readonly subscribe: Listeners['subscribe'];
  readonly close: () => void;
}

/**
 * Creates the state; it is that of the storage at once, if that answers at once. `onOnline` is called when the network
 * may be back.
 */
export function createState(
  platform: Platform,
  key: string,
  url: string,
  storage: SessionStorage | undefined,
  onOnline: () => void,
): State {
  const shared = storage ?? attempt(() => platform.localStorage);
  const vault = createVault(platform, key, shared);
  const listeners = createListeners(platform);
  let status: SessionStatus = 'restoring';
  let live: LiveSession | null = null;
  let seen: string | null = null;
  let commits = 0;
  /** The session that was left last, here or elsewhere: an answer that was late may have brought it back. */
  let left: string | undefined;

  function set(next: LiveSession | null, ending: SessionEvent): void {
    const before = live;
    const hadStatus = status;
    live = next && keepReferences(next, before);
    status = live === null ? 'loggedOut' : 'loggedIn';
    if (live !== null) tellChanges(before, live);
    else if (hadStatus !== status) listeners.tell(ending);
  }

  function tellChanges(before: LiveSession | null, now: LiveSession): void {
    if (before?.claims.sid !== now.claims.sid) listeners.tell('LOGGED_IN');
    else {
      if (before.claims.exp !== now.claims.exp) listeners.tell('REFRESHED');
      if (before.user.customData !== now.user.customData) listeners.tell('DATA_CHANGED');
    }
  }

  function look(): Awaitable<void> {
    const before = commits;
    return then(vault.read(), (text) => {
      if (before !== commits || (text === seen && status !== 'restoring')) return;
      seen = text;
      const next = parseStored(platform, url, text);
      set(next?.claims.sid === left ? null : next, 'LOGGED_OUT');
    });
  }

  function commit(next: LiveSession | null, ending: SessionEvent = 'LOGGED_OUT'): void {
    if (next === null) left = live?.claims.sid;
    commits += 1;
    seen = next && serialize(next);
    set(next, ending);
    void then(vault.write(seen), () => tabs.tell(left));
  }

  function hear(told?: string): void {
    left = told ?? left;
    if (live !== null && live.claims.sid === left) commit(null);
    else void look();
  }

  const tabs = openTabs(platform, key, Boolean(shared), hear, onOnline);
  return {
    status: () => status,
    live: () => live,
    restored: look(),
    look,
    commit,
    subscribe: listeners.subscribe,
    close() {
      listeners.clear();
      tabs.close();
    },
  };
}

function serialize({ claims: _claims, ...stored }: LiveSession): string {
  return JSON.stringify(stored);
}
