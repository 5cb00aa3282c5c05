/** Keeps a number of workers, and replaces all of them one after the other on demand. */
import { type CrewParts, createCrew } from './crew.ts';
import { createPlace, failureFields, type Place } from './place.ts';
import type { Start } from './worker-process.ts';

/** What supervising takes. */
export interface SupervisorParts extends CrewParts {
  /** How many workers there are to be. */
  readonly count: number;
}

const NOT_REPLACED =
  'a new worker cannot start: those that are there stay, with the files as they have read them';

/** Creates the supervisor of no workers yet. */
export function createSupervisor(parts: SupervisorParts) {
  const { count, log } = parts;
  const crew = createCrew(parts);
  const places = Array.from({ length: count }, () => createPlace(crew, log));
  let starting: Promise<Start> | undefined;
  let isReplacing = false;
  let isReplacementWanted = false;

  async function startAll(): Promise<Start> {
    const [first, ...others] = places as [Place, ...Place[]];
    // Alone: it makes and updates the store, and what is wrong is said once.
    const worker = crew.begin();
    const start = await worker.started;
    if (start.type === 'failed' || crew.isStopping()) return start;
    first.occupy(worker);
    for (const place of others) place.occupy(crew.begin());
    await Promise.all(places.map(({ opened }) => opened));
    return start;
  }

  async function replaceEach(): Promise<void> {
    for (const place of places) {
      const fresh = crew.begin();
      const start = await fresh.started;
      if (crew.isStopping()) return;
      if (start.type === 'failed') {
        log.error(failureFields(start), NOT_REPLACED);
        return;
      }
      const before = place.occupy(fresh);
      if (before !== undefined) await crew.retire(before);
    }
    log.info({ workers: count }, 'all workers are replaced, the new ones have read the files anew');
  }

  async function replaceWhileWanted(): Promise<void> {
    await starting;
    while (isReplacementWanted && !crew.isStopping()) {
      isReplacementWanted = false;
      await replaceEach();
    }
    isReplacing = false;
  }

  return {
    isStopping: crew.isStopping,
    workers: crew.workers,
    stop: crew.stop,

    /** Starts the workers. Resolves once all listen, or with why the first cannot: then there are none. */
    start(): Promise<Start> {
      starting ??= startAll();
      return starting;
    },

    /**
     * Replaces the workers one by one: the old one goes when the new one listens. If a new one cannot, those
     * left stay. Asked for while workers are being replaced, it is done once more after that.
     */
    replace(): void {
      // Those that start will read the files as they are.
      if (starting === undefined) return;
      isReplacementWanted = true;
      if (isReplacing) return;
      isReplacing = true;
      void replaceWhileWanted();
    },
  };
}
