/** Trying again after lost races, for as long as a client may wait. */
import { setTimeout as delay } from 'node:timers/promises';
import { serviceUnavailable } from '../errors.ts';

/** How time passes. */
export interface Time {
  /** The clock, epoch milliseconds. */
  readonly now: () => number;
  /** Waits for so many milliseconds; real time by default. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** How long to try again after lost races: a client should hear within five seconds. */
const RETRY_MILLISECONDS = 4000;
/** For clocks that stand still. */
const MAX_ATTEMPTS = 200;
const FIRST_BACKOFF_MILLISECONDS = 2;
const MAX_BACKOFF_MILLISECONDS = 100;

/**
 * Makes attempts until one comes to something; `null`: someone else changed the document first. Fails
 * with `SERVICE_UNAVAILABLE` after four seconds of these, and as an attempt does.
 */
export async function repeatUntilDone<T>(
  { now, sleep = delay }: Time,
  attempt: () => Promise<T | null>,
): Promise<T> {
  const deadline = now() + RETRY_MILLISECONDS;
  for (let attempts = 0; attempts < MAX_ATTEMPTS && now() < deadline; attempts += 1) {
    const done = await attempt();
    if (done !== null) return done;
    const ceiling = Math.min(MAX_BACKOFF_MILLISECONDS, FIRST_BACKOFF_MILLISECONDS * 2 ** attempts);
    // Full jitter, so that writers who collided once do not collide again in step.
    await sleep(Math.random() * ceiling);
  }
  throw serviceUnavailable(new Error('The document kept changing under the write'));
}
