/**
 * Completes the deletions of users that were cut off, whichever gateway began them, and removes the
 * tombstones of those that are over.
 */
import { inBatches } from '../account/records.ts';
import type { Log } from '../log.ts';
import { createRepeated } from '../repeated.ts';
import { settleDeletion, type UserDeletionParts } from './delete-user.ts';

/** What sweeping takes. */
export interface DeletionSweepParts extends UserDeletionParts {
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How long after a deletion no request that began before it can be under way, in milliseconds. */
  readonly settle: number;
}

const INTERVAL_MILLISECONDS = 3_600_000;

/**
 * Creates what sweeps: at the start, every hour, and when there is something to do. Any number of gateways
 * may sweep one store at once.
 */
export function createDeletionSweep(parts: DeletionSweepParts) {
  const stopping = new AbortController();
  let isStarted = false;
  let next: NodeJS.Timeout | undefined;

  // It never fails: what failed is logged.
  const { run, start, stop } = createRepeated(async () => {
    if (!(await sweep(parts, stopping.signal))) expect();
  }, INTERVAL_MILLISECONDS);

  /** Something is left to do: once started, sweeps when it has settled. */
  function expect(): void {
    if (!isStarted || next !== undefined || stopping.signal.aborted) return;
    // Twice: what begins now is cleared a little later, and settles only then.
    next = setTimeout(() => {
      next = undefined;
      void run();
    }, 2 * parts.settle).unref();
  }

  return {
    run,
    expect,

    /** Sweeps now and every hour from now on. */
    start() {
      isStarted = true;
      start();
      void run();
    },

    /** Sweeps no more; resolves when the one that runs has ended, which is soon. */
    async stop() {
      stopping.abort();
      clearTimeout(next);
      await stop();
    },
  };
}

/** Whether nothing is left to do later. */
async function sweep(parts: DeletionSweepParts, end: AbortSignal): Promise<boolean> {
  const { deletions, log, now, settle } = parts;
  let seen = 0;
  let over = 0;
  try {
    await noteEarlier(parts, end);
    for await (const deletion of inBatches(deletions.list)) {
      if (end.aborted) break;
      const settling = settleDeletion(parts, deletion, { now: now(), settle });
      // One that fails is no reason to leave the others undone.
      const isOver = await settling.catch((error: unknown) => {
        log.warn({ err: error, userId: deletion._id }, 'the deletion of a user is not complete');
        return false;
      });
      seen += 1;
      if (isOver) over += 1;
    }
  } catch (error) {
    log.warn({ err: error }, 'the deletions of users could not be looked through');
    return false;
  }
  log.debug({ seen, over }, 'looked through the deletions of users');
  return seen === over;
}

/** Notes, once in the life of a store, the deletions that were cut off under a version without notes. */
async function noteEarlier(parts: DeletionSweepParts, end: AbortSignal): Promise<void> {
  const { accounts, deletions, deletesDocument } = parts;
  if (await deletions.areEarlierNoted()) return;
  for await (const { _id, deletedAt } of inBatches(accounts.listWithDeleted)) {
    if (end.aborted) break;
    if (deletedAt !== undefined) await deletions.begin(_id, deletesDocument);
  }
  if (!end.aborted) await deletions.markEarlierNoted();
}
