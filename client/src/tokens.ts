/** The access token: refreshed when it is used, once for everybody who waits for it. */
import type { GatewayError } from './errors.ts';
import { withLock } from './lock.ts';
import type { Parts } from './parts.ts';
import { type LiveSession, timeLeft } from './record.ts';
import { trade } from './trade.ts';

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

interface Failure {
  readonly refreshToken: string;
  readonly error: unknown;
  readonly at: number;
  /** Milliseconds. */
  readonly cooling: number;
}

/** Creates them. `refreshMargin`: how long before its expiry a token is not good enough any more, milliseconds. */
export function createTokens(parts: Parts, refreshMargin = REFRESH_MARGIN): Tokens {
  const { platform, key, state } = parts;
  const flights = new Map<string, Promise<void>>();
  let failure: Failure | undefined;

  /** One at a time for a refresh token, and none while the failure of the last one cools. */
  function refresh(live: LiveSession, isGood: (live: LiveSession) => boolean): Promise<void> {
    const { refreshToken } = live;
    const underWay = flights.get(refreshToken);
    if (underWay !== undefined) return underWay;
    if (failure?.refreshToken === refreshToken) {
      // In either direction: the clock may have been set back.
      const passed = Math.abs(platform.Date.now() - failure.at);
      if (passed < failure.cooling) return Promise.reject(failure.error);
    }
    const done = withLock(platform, key, () => trade(parts, live, isGood))
      .catch((error) => {
        failure = { refreshToken, error, at: platform.Date.now(), cooling: coolingOf(error) };
        throw error;
      })
      .finally(() => flights.delete(refreshToken));
    flights.set(refreshToken, done);
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
