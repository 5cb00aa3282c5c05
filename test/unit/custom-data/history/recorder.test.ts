import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CustomData } from '../../../../src/custom-data/custom-data.ts';
import { MAX_KEPT_BYTES } from '../../../../src/custom-data/history/entry.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { toStored } from '../../../support/bson-bytes.ts';
import { code, merge, NEW, OLD, USER_ID } from '../../../support/custom-data.ts';
import type { HistoryOperation, MemoryHistory } from '../../../support/memory-history.ts';
import { type Recorded, readAll, setUpRecorded } from '../../../support/recorded-data.ts';

/** Makes the next operations of these kinds fail, once each. */
function failOnce(history: MemoryHistory, ...operations: HistoryOperation[]): void {
  const left = [...operations];
  history.beforeOperation = (operation) => {
    if (left[0] !== operation) return;
    left.shift();
    throw new Error('The process died here');
  };
}

const outside = (document: Document) => toStored({ _id: OLD, userId: USER_ID, ...document });

describe('a process that dies between the document and its history', () => {
  test('loses nothing: the next access records the change as of its writer and time', async () => {
    const { gateway, history, createGateway } = setUpRecorded();
    await gateway.write(USER_ID, merge({ a: 1 }));
    failOnce(history, 'insert');
    const { snapshot } = await gateway.write(USER_ID, merge({ a: 2 }), { writer: 'OPERATOR' });
    const announced = history.entries.at(-1)?.intents.at(-1)?.at;
    expect(history.entries.at(-1)?.revision).not.toBe(snapshot.revision);
    await createGateway().readSnapshot(USER_ID);
    expect(history.entries.at(-1)).toMatchObject({
      ...{ revision: snapshot.revision, writer: 'OPERATOR', at: announced },
    });
  });

  test('so does the first write of a user, and a deletion', async () => {
    const { gateway, history } = setUpRecorded();
    // The first insert is the beginning of the history, with the intent on it.
    let inserts = 0;
    history.beforeOperation = (operation) => {
      if (operation === 'insert') inserts += 1;
      if (operation === 'insert' && inserts === 2) throw new Error('The process died here');
    };
    await gateway.write(USER_ID, merge({ a: 1 }));
    expect(await readAll(gateway)).toMatchObject([{ writer: 'USER' }]);
    failOnce(history, 'insert');
    await gateway.delete(USER_ID);
    expect(await readAll(gateway)).toMatchObject([
      { writer: 'USER', revision: null, isDeletion: true },
      { writer: 'USER' },
    ]);
  });

  test('before it could say what it was about to do is OUTSIDE', async () => {
    const { gateway, history } = setUpRecorded();
    await gateway.write(USER_ID, merge({ a: 1 }));
    failOnce(history, 'announce', 'insert');
    await gateway.write(USER_ID, merge({ a: 2 }));
    expect(await readAll(gateway)).toMatchObject([{ writer: 'OUTSIDE' }, { writer: 'USER' }]);
  });
});

describe('another gateway that looks', () => {
  test.each([
    ['before the intent is noted', true],
    ['before the change is recorded', false],
  ])('%s finds the change, and in the end the writer is known', async (_when, isIntentLost) => {
    const { gateway, history, createGateway } = setUpRecorded();
    await gateway.write(USER_ID, merge({ a: 1 }));
    const { insertOne, updateOne } = history;
    let looks = 0;
    history.insertOne = async (entry) => {
      history.insertOne = insertOne;
      looks += 1;
      await createGateway().readSnapshot(USER_ID);
      return insertOne(entry);
    };
    history.updateOne = async (filter, update) => {
      const isLost = isIntentLost && update.$addToSet !== undefined;
      return updateOne(isLost ? { _id: 'none' } : filter, update);
    };
    const { snapshot } = await gateway.write(USER_ID, merge({ a: 2 }));
    expect(looks).toBe(1);
    expect(await readAll(gateway)).toMatchObject([
      { writer: 'USER', revision: snapshot.revision },
      { writer: 'USER' },
    ]);
  });
});

describe('a history that cannot be written', () => {
  test.each<HistoryOperation>(['newest', 'announce', 'insert', 'delete'])(
    'fails no write, read or deletion, is logged and catches up: %s',
    async (broken) => {
      const { gateway, history, logged } = setUpRecorded({ keep: 1 });
      for (const a of [1, 2, 3]) await gateway.write(USER_ID, merge({ a }));
      history.beforeOperation = (operation) => {
        if (operation === broken) throw new Error('out of order');
      };
      const written = await gateway.write(USER_ID, merge({ a: 'CANARY' }));
      expect(written.result.modifiedCount).toBe(1);
      const read = await gateway.readSnapshot(USER_ID);
      expect(read.revision).toBe(written.snapshot.revision);
      await expect(gateway.noteChange(USER_ID, 'FUNCTION')).resolves.toBeUndefined();
      expect(logged.join('')).toContain('out of order');
      expect(logged.join('')).not.toContain('CANARY');
      history.beforeOperation = () => undefined;
      expect((await readAll(gateway))[0]).toMatchObject({ revision: read.revision });
      history.beforeOperation = (operation) => {
        if (operation === broken) throw new Error('out of order');
      };
      expect((await gateway.delete(USER_ID)).result.deletedCount).toBe(1);
    },
  );

  test('hides no failure of the document itself', async () => {
    const { gateway, collection } = setUpRecorded();
    collection.findStored = () => Promise.reject(new Error('no documents'));
    await expect(gateway.readSnapshot(USER_ID)).rejects.toThrow('no documents');
    await expect(gateway.write(USER_ID, merge({}))).rejects.toThrow('no documents');
  });
});

