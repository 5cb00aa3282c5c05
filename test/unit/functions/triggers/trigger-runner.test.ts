import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EventRecord } from '../../../../src/functions/triggers/event-records.ts';
import {
  createTriggerRunner,
  type TriggerRunner,
} from '../../../../src/functions/triggers/trigger-runner.ts';
import { createMemoryRecords, type MemoryRecords } from '../../../support/event-records.ts';
import { createRecordedLog } from '../../../support/recorded-log.ts';
import { createRecord, createTrigger } from '../../../support/triggers.ts';

const NOW = 1_000_000;

let records: MemoryRecords;
let runner: TriggerRunner;
/** Calls that run now: each ends when its function here is called. */
let running: (() => void)[];
let begun: number;

beforeEach(() => {
  records = createMemoryRecords();
  running = [];
  begun = 0;
  runner = createTriggerRunner({
    config: { functions: { threads: 4 } },
    triggers: [createTrigger()],
    functions: {
      callAsSystem: () => {
        begun += 1;
        return new Promise<void>((resolve) => running.push(resolve));
      },
    },
    hasAccount: async () => true,
    readCustomData: async () => ({}),
    now: () => NOW,
    log: createRecordedLog().log,
    records,
  });
});
afterEach(async () => {
  for (const end of running) end();
  await runner.close();
});

/** Some turns of the event loop: whatever can begin has begun. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

async function store(count: number, changes: Partial<EventRecord> = {}): Promise<EventRecord[]> {
  for (let number = 0; number < count; number += 1) {
    await records.add(createRecord(NOW, { _id: `e${number}`, ...changes }));
  }
  return records.all();
}

test('triggers take half of the places for functions', async () => {
  runner.add(await store(5));
  await settle();
  expect(running).toHaveLength(2);
});

test('when one ends the next begins, until all are done', async () => {
  runner.add(await store(5));
  for (let ended = 0; ended < 5; ended += 1) {
    await settle();
    running.shift()?.();
  }
  await settle();
  expect(begun).toBe(5);
  expect(records.all()).toEqual([]);
});

test('what others have left undone is run when it is due', async () => {
  await store(1);
  await records.add(createRecord(NOW, { _id: 'later', dueAt: new Date(NOW + 1) }));
  await runner.run();
  await settle();
  expect(begun).toBe(1);
});

test('what waits for a later try does not hide what is due, however much it is', async () => {
  const later = new Date(NOW + 1);
  await store(2_100, { dueAt: later });
  await records.add(createRecord(NOW, { _id: 'z' }));
  await runner.run();
  await settle();
  expect(begun).toBe(0);
  await runner.run();
  await settle();
  expect(begun).toBe(1);
});

test('more than is read at once is run all the same', async () => {
  await store(101);
  await runner.run();
  for (let ended = 0; ended < 101; ended += 1) {
    await settle();
    running.shift()?.();
  }
  await settle();
  expect(begun).toBe(101);
});

test('an event of a trigger that is not there stays', async () => {
  await store(1, { trigger: 'removed' });
  await runner.run();
  await settle();
  expect(begun).toBe(0);
  expect(records.all()).toHaveLength(1);
});

test('a runner that is closed waits for what runs and begins nothing more', async () => {
  runner.add(await store(3));
  await settle();
  const closing = runner.close();
  for (const end of running.splice(0)) end();
  await closing;
  await settle();
  expect(begun).toBe(2);
  expect(records.all()).toHaveLength(1);
});
