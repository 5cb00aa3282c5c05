/** Who is told what happens. */
import type { Platform } from './platform.ts';
import type { SessionEvent } from './types.ts';

/** The listeners of a session. */
export interface Listeners {
  readonly tell: (event: SessionEvent) => void;
  readonly subscribe: (listener: (event: SessionEvent) => unknown) => () => void;
  readonly clear: () => void;
}

/** Creates the list. */
export function createListeners(platform: Platform): Listeners {
  const listeners = new Set<(event: SessionEvent) => unknown>();
  return {
    /** Later, so that listeners run outside of locks and of the code that changed something. */
    tell(event) {
      for (const listener of listeners) {
        Promise.resolve()
          .then(() => listeners.has(listener) && listener(event))
          .catch((error) => {
            if (platform.reportError) platform.reportError(error);
            else platform.console?.error(error);
          });
      }
    },
    subscribe(listener) {
      const own = (event: SessionEvent) => listener(event);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    clear: () => listeners.clear(),
  };
}
