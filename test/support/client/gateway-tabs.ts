/** Tabs of one browser at a real gateway: the network is real, what tabs share is as in `tabs.ts`. */
import type { Platform } from '../../../client/src/platform.ts';
import { createSessionOn } from '../../../client/src/session.ts';
import type { Session, SessionEvent, SessionOptions } from '../../../client/src/types.ts';
import { createFakeBrowser, type Tab } from './tabs.ts';

/** What the tabs of a test have sent and been told. */
export interface GatewayTabs {
  readonly open: (options?: Partial<SessionOptions>) => {
    readonly session: Session;
    readonly events: SessionEvent[];
    readonly tab: Tab;
  };
  /** How often an operation was sent. */
  readonly count: (field: string) => number;
}

/** Opens a browser whose clock is `now`. */
export function createGatewayTabs(
  url: () => string,
  {
    now = Date.now,
    hasLocks = true,
  }: { readonly now?: () => number; readonly hasLocks?: boolean } = {},
): GatewayTabs {
  const sent: string[] = [];
  const counting: Platform['fetch'] = (address, init) => {
    sent.push(JSON.parse(init.body).query);
    return fetch(address, init);
  };
  const browser = createFakeBrowser({ fetch: counting, hasLocks });
  return {
    open(options = {}) {
      const tab = browser.openTab();
      const platform: Platform = Object.assign(Object.create(tab.platform), {
        Date: { now },
        setTimeout: (run: () => void, ms: number) => setTimeout(run, ms).unref(),
        clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
      });
      const session = createSessionOn(platform, { url: url(), ...options });
      const events: SessionEvent[] = [];
      session.subscribe((event) => events.push(event));
      return { session, events, tab };
    },
    count: (field) => sent.filter((query) => query.includes(`{${field}`)).length,
  };
}
