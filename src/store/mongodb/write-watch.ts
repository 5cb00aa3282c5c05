/** Whether the database takes writes, as far as the last one tells: for probes of readiness. */
import { serviceUnavailable } from '../../errors.ts';

/** Least time between two writes of our own, in milliseconds. */
const PAUSE = 1000;

/** Creates what remembers how writes went; `probe` is the write of our own, `clock` is in milliseconds. */
export function createWriteWatch(
  probe: () => Promise<unknown>,
  clock: () => number = () => performance.now(),
) {
  let isFailing = false;
  let triedAt = Number.NEGATIVE_INFINITY;
  let trying: Promise<void> | undefined;

  async function attempt(): Promise<void> {
    triedAt = clock();
    try {
      await probe();
      isFailing = false;
    } catch {
      // It is said below, and the database's absence is in the log already.
    } finally {
      trying = undefined;
    }
  }

  return {
    /** Told of each write whether it was answered. */
    note(isAnswered: boolean) {
      isFailing = !isAnswered;
    },
    /**
     * Fails with `SERVICE_UNAVAILABLE` if the last write was not answered and a small one of our own is not either,
     * which is tried once a second at most, however often this is asked.
     */
    async assertWritable() {
      if (!isFailing) return;
      if (clock() - triedAt >= PAUSE) trying ??= attempt();
      await trying;
      if (isFailing) throw serviceUnavailable(new Error('The last write was not answered'));
    },
  };
}
