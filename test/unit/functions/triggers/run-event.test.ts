import { beforeEach, describe, expect, test } from '@jest/globals';
import { GatewayError } from '../../../../src/errors.ts';
import type { EventRecord } from '../../../../src/functions/triggers/event-records.ts';
import {
  LEASE_MILLISECONDS,
  type RunParts,
  runEvent,
  type Turn,
} from '../../../../src/functions/triggers/run-event.ts';
import type { TriggerResult } from '../../../../src/session/operator-functions.ts';
import { createMemoryRecords, type MemoryRecords } from '../../../support/event-records.ts';
import { createRecordedLog } from '../../../support/recorded-log.ts';
import { createRecord, createTrigger, USER_ID } from '../../../support/triggers.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The world of one event. */
interface World {
  now: number;
  /** What the function does; nothing at first. */
  run: (event: unknown) => Promise<unknown>;
  hasAccount: boolean;
  isStopping: boolean;
  readonly calls: { readonly name: string; readonly args: readonly unknown[]; about?: string }[];
  readonly results: TriggerResult[];
  readonly records: MemoryRecords;
  readonly log: ReturnType<typeof createRecordedLog>;
}

let world: World;
beforeEach(() => {
  world = {
    now: 1_000_000,
    run: async () => undefined,
    hasAccount: true,
    isStopping: false,
    calls: [],
    results: [],
    records: createMemoryRecords(),
    log: createRecordedLog(),
  };
});

const fail = (error: unknown) => async () => {
  throw error;
};

/** Runs what is stored, or another record, as somebody who knows that it happened or does not. */
async function run(isKnown: boolean, seen?: EventRecord): Promise<void> {
  const record = seen ?? (world.records.all()[0] as EventRecord);
  const parts: RunParts = {
    functions: {
      async callAsSystem(name, args, about) {
        world.calls.push({ name, args, ...(about === undefined ? {} : { about }) });
        return world.run(args[0]);
      },
    },
    hasAccount: async () => world.hasAccount,
    readCustomData: async () => ({ plan: 'pro' }),
    now: () => world.now,
    log: world.log.log,
    onRun: (_trigger, result) => world.results.push(result),
    records: world.records,
    holdMilliseconds: 1,
  };
  const turn: Turn = {
    record,
    isKnown,
    trigger: createTrigger(),
    isStopping: () => world.isStopping,
  };
  await runEvent(parts, turn);
}

