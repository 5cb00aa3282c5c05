/** How a tab hears that the storage may have changed. */
import type { Channel, Platform, PlatformEvent } from './platform.ts';

/** Events of a page after which it may have; all but the first since a page that slept has heard of nothing. */
const HINTS = ['storage', 'pageshow', 'visibilitychange', 'online'];

/** Tells other tabs, and hears from them. */
export interface Tabs {
  readonly tell: () => void;
  readonly close: () => void;
}

/** What to listen for. */
export interface TabOptions {
  readonly key: string;
  /** Whether the storage is one that pages hear of by themselves. */
  readonly isLocalStorage: boolean;
  readonly onChange: () => void;
  readonly onOnline: () => void;
}

/** Begins to listen. */
export function openTabs(platform: Platform, options: TabOptions): Tabs {
  const { key, isLocalStorage, onChange, onOnline } = options;
  const channel = isLocalStorage ? undefined : openChannel(platform, key);
  if (channel !== undefined) {
    channel.onmessage = onChange;
    // Node's: a channel alone keeps no process running.
    channel.unref?.();
  }
  const onHint = (event: PlatformEvent) => {
    if (event.type === 'online') onOnline();
    // Without a key all of the storage was cleared.
    if ((event.key ?? key) === key) onChange();
  };
  for (const hint of HINTS) platform.addEventListener?.(hint, onHint);
  return {
    tell: () => channel?.postMessage(0),
    close() {
      channel?.close();
      for (const hint of HINTS) platform.removeEventListener?.(hint, onHint);
    },
  };
}

/** There may be none, and a page that may store nothing may have none either. */
function openChannel({ BroadcastChannel }: Platform, name: string): Channel | undefined {
  try {
    return BroadcastChannel && new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}
