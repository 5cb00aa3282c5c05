/** The operator's authentication triggers: what is noted for them, and what runs them. */
import { createHash } from 'node:crypto';
import { ObjectId } from '../../bson.ts';
import type { AuthTrigger } from '../../config.ts';
import type { Deadline } from '../../deadline.ts';
import {
  type AuthEvent,
  type AuthEvents,
  type AuthTriggers,
  NOTHING_NOTED,
  type OpenTriggersParts,
  TRIGGER_EVENTS_COLLECTION,
} from '../../session/operator-functions.ts';
import { createEventRecords, type EventRecord, type EventRecords } from './event-records.ts';
import { encodeEvent } from './event-values.ts';
import { LEASE_MILLISECONDS } from './run-event.ts';
import { createTriggerRunner, type TriggerRunner } from './trigger-runner.ts';
import { findUsable } from './usable-triggers.ts';

/** Kept for a month, in case the trigger comes back or the gateway does. */
const KEPT_MILLISECONDS = 30 * 24 * 3_600_000;

/** Opens them: `FunctionsPart`. */
export async function openTriggers(parts: OpenTriggersParts): Promise<AuthTriggers> {
  const { config, functions, log, store } = parts;
  const collection = await store.collection(TRIGGER_EVENTS_COLLECTION);
  const records = createEventRecords(collection);
  if (functions === null) {
    const events = createEvents({ ...parts, records, runner: null });
    return { ...events, start: () => undefined, close: async () => undefined };
  }
  const { problems, usable } = findUsable(config.functions, functions.has);
  for (const problem of problems) log.warn({ problem }, 'a trigger cannot be used');
  log.info({ triggers: usable.map(({ name }) => name) }, 'triggers run after the fact');
  const runner = createTriggerRunner({ ...parts, functions, records, triggers: usable });
  const { close, start } = runner;
  return { ...createEvents({ ...parts, records, runner }), start, close };
}

interface EventParts extends OpenTriggersParts {
  readonly records: EventRecords;
  /** `null`: another process runs them. */
  readonly runner: Pick<TriggerRunner, 'add'> | null;
  readonly deadline?: Deadline | undefined;
}

function createEvents(parts: EventParts): AuthEvents {
  const { config, deadline, log, readCustomData, records, runner } = parts;
  const noteOne = async (event: AuthEvent): Promise<EventRecord[]> => {
    const waiting = config.functions.triggers.filter((trigger) => waitsFor(trigger, event));
    if (waiting.length === 0) return [];
    // What a document is when the function runs cannot be told any more of a user who is deleted.
    const isGone = event.operation === 'DELETE';
    const customData = isGone ? await readCustomData(event.user.userId, deadline) : {};
    const made = waiting.map((trigger) => makeRecord(parts, { event, trigger, customData }));
    await Promise.all(made.map((record) => records.add(record)));
    return made;
  };
  return {
    async note(events) {
      const noted = (await Promise.all(events.map(noteOne))).flat();
      if (noted.length === 0) return NOTHING_NOTED;
      return {
        happened: () => runner?.add(noted),
        async withdraw() {
          await Promise.all(noted.map((record) => records.remove(record))).catch((error: unknown) =>
            log.warn({ err: error }, 'an event that did not happen stays noted for its triggers'),
          );
        },
      };
    },
    within: (end) => createEvents({ ...parts, deadline: end, records: records.within(end) }),
  };
}

function waitsFor({ operation, providers }: AuthTrigger, event: AuthEvent): boolean {
  return operation === event.operation && event.providers.some((name) => providers.includes(name));
}

interface Noted {
  readonly event: AuthEvent;
  readonly trigger: AuthTrigger;
  readonly customData: Awaited<ReturnType<OpenTriggersParts['readCustomData']>>;
}

/** A deletion that is cut off and completed is one event, whoever completes it. */
function makeRecord({ log, now }: EventParts, { customData, event, trigger }: Noted): EventRecord {
  const { operation, user } = event;
  const { userId } = user;
  const time = new Date(now());
  const whole = encodeEvent(event, time, customData);
  const encoded = whole ?? encodeEvent(event, time, {});
  if (whole === null) log.warn({ userId }, 'a document is too large for triggers, they see none');
  if (encoded === null) throw new Error('The user is too large for an event');
  return {
    _id: operation === 'DELETE' ? idOfDeletion(userId, trigger) : new ObjectId().toHexString(),
    trigger: trigger.name,
    operation,
    userId,
    event: encoded,
    tries: 0,
    dueAt: new Date(time.getTime() + LEASE_MILLISECONDS),
    expiresAt: new Date(time.getTime() + KEPT_MILLISECONDS),
  };
}

/** As long as an ObjectId. */
const ID_DIGITS = 24;

function idOfDeletion(userId: string, { name }: AuthTrigger): string {
  return createHash('sha256').update(`${userId} ${name}`).digest('hex').slice(0, ID_DIGITS);
}
