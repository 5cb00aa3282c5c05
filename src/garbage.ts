/** How V8 collects garbage in processes that answer requests or run functions. */
import { setFlagsFromString } from 'node:v8';

/**
 * Has this process collect young garbage in its main thread alone. Nearly all that a request leaves is garbage at once,
 * so there is next to nothing for V8's helper threads to copy: to wake them and to wait for them is most of what such a
 * collection costs. What has lasted is still marked beside the main thread.
 */
export function collectAlone(): void {
  setFlagsFromString('--no-parallel-scavenge');
}
