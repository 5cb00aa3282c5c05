/** Runs triggers beside the requests: a few at once, in the order in which their events come. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuthTrigger, Config } from '../../config.ts';
import { createRepeated } from '../../repeated.ts';
import type { EventRecord } from './event-records.ts';
import { type RunParts, runEvent, type Turn } from './run-event.ts';

/** What runs them. */
export type TriggerRunner = ReturnType<typeof createTriggerRunner>;

/** What running takes. */
export interface TriggerRunnerParts extends RunParts {
  readonly config: { readonly functions: Pick<Config['functions'], 'threads'> };
  readonly triggers: readonly AuthTrigger[];
  readonly pollMilliseconds?: number | undefined;
}

const POLL_MILLISECONDS = 5_000;
/** Events that wait in memory; more of them wait in the store, as all do. */
const MAX_WAITING = 1_000;
/** Read at once. */
const PAGE = 100;
/** Looked through at once, however many wait for a later try: the next look goes on where it ended. */
const MAX_PAGES = 20;
/** How long a stop waits for functions that run; they are ended then, and run again later. */
const STOP_MILLISECONDS = 5_000;

/** Creates it; nothing runs before `start`, and then also what others have left undone. */
export function createTriggerRunner(parts: TriggerRunnerParts) {
  const { log, now, pollMilliseconds = POLL_MILLISECONDS, records } = parts;
  /** Up to where they were looked through. */
  let after = '';
  /** Whether the look ended there since enough was due. */
  let isCutShort = false;
  const queue = createQueue(parts, () => {
    if (isCutShort) void look.run();
  });

  // It never fails: what failed is logged.
  const look = createRepeated(async () => {
    isCutShort = false;
    try {
      // What still waits has been read before.
      for (let pages = 0; pages < MAX_PAGES && queue.isEmpty(); pages += 1) {
        const page = await records.list(after, PAGE);
        after = page.length < PAGE ? '' : (page.at(-1)?._id ?? '');
        queue.add(
          page.filter(({ dueAt }) => dueAt.getTime() <= now()),
          false,
        );
        if (after === '') return;
      }
      isCutShort = !queue.isEmpty();
    } catch (error) {
      log.warn({ err: error }, 'it could not be looked for triggers that are left undone');
    }
  }, pollMilliseconds);

  return {
    /** Events that have happened just now. */
    add: (noted: readonly EventRecord[]) => queue.add(noted, true),
    /** Looks for what is due now, and begins with it. */
    run: look.run,
    /** Looks for what is due, now and every few seconds. */
    start() {
      if (parts.triggers.length === 0) return;
      look.start();
      void look.run();
    },
    /** Begins nothing more; resolves when what runs has ended, or has had its time. */
    async close() {
      queue.stop();
      await look.stop();
      const patience = delay(STOP_MILLISECONDS, undefined, { ref: false });
      await Promise.race([queue.settled(), patience]);
    },
  };
}

/** The events that wait for their turn, and those that have it. `onEmpty`: none waits any more. */
function createQueue(parts: TriggerRunnerParts, onEmpty: () => void) {
  const triggers = new Map(parts.triggers.map((trigger) => [trigger.name, trigger]));
  // Half of what functions may take: log-ins by function and calls of users go on.
  const slots = Math.max(1, Math.floor(parts.config.functions.threads / 2));
  const waiting: Turn[] = [];
  const running = new Set<Promise<void>>();
  let isStopping = false;

  function begin(): void {
    while (running.size < slots) {
      const turn = waiting.shift();
      if (turn === undefined) return;
      const run = runEvent(parts, turn).finally(() => {
        running.delete(run);
        begin();
      });
      running.add(run);
      if (waiting.length === 0) onEmpty();
    }
  }

  return {
    isEmpty: () => waiting.length === 0,
    /** `isKnown`: they are known to have happened. */
    add(records: readonly EventRecord[], isKnown: boolean): void {
      for (const record of records) {
        const trigger = triggers.get(record.trigger);
        if (trigger === undefined || waiting.length >= MAX_WAITING || isStopping) continue;
        waiting.push({ record, trigger, isKnown, isStopping: () => isStopping });
      }
      begin();
    },
    /** Begins with nothing more. */
    stop(): void {
      isStopping = true;
      waiting.length = 0;
    },
    /** Resolves when what runs has ended. */
    settled: () => Promise.allSettled(running),
  };
}
