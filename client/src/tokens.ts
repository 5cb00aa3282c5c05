/** The access token: refreshed when it is used, once for everybody who waits for it. */
import type { GatewayError } from './errors.ts';
import { withLock } from './lock.ts';
import type { Platform } from './platform.ts';
import { type LiveSession, timeLeft } from './record.ts';
import type { State } from './state.ts';
import { trade } from './trade.ts';
import type { Send } from './transport.ts';

/** Milliseconds without another attempt after one that failed, unless the gateway says how long. */
const COOLING = 5_000;
/** The longest that a gateway may ask for. */
const MAX_COOLING = 3_600_000;
const REFRESH_MARGIN = 60_000;

/** Who hands out access tokens. */
export interface Tokens {
  /** A token to send, `null` if nobody is logged in; never `notThis` unless there is no other. */
  readonly get: (notThis?: string) => Promise<string | null>;
  /** The next attempt may be made at once. */
  readonly warm: () => void;
}

/** What tokens need to know. */
export interface TokenOptions {
  readonly key: string;
  readonly url: string;
  readonly refreshMargin: number | undefined;
  readonly send: Send;
  readonly state: State;
}

interface Failure {
  readonly refreshToken: string;
  readonly error: unknown;
  readonly at: number;
  /** Milliseconds. */
  readonly cooling: number;
}

/** Creates them. */
export function createTokens(platform: Platform, options: TokenOptions): Tokens {
  const { key, url, refreshMargin = REFRESH_MARGIN, send, state } = options;
  let flight: { readonly refreshToken: string; readonly done: Promise<void> } | undefined;
  let failure: Failure | undefined;

  /** One at a time for a refresh token, and none while the failure of the last one cools. */
  function refresh(live: LiveSession, isGood: (live: LiveSession) => boolean): Promise<void> {
    const { refreshToken } = live;
    if (flight?.refreshToken === refreshToken) return flight.done;
    if (failure?.refreshToken === refreshToken) {
      // In either direction: the clock may have been set back.
      const passed = Math.abs(platform.Date.now() - failure.at);
      if (passed < failure.cooling) return Promise.reject(failure.error);
    }
    const done = withLock(platform, key, () => trade({ platform, url, send, state }, live, isGood))
      .catch((error) => {
        failure = { refreshToken, error, at: platform.Date.now(), cooling: coolingOf(error) };
        throw error;
      })
      .finally(() => {
        if (flight?.done === done) flight = undefined;
      });
    flight = { refreshToken, done };
    return done;
  }

  return {
    async get(notThis) {
      const isGood = (live: LiveSession, margin = Math.min(refreshMargin, live.life / 2)) =>
        live.accessToken !== notThis && timeLeft(platform, live) > margin;
      await state.look();
      const live = state.live();
      if (live !== null && !isGood(live)) {
        try {
          await refresh(live, isGood);
        } catch (error) {
          const now = state.live();
          // Not refreshed in time, but it lives.
          if (now === null || !isGood(now, 0)) throw error;
        }
      }
      return state.live()?.accessToken ?? null;
    },
    warm: () => {
      failure = undefined;
    },
  };
}

function coolingOf(error: unknown): number {
  const asked = Number((error as GatewayError).extensions?.['retryAfterSeconds']);
  return asked > 0 ? Math.min(asked * 1000, MAX_COOLING) : COOLING;
}
