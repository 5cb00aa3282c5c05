/** Whether the gateway can be reached, and what time it is there. */
import { createStore, type Store } from './store.ts';

/** Why nothing reaches the gateway: the browser has no network, or nobody answers. */
export type Obstacle = 'offline' | 'silent';

/** What is sent. */
export interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** The way to a gateway. */
export interface Reach {
  /** `null`: it answers, as far as anybody knows. */
  readonly obstacle: Store<Obstacle | null>;
  /** Milliseconds that its clock is ahead of the browser's. */
  readonly ahead: Store<number>;
  /** `fetch` without cookies, from which both are known. */
  readonly fetch: (url: string, init: Sent) => Promise<Response>;
}

/** Milliseconds between two looks whether it answers again. */
const PAUSE = 3000;
/** Milliseconds that one of them waits. */
const PATIENCE = 5000;
/** Milliseconds that clocks may differ: a `Date` header has whole seconds, and was a while on its way. */
const TOLERANCE = 2500;

/**
 * Opens the way to the gateway that has its pages at `base`. A browser says that it is offline when it has no network, which the
 * gateway on the same machine needs none of: so whether it answers is always asked.
 */
export function openReach(base: string): Reach {
  const probed = new URL('health/live', base).href;
  const obstacle = createStore<Obstacle | null>(null);
  const ahead = createStore(0);
  let isLooking = false;

  function note(response: Response): void {
    obstacle.set(null);
    const difference = Date.parse(response.headers.get('date') ?? '') - Date.now();
    if (Math.abs(difference - ahead.get()) > TOLERANCE) {
      ahead.set(Math.abs(difference) > TOLERANCE ? difference : 0);
    }
  }
  async function look(): Promise<void> {
    try {
      note(await fetch(probed, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) }));
    } catch {
      obstacle.set(navigator.onLine ? 'silent' : 'offline');
      setTimeout(doubt, PAUSE);
    }
    isLooking = false;
  }
  function doubt(): void {
    if (isLooking) return;
    isLooking = true;
    void look();
  }

  addEventListener('online', doubt);
  addEventListener('offline', doubt);
  if (!navigator.onLine) doubt();
  return {
    obstacle,
    ahead,
    async fetch(url, init) {
      try {
        const response = await fetch(url, { ...init, credentials: 'omit' });
        note(response);
        return response;
      } catch (error) {
        // Somebody has stopped it: that tells nothing.
        if ((error as Error).name !== 'AbortError') doubt();
        throw error;
      }
    },
  };
}

/** What is said of an obstacle. */
export function describeObstacle(obstacle: Obstacle): string {
  return obstacle === 'offline' ? 'The browser is offline' : 'The gateway does not answer';
}