/** Whether the event is held anew, soon. */
const isHeld = async () => {
  for (let waits = 0; waits < 1_000 && dueIn() < LEASE_MILLISECONDS; waits += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return dueIn() === LEASE_MILLISECONDS;
};

const dueIn = () => (world.records.all()[0]?.dueAt.getTime() ?? Number.NaN) - world.now;

test('the function gets the event with the document of the moment, and the event is forgotten', async () => {
  await world.records.add(createRecord(world.now));
  await run(true);
  expect(world.calls).toEqual([
    {
      name: 'welcome',
      args: [
        expect.objectContaining({
          operationType: 'LOGIN',
          user: expect.objectContaining({ id: USER_ID, custom_data: { plan: 'pro' } }),
        }),
      ],
      about: USER_ID,
    },
  ]);
  expect(world.records.all()).toEqual([]);
  expect(world.results).toEqual(['done']);
});

test('the event of a deletion has the document that there was, and the function writes for nobody', async () => {
  world.hasAccount = false;
  await world.records.add(createRecord(world.now, { operation: 'DELETE' }));
  await run(false);
  expect(world.calls).toEqual([
    { name: 'welcome', args: [expect.objectContaining({ operationType: 'DELETE' })] },
  ]);
  expect(world.calls[0]?.args[0]).toHaveProperty('user.custom_data', {});
});

test('of two processes that saw the same event one runs the trigger', async () => {
  const record = createRecord(world.now);
  await world.records.add(record);
  await Promise.all([run(true, record), run(true, record)]);
  expect(world.calls).toHaveLength(1);
});

test('while the function runs the event is due for nobody else', async () => {
  await world.records.add(createRecord(world.now));
  world.run = async () => {
    expect(dueIn()).toBe(LEASE_MILLISECONDS);
    expect(world.records.all()[0]?.tries).toBe(1);
  };
  await run(true);
  expect(world.results).toEqual(['done']);
});

test('a function that runs longer keeps its event, and the event is forgotten all the same', async () => {
  await world.records.add(createRecord(world.now));
  world.run = async () => {
    world.now += LEASE_MILLISECONDS;
    expect(await isHeld()).toBe(true);
  };
  await run(true);
  expect(world.records.all()).toEqual([]);
  expect(world.results).toEqual(['done']);
});

test('a function that runs longer and fails is tried again', async () => {
  await world.records.add(createRecord(world.now));
  world.run = async () => {
    world.now += LEASE_MILLISECONDS;
    expect(await isHeld()).toBe(true);
    throw new GatewayError('FUNCTION_FAILED', { function: 'welcome' });
  };
  await run(true);
  expect(dueIn()).toBe(10 * SECOND);
  expect(world.log.lines('warn')).toMatchObject([{ err: { code: 'FUNCTION_FAILED' } }]);
});

test('a trigger is tried five times with pauses that grow, then its event is lost with one line at error', async () => {
  await world.records.add(createRecord(world.now));
  world.run = fail(new GatewayError('FUNCTION_FAILED', { function: 'welcome' }));
  const pauses: number[] = [];
  for (let tries = 1; tries < 5; tries += 1) {
    await run(true);
    pauses.push(dueIn());
    world.now += dueIn();
  }
  expect(pauses).toEqual([10 * SECOND, MINUTE, 10 * MINUTE, 60 * MINUTE]);
  expect(world.log.lines('error')).toEqual([]);
  await run(true);
  expect(world.records.all()).toEqual([]);
  expect(world.results).toEqual(['failed', 'failed', 'failed', 'failed', 'given_up']);
  expect(world.log.lines('error')).toEqual([
    expect.objectContaining({
      msg: 'a trigger failed for the last time, its event is lost',
      trigger: 'onLogIn',
      function: 'welcome',
      operation: 'LOGIN',
      userId: USER_ID,
      tries: 5,
    }),
  ]);
});

test('an event whose function takes the gateway with it five times is not run again', async () => {
  await world.records.add(createRecord(world.now, { tries: 5 }));
  await run(true);
  expect(world.calls).toEqual([]);
  expect(world.records.all()).toEqual([]);
  expect(world.results).toEqual(['given_up']);
});

describe('a try does not count', () => {
  beforeEach(() => world.records.add(createRecord(world.now, { tries: 3 })));

  test('for which there was no turn, and comes again in a while', async () => {
    world.run = fail(new GatewayError('RATE_LIMITED', { retryAfterSeconds: 1 }));
    await run(true);
    expect(world.records.all()).toMatchObject([{ tries: 3 }]);
    expect(dueIn()).toBe(10 * SECOND);
    expect(world.results).toEqual([]);
  });

  test('that a stop cuts off, and the next start has it at once', async () => {
    world.run = async () => {
      world.isStopping = true;
      throw new GatewayError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 });
    };
    await run(true);
    expect(world.records.all()).toMatchObject([{ tries: 3 }]);
    expect(dueIn()).toBe(0);
  });
});

describe('an event of which nobody knows whether it happened', () => {
  test('of a user who is there is run', async () => {
    await world.records.add(createRecord(world.now, { operation: 'CREATE' }));
    await run(false);
    expect(world.calls).toHaveLength(1);
  });

  test('of a user who never was is forgotten', async () => {
    world.hasAccount = false;
    await world.records.add(createRecord(world.now, { operation: 'CREATE' }));
    await run(false);
    expect(world.calls).toEqual([]);
    expect(world.records.all()).toEqual([]);
  });

  test('waits while the deletion is not over', async () => {
    await world.records.add(createRecord(world.now, { operation: 'DELETE' }));
    await run(false);
    expect(world.calls).toEqual([]);
    expect(dueIn()).toBe(LEASE_MILLISECONDS);
    expect(world.records.all()).toMatchObject([{ tries: 0 }]);
  });

  test('is known to have happened once it was tried', async () => {
    world.hasAccount = false;
    await world.records.add(createRecord(world.now, { operation: 'CREATE', tries: 1 }));
    await run(false);
    expect(world.calls).toHaveLength(1);
  });
});

test('an outage of the store is a warning, and the event stays', async () => {
  const record = createRecord(world.now);
  world.records.take = fail(
    new GatewayError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 }),
  ) as never;
  await world.records.add(record);
  await run(true);
  expect(world.log.lines('warn')).toMatchObject([
    { msg: 'an event of a trigger waits for the store' },
  ]);
  expect(world.records.all()).toEqual([record]);
});
