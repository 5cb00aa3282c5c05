/**
 * How often something was done of late: counted in windows of time, of which the last two are known. What was done in
 * the one before counts as far as it is still within the length of a window, as if it had come evenly.
 *
 * Windows begin at the same moment everywhere, so the counts of several gateways can be added up.
 */
import { LRUCache } from 'lru-cache';
import type { RateLimit } from '../../config.ts';

/** Counts in a window, and in the one before. */
export interface Counted {
  /** The window: how many of its length there were since 1970. */
  readonly window: number;
  readonly current: number;
  readonly previous: number;
}

/** Counts by keys. */
export type Counts = ReturnType<typeof createCounts>;

/** What counting takes. */
export interface CountsParts {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** What other gateways have counted under a key. */
  readonly others?: (key: string) => readonly Counted[];
  /** Told of a key that is on its way to its limit, and of every further count of it. */
  readonly onHot?: (key: string, counted: Counted, limit: RateLimit) => void;
}

/** Most keys: a million addresses take no more memory than so many. Those that were not asked for longest go first. */
export const MAX_KEYS = 100_000;
/** From this part of its limit on a key is on its way there. */
const HOT = 4;
const MILLISECONDS_PER_SECOND = 1000;

/** Creates counts; a key is one of one limit. */
export function createCounts({ now, onHot, others = () => [] }: CountsParts) {
  const counts = new LRUCache<string, Counted>({ max: MAX_KEYS });
  /** How much was counted, here and elsewhere, as at the moment. */
  const sum = (key: string, { milliseconds }: RateLimit): Moment => {
    const own = counts.get(key);
    const all = own === undefined ? others(key) : [own, ...others(key)];
    return addUp(all, now(), milliseconds);
  };
  return {
    /** Whether it may be done once more. */
    hasRoom: (key: string, limit: RateLimit) => estimateOf(sum(key, limit)) + 1 <= limit.limit,

    /** About how often it was done within the length of a window until now. */
    estimate: (key: string, limit: RateLimit) => estimateOf(sum(key, limit)),

    /** In how many seconds, one at least, it may be done once more if it is not done until then. */
    secondsUntilRoom: (key: string, limit: RateLimit) => waitOf(sum(key, limit), limit),

    /** Counts one more; or, with -1, takes one back. */
    add(key: string, limit: RateLimit, change: 1 | -1 = 1) {
      const { milliseconds } = limit;
      const own = counts.get(key);
      const { window, current, previous } = addUp(
        own === undefined ? [] : [own],
        now(),
        milliseconds,
      );
      const counted = { window, current: Math.max(0, current + change), previous };
      counts.set(key, counted);
      if (HOT * (counted.current + previous) >= limit.limit) onHot?.(key, counted, limit);
    },

    /** How many keys are known. */
    size: () => counts.size,
  };
}

/** Counts at a moment. */
interface Moment extends Counted {
  /** How much of the window is over, from 0 to 1. */
  readonly elapsed: number;
}

function addUp(all: readonly Counted[], now: number, milliseconds: number): Moment {
  const exact = now / milliseconds;
  const latest = all.reduce((max, { window }) => Math.max(max, window), 0);
  // Clocks differ a little, and one may be set back: what is counted in the next window already counts in it.
  const isNext = latest === Math.floor(exact) + 1;
  const window = isNext ? latest : Math.floor(exact);
  let [current, previous] = [0, 0];
  for (const each of all) {
    if (each.window === window) {
      current += each.current;
      previous += each.previous;
    } else if (each.window === window - 1) previous += each.current;
  }
  return { window, current, previous, elapsed: isNext ? 0 : exact - window };
}

function estimateOf({ current, previous, elapsed }: Moment): number {
  return current + previous * (1 - elapsed);
}

function waitOf(moment: Moment, { limit, milliseconds }: RateLimit): number {
  const { current, elapsed, previous } = moment;
  // So much may be counted where one more is to be let through.
  const most = limit - 1;
  // In this window if what is counted in it leaves room, else in the next.
  const share = current <= most ? 1 - (most - current) / Math.max(previous, 1) : 2 - most / current;
  const seconds = Math.ceil(
    (Math.max(0, share - elapsed) * milliseconds) / MILLISECONDS_PER_SECOND,
  );
  return Math.max(1, seconds);
}
