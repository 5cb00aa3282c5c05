/** One event: its trigger is run, and what that comes to is stored. */
import type { AuthTrigger } from '../../config.ts';
import { isGatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type {
  OpenTriggersParts,
  OperatorFunctions,
  TriggerResult,
} from '../../session/operator-functions.ts';
import type { EventRecord, EventRecords } from './event-records.ts';
import { decodeEvent } from './event-values.ts';

/** How long an event is left to the process that noted or took it, unless that says that it still has it. */
export const LEASE_MILLISECONDS = 15_000;
/** How often a process says so while the function runs. */
const HOLD_MILLISECONDS = 5_000;
/** Until the next try, after the first, second … */
const PAUSES_MILLISECONDS = [10_000, 60_000, 600_000, 3_600_000] as const;
/** How often a trigger is tried for one event. */
const MAX_TRIES = PAUSES_MILLISECONDS.length + 1;
/** Until the next try when there was no turn for this one. */
const BUSY_MILLISECONDS = 10_000;

/** What running takes. */
export interface RunParts extends Pick<OpenTriggersParts, 'hasAccount' | 'readCustomData' | 'now'> {
  readonly functions: Pick<OperatorFunctions, 'callAsSystem'>;
  readonly log: Log;
  readonly onRun?: OpenTriggersParts['onRun'];
  readonly records: EventRecords;
  /** How often it is said that a function still runs. */
  readonly holdMilliseconds?: number;
}

/** An event whose turn it is. */
export interface Turn {
  readonly record: EventRecord;
  readonly trigger: AuthTrigger;
  /** Whether it is known to have happened: otherwise whoever noted it was cut off, before or after. */
  readonly isKnown: boolean;
  /** Whether what fails now fails because the gateway stops. */
  readonly isStopping: () => boolean;
}

/** Runs the trigger unless somebody else does. Never fails: what failed is logged, and the event is tried again. */
export async function runEvent(parts: RunParts, turn: Turn): Promise<void> {
  const { log, records } = parts;
  const { record, trigger } = turn;
  try {
    if (!turn.isKnown && record.tries === 0 && !(await hasHappened(parts, record))) return;
    const taken = await records.take(record, after(parts, LEASE_MILLISECONDS));
    if (taken === null) return;
    // As often as it may be, and never to an end: it takes the gateway with it.
    if (taken.tries > MAX_TRIES) await giveUp(parts, { ...turn, record: taken }, undefined);
    else await runTaken(parts, { ...turn, record: taken });
  } catch (error) {
    log.warn({ err: error, trigger: trigger.name }, 'an event of a trigger waits for the store');
  }
}

function after({ now }: RunParts, milliseconds: number): Date {
  return new Date(now() + milliseconds);
}

/** What is there tells it. What is not over is left for later, what never was is forgotten. */
async function hasHappened(parts: RunParts, record: EventRecord): Promise<boolean> {
  const { hasAccount, records } = parts;
  const isThere = await hasAccount(record.userId);
  if (record.operation !== 'DELETE') {
    if (!isThere) await records.remove(record);
    return isThere;
  }
  if (isThere) await records.postpone(record, after(parts, LEASE_MILLISECONDS));
  return !isThere;
}

async function runTaken(parts: RunParts, turn: Turn): Promise<void> {
  const { functions, readCustomData, records } = parts;
  const { operation, event, userId } = turn.record;
  const hold = holdRecord(parts, turn.record);
  let failure: { readonly error: unknown } | undefined;
  try {
    const isGone = operation === 'DELETE';
    const told = decodeEvent(event, isGone ? null : await readCustomData(userId));
    await functions.callAsSystem(turn.trigger.functionName, [told], isGone ? undefined : userId);
  } catch (error) {
    failure = { error };
  }
  const record = await hold.end();
  if (failure !== undefined) return settleFailure(parts, { ...turn, record }, failure.error);
  await records.remove(record);
  parts.onRun?.(turn.trigger.name, 'done');
}

/** Keeps the event from others until it ends, and gives it as it is then. */
function holdRecord(parts: RunParts, taken: EventRecord) {
  const { holdMilliseconds = HOLD_MILLISECONDS, log, records } = parts;
  let record = taken;
  let holding = Promise.resolve();
  const hold = async () => {
    try {
      record = (await records.postpone(record, after(parts, LEASE_MILLISECONDS))) ?? record;
    } catch (error) {
      log.debug({ err: error }, 'an event of a trigger could not be held');
    }
  };
  const timer = setInterval(() => {
    holding = holding.then(hold);
  }, holdMilliseconds).unref();
  return {
    async end(): Promise<EventRecord> {
      clearInterval(timer);
      await holding;
      return record;
    },
  };
}

async function settleFailure(parts: RunParts, turn: Turn, error: unknown): Promise<void> {
  const { log, onRun, records } = parts;
  const { record, trigger } = turn;
  const { tries } = record;
  if (turn.isStopping()) {
    await records.release(record, after(parts, 0));
    return;
  }
  if (isGatewayError(error, 'RATE_LIMITED')) {
    await records.release(record, after(parts, BUSY_MILLISECONDS));
    return;
  }
  const pause = PAUSES_MILLISECONDS[tries - 1];
  if (pause === undefined) return giveUp(parts, turn, error);
  const dueAt = after(parts, pause);
  log.warn({ err: error, ...factsOf(turn), again: dueAt }, 'a trigger failed and is tried again');
  report(onRun, trigger, 'failed');
  await records.postpone(record, dueAt);
}

/** Nobody tries it again. */
async function giveUp({ log, onRun, records }: RunParts, turn: Turn, error: unknown) {
  log.error(
    { err: error, ...factsOf(turn) },
    'a trigger failed for the last time, its event is lost',
  );
  report(onRun, turn.trigger, 'given_up');
  await records.remove(turn.record);
}

function report(onRun: RunParts['onRun'], { name }: AuthTrigger, result: TriggerResult): void {
  onRun?.(name, result);
}

function factsOf({ record, trigger }: Turn) {
  const { name, functionName } = trigger;
  const { operation, tries, userId } = record;
  return { trigger: name, function: functionName, operation, userId, tries };
}
