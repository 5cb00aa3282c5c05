/** Reads the store's keys: one reading at a time, not too often, and with a line in the log when it cannot be. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';

/** However many tokens with unknown keys come, the store is read no more often. */
const MIN_GAP_MILLISECONDS = 250;

/** Creates the reader. */
export function createKeyReader(read: () => Promise<void>) {
  let reading: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let begun = Number.NEGATIVE_INFINITY;

  function readNow(): Promise<void> {
    if (reading === undefined) {
      begun = performance.now();
      reading = read().finally(() => {
        reading = undefined;
      });
    }
    return reading;
  }

  async function readInTurn(): Promise<void> {
    // Whoever asks for that one is told of its failure.
    await reading?.catch(() => undefined);
    const gap = begun + MIN_GAP_MILLISECONDS - performance.now();
    if (gap > 0) await sleep(gap);
    queued = undefined;
    await readNow();
  }

  return {
    /** Reads, or waits for the reading that is going on. */
    readNow,

    /** Waits for a reading that has not begun yet: one that has may have missed something. All wait for the same. */
    readAfterThis(): Promise<void> {
      queued ??= readInTurn();
      return queued;
    },
  };
}

const COMPLAINT_MILLISECONDS = 60_000;

/** Creates what says in the log, at first and then every minute, that the keys cannot be read. */
export function createOutageLog(log: Pick<Log, 'info' | 'warn' | 'error'>) {
  let since: number | undefined;
  let saidAt = 0;
  const seconds = () => Math.round((performance.now() - (since ?? 0)) / 1000);
  return {
    goesOn(error: unknown) {
      const at = performance.now();
      if (since === undefined) {
        since = at;
        saidAt = at;
        log.warn({ err: error }, 'the signing keys cannot be read: those read last stay in force');
      } else if (at - saidAt >= COMPLAINT_MILLISECONDS) {
        saidAt = at;
        const text = 'the signing keys cannot be read: a key that was retired since is not known';
        log.error({ err: error, seconds: seconds() }, text);
      }
    },
    ended() {
      if (since !== undefined) log.info({ seconds: seconds() }, 'the signing keys are read again');
      since = undefined;
    },
  };
}
