/** Whether the database takes writes, as far as the last one tells: for probes of readiness. */
import { serviceUnavailable } from '../../errors.ts';

/** Remembers how writes went. */
export interface WriteWatch {
  /** Told of each write whether it was answered. */
  note(isAnswered: boolean): void;
  /**
   * Fails with `SERVICE_UNAVAILABLE` if the last write was not answered and a small one of our own is not either,
   * which is tried once a second at most, however often this is asked.
   */
  assertWritable(): Promise<void>;
}

/** Least time between two writes of our own, in milliseconds. */
const PAUSE = 1000;

/** Creates a watch; `probe` is the write of our own, `clock` is in milliseconds. */
export function createWriteWatch(
  probe: () => Promise<unknown>,
  clock: () => number = () => performance.now(),
): WriteWatch {
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
    note(isAnswered) {
      isFailing = !isAnswered;
    },
    async assertWritable() {
      if (!isFailing) return;
      if (clock() - triedAt >= PAUSE) trying ??= attempt();
      await trying;
      if (isFailing) throw serviceUnavailable(new Error('The last write was not answered'));
    },
  };
}
