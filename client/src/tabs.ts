/** How a tab hears that the storage may have changed. */
import { attempt, type Platform, type PlatformEvent } from './platform.ts';

/** Events of a page after which it may have; all but the first since a page that slept has heard of nothing. */
const HINTS = ['storage', 'pageshow', 'visibilitychange', 'online'];

/** Tells other tabs, and hears from them. */
export interface Tabs {
  /** `left`: the session that was left last; no tab may bring it back. */
  readonly tell: (left: string | undefined) => void;
  readonly close: () => void;
}

/**
 * Begins to listen. `isShared`: whether there is a storage that others see, too. `onChange` gets what another tab
 * tells, if one does.
 */
export function openTabs(
  platform: Platform,
  key: string,
  isShared: boolean,
  onChange: (left?: string) => void,
  onOnline: () => void,
): Tabs {
  const { BroadcastChannel } = platform;
  const channel = attempt(() =>
    isShared && BroadcastChannel ? new BroadcastChannel(key) : undefined,
  );
  if (channel !== undefined) {
    channel.onmessage = ({ data }) => onChange(data);
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
    tell: (left) => channel?.postMessage(left),
    close() {
      channel?.close();
      for (const hint of HINTS) platform.removeEventListener?.(hint, onHint);
    },
  };
}
