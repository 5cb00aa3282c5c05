/** One tab at a time, where the platform can say so. A help, never a condition. */
import type { Platform } from './platform.ts';

/** Milliseconds after which a tab goes on without the lock that another does not let go. */
const LOCK_TIMEOUT = 5_000;

/** Runs alone among tabs, or after `LOCK_TIMEOUT`, or at once where there are no locks. */
export async function withLock<T>(
  platform: Platform,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  const locks = platform.navigator?.locks;
  if (!locks) return run();
  const waiting = new platform.AbortController();
  const timer = platform.setTimeout(() => waiting.abort(), LOCK_TIMEOUT);
  let isHeld = false;
  try {
    return await locks.request(name, { signal: waiting.signal }, () => {
      // What is aborted from now on is nobody's wait.
      platform.clearTimeout(timer);
      isHeld = true;
      return run();
    });
  } catch (error) {
    if (isHeld) throw error;
    return run();
  } finally {
    platform.clearTimeout(timer);
  }
}
