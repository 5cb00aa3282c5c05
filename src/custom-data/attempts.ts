/** Trying again after lost races, for as long as a client may wait. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Deadline } from '../deadline.ts';
import { serviceUnavailable } from '../errors.ts';

/** How time passes. */
export interface Time {
  readonly deadline: Deadline;
  /** Waits for so many milliseconds; real time by default. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** For clocks that stand still. */
const MAX_ATTEMPTS = 200;
const FIRST_BACKOFF_MILLISECONDS = 2;
const MAX_BACKOFF_MILLISECONDS = 100;

/**
 * Makes attempts until one comes to something; `null`: someone else changed the document first. Fails
 * with `SERVICE_UNAVAILABLE` at the deadline, and as an attempt does.
 */
export async function repeatUntilDone<T>(
  { deadline, sleep = delay }: Time,
  attempt: () => Promise<T | null>,
): Promise<T> {
  for (let attempts = 0; attempts < MAX_ATTEMPTS && deadline.remaining() > 0; attempts += 1) {
    const done = await attempt();
    if (done !== null) return done;
    const ceiling = Math.min(MAX_BACKOFF_MILLISECONDS, FIRST_BACKOFF_MILLISECONDS * 2 ** attempts);
    // Full jitter, so that writers who collided once do not collide again in step.
    await sleep(Math.random() * ceiling);
  }
  throw serviceUnavailable(new Error('The document kept changing under the write'));
}
