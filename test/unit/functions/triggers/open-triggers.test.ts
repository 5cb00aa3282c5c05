import { beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthTrigger } from '../../../../src/config.ts';
import type { EventRecord } from '../../../../src/functions/triggers/event-records.ts';
import { openTriggers } from '../../../../src/functions/triggers/open-triggers.ts';
import type { AuthTriggers } from '../../../../src/session/operator-functions.ts';
import type { Store } from '../../../../src/store/port.ts';
import { createRecordedLog, type RecordedLog } from '../../../support/recorded-log.ts';
import { createEvent, createTrigger, USER_ID } from '../../../support/triggers.ts';

const NOW = 1_000_000;

/** What was asked of the store. */
let operations: (readonly [name: string, ...args: unknown[]])[];
let calls: unknown[];
let customData: Record<string, unknown>;
let log: RecordedLog;
beforeEach(() => {
  operations = [];
  calls = [];
  customData = {};
  log = createRecordedLog();
});

/** A store of which only is noted what it is asked. */
function createStore(): Pick<Store, 'collection'> {
  const note =
    (name: string, result: unknown) =>
    async (...args: unknown[]) => {
      operations.push([name, ...args]);
      return result;
    };
  const collection = {
    updateOne: note('updateOne', {}),
    deleteOne: note('deleteOne', {}),
    findOneAndUpdate: note('findOneAndUpdate', null),
    within: () => collection,
  };
  return { collection: async () => collection as never };
}

function open(
  triggers: readonly AuthTrigger[],
  { isNotedOnly = false, isStrict = false } = {},
): Promise<AuthTriggers> {
  return openTriggers({
    config: { functions: { isStrict, threads: 4, triggers } },
    log: log.log,
    now: () => NOW,
    store: createStore(),
    functions: isNotedOnly
      ? null
      : { has: (name) => name !== 'gone', callAsSystem: async (...call) => calls.push(call) },
    hasAccount: async () => true,
    readCustomData: async () => customData,
  });
}

const noted = () =>
  operations
    .filter(([name]) => name === 'updateOne')
    .map(([, filter, update]) => ({
      ...(filter as object),
      ...(update as { $setOnInsert: EventRecord }).$setOnInsert,
    }));

test('an event is noted for each trigger that waits for it, and is left to this process for a while', async () => {
  const triggers = await open([createTrigger(), createTrigger({ name: 'other' })]);
  await triggers.note([createEvent()]);
  expect(noted()).toMatchObject([
    {
      trigger: 'onLogIn',
      operation: 'LOGIN',
      userId: USER_ID,
      tries: 0,
      dueAt: new Date(NOW + 15_000),
    },
    { trigger: 'other' },
  ]);
});

describe('costs no operation of the store', () => {
  test.each([
    ['an event of another operation', createEvent('DELETE')],
    ['an event of another provider', createEvent('LOGIN', ['anon-user'])],
  ])('%s', async (_what, event) => {
    const triggers = await open([createTrigger()]);
    (await triggers.note([event])).happened();
    expect(operations).toEqual([]);
  });
});

test('one of several providers of an event is enough', async () => {
  const triggers = await open([createTrigger({ operation: 'DELETE' })]);
  await triggers.note([createEvent('DELETE', ['anon-user', 'local-userpass'])]);
  expect(noted()).toHaveLength(1);
});

test('nothing runs before the event has happened', async () => {
  const triggers = await open([createTrigger()]);
  const { happened } = await triggers.note([createEvent()]);
  expect(operations.map(([name]) => name)).toEqual(['updateOne']);
  happened();
  await new Promise(setImmediate);
  expect(operations.map(([name]) => name)).toEqual(['updateOne', 'findOneAndUpdate']);
});

test('an event that did not happen is forgotten', async () => {
  const triggers = await open([createTrigger()]);
  const { withdraw } = await triggers.note([createEvent()]);
  await withdraw();
  expect(operations.at(-1)).toEqual(['deleteOne', { _id: (noted()[0] as EventRecord)._id }]);
});

test('two log-ins are two events, a deletion that is noted again is the same one', async () => {
  const triggers = await open([createTrigger(), createTrigger({ operation: 'DELETE' })]);
  for (const operation of ['LOGIN', 'LOGIN', 'DELETE', 'DELETE'] as const) {
    await triggers.note([createEvent(operation)]);
  }
  const [first, second, third, fourth] = noted().map((record) => (record as EventRecord)._id);
  expect(first).not.toBe(second);
  expect(third).toBe(fourth);
});

test('a document that is too large to be kept does not stop a deletion', async () => {
  customData = { text: 'x'.repeat(2 ** 24) };
  const triggers = await open([createTrigger({ operation: 'DELETE' })]);
  await triggers.note([createEvent('DELETE')]);
  expect(noted()).toHaveLength(1);
  expect(log.lines('warn')).toMatchObject([{ userId: USER_ID }]);
});

test('a process that only notes runs nothing', async () => {
  const triggers = await open([createTrigger()], { isNotedOnly: true });
  triggers.start();
  (await triggers.note([createEvent()])).happened();
  await new Promise(setImmediate);
  expect(operations.map(([name]) => name)).toEqual(['updateOne']);
  await triggers.close();
});

test('a trigger whose function is not there is named, and its events wait', async () => {
  const triggers = await open([createTrigger({ functionName: 'gone' })]);
  expect(log.lines('warn')).toMatchObject([
    { problem: 'triggers/onLogIn.json: there is no function "gone"' },
  ]);
  (await triggers.note([createEvent()])).happened();
  await new Promise(setImmediate);
  expect(operations.map(([name]) => name)).toEqual(['updateOne']);
});

test('with FUNCTIONS_STRICT a function that is not there stops the start', async () => {
  const opening = open([createTrigger({ functionName: 'gone' })], { isStrict: true });
  await expect(opening).rejects.toThrow('there is no function "gone"');
});