describe('changes past the gateway', () => {
  test('are recorded as OUTSIDE when they are noticed, by a read or a write', async () => {
    const { gateway, collection } = setUpRecorded({ documents: [{ _id: OLD, userId: USER_ID }] });
    await gateway.readSnapshot(USER_ID);
    collection.documents[0] = outside({ a: 1 });
    await gateway.write(USER_ID, merge({ b: 1 }));
    collection.documents.pop();
    await gateway.readVisible(USER_ID);
    const revisions = await readAll(gateway);
    expect(revisions.map(({ writer, isDeletion }) => [writer, isDeletion])).toStrictEqual([
      ['OUTSIDE', true],
      ['USER', false],
      ['OUTSIDE', false],
      ['OUTSIDE', false],
    ]);
    expect(revisions[2]?.changes()?.map(({ path }) => path)).toStrictEqual(['/a']);
    const times = revisions.map(({ at }) => at.getTime());
    expect(times).toStrictEqual([...times].sort((left, right) => right - left));
  });

  test('are those of a function if it says so first, and nothing if it changed nothing', async () => {
    const { gateway, collection, history } = setUpRecorded();
    await gateway.write(USER_ID, merge({ a: 1 }));
    await gateway.noteChange(USER_ID, 'FUNCTION');
    expect(history.entries).toHaveLength(2);
    collection.documents[0] = outside({ a: 2 });
    await gateway.noteChange(USER_ID, 'FUNCTION');
    expect(await readAll(gateway)).toMatchObject([{ writer: 'FUNCTION' }, { writer: 'USER' }]);
  });

  test('a duplicate that a deletion brings to light is what the history says', async () => {
    const { gateway, collection } = setUpRecorded({
      documents: [{ _id: OLD, userId: USER_ID, n: 1 }],
    });
    collection.documents.push(toStored({ userId: USER_ID, _id: NEW, n: 2 }));
    const { snapshot } = await gateway.delete(USER_ID);
    expect(snapshot.data).toMatchObject({ n: { $numberInt: '2' } });
    expect(await readAll(gateway)).toMatchObject([
      { revision: snapshot.revision, writer: 'USER', isDeletion: false },
      { writer: 'OUTSIDE' },
    ]);
  });
});

describe('bounds', () => {
  test('a document that is too large to keep is told of without it, and cannot be brought back', async () => {
    const large = 'x'.repeat(MAX_KEPT_BYTES);
    const { gateway, collection, history } = setUpRecorded();
    await gateway.write(USER_ID, merge({ a: 1 }));
    collection.documents[0] = outside({ large });
    const { revision } = await gateway.readSnapshot(USER_ID);
    await gateway.write(USER_ID, { newCustomUserData: { a: 2 }, mode: 'REPLACE' });
    const revisions = await readAll(gateway);
    expect(revisions.map((one) => [one.document === null, one.changes() === null])).toStrictEqual([
      [false, true],
      [true, true],
      [false, false],
    ]);
    expect(JSON.stringify(history.entries).length).toBeLessThan(10_000);
    await expect(gateway.write(USER_ID, { restore: `${revision}` })).rejects.toThrow(
      code('REVISION_NOT_FOUND'),
    );
  });
});

describe('whatever happens', () => {
  type Act = (gateway: CustomData, value: number, store: Recorded) => Promise<unknown>;
  const ACTIONS: Readonly<Record<string, Act>> = {
    write: (gateway, value) => gateway.write(USER_ID, merge({ [`f${value}`]: value })),
    delete: (gateway) => gateway.delete(USER_ID),
    read: (gateway) => gateway.readSnapshot(USER_ID),
    note: (gateway) => gateway.noteChange(USER_ID, 'FUNCTION'),
    restore: (gateway, value, { history }) =>
      gateway.write(USER_ID, { restore: `${history.entries[value]?.revision}` }),
    outside: async (_gateway, value, { collection }) => {
      collection.documents[0] = outside({ outside: value });
    },
  };
  const step = fc.record({
    gateway: fc.constantFrom(0 as const, 1 as const),
    action: fc.constantFrom(...Object.values(ACTIONS)),
    value: fc.integer({ min: 0, max: 2 }),
    isTogether: fc.boolean(),
  });

  test('in the end the newest entry is the stored document, and no two neighbours are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.array(fc.nat(9), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, faults, keep) => {
          const store = setUpRecorded({ keep });
          const { history, createGateway } = store;
          const gateways = [createGateway(), createGateway()] as const;
          const left = [...faults];
          history.beforeOperation = () => {
            if (left.pop() === 0) throw new Error('The process died here');
          };
          let running: Promise<unknown>[] = [];
          for (const { gateway, action, value, isTogether } of steps) {
            // Refused restorations are none of this test's business.
            running.push(action(gateways[gateway], value, store).catch(() => undefined));
            if (isTogether) continue;
            await Promise.all(running);
            running = [];
          }
          await Promise.all(running);
          history.beforeOperation = () => undefined;
          await expectOneHistory(store, keep);
        },
      ),
      { numRuns: 300 },
    );
  });
});

async function expectOneHistory({ gateway, history }: Recorded, keep: number): Promise<void> {
  const { revision } = await gateway.readSnapshot(USER_ID);
  expect(history.entries.at(-1)?.revision ?? null).toBe(revision ?? null);
  const { snapshot } = await gateway.write(USER_ID, merge({ last: true }));
  const revisions = history.entries.map((entry) => entry.revision);
  expect(revisions.at(-1)).toBe(snapshot.revision);
  expect(revisions.length).toBeLessThanOrEqual(keep + 1);
  expect(revisions.filter((one, place) => one === revisions[place + 1])).toStrictEqual([]);
  const [first, ...rest] = history.entries.map(({ sequence }) => sequence);
  expect(rest).toStrictEqual(rest.map((_, place) => Number(first) + place + 1));
}
