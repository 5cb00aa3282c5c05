import { describe, expect, test } from '@jest/globals';
import { ObjectId, serialize } from '../../../src/bson.ts';
import { revisionOf } from '../../../src/custom-data/revision.ts';
import type { Document } from '../../../src/values/documents.ts';
import { toStored } from '../../support/bson-bytes.ts';
import { code, KEY, merge, OLD, setUp, USER_ID } from '../../support/custom-data.ts';

describe('races', () => {
  test('a lost comparison is tried again on the document as it then is', async () => {
    const { collection, customData, waits } = setUp([{ _id: OLD, userId: USER_ID, a: 1 }]);
    let others = 3;
    const accepted: unknown[] = [];
    collection.beforeCompare = () => {
      if (others === 0) return;
      others -= 1;
      collection.documents[0] = toStored({ _id: OLD, userId: USER_ID, a: 1, other: others });
    };
    const { snapshot } = await customData.write(USER_ID, merge({ b: 2 }), {
      accept: ({ data }) => accepted.push(data?.other),
    });
    expect(snapshot.data).toMatchObject({ a: 1, b: 2, other: 0 });
    expect(accepted).toStrictEqual([undefined, 2, 1, 0]);
    expect(waits).toHaveLength(3);
  });

  test('an upsert that comes second changes the document that came first', async () => {
    const { collection, customData } = setUp();
    let raced = false;
    collection.beforeCompare = () => {
      if (!raced) collection.documents.push(toStored({ _id: OLD, userId: USER_ID, first: true }));
      raced = true;
    };
    const { result, snapshot } = await customData.write(USER_ID, merge({ second: true }));
    expect(result).toMatchObject({ matchedCount: 1, upsertedId: null });
    expect(snapshot.data).toMatchObject({ first: true, second: true });
    expect(collection.documents).toHaveLength(1);
  });

  test('a document that never stops changing is SERVICE_UNAVAILABLE in four seconds', async () => {
    const { collection, customData, waits } = setUp([{ _id: OLD, userId: USER_ID }]);
    let n = 0;
    collection.beforeCompare = () => {
      n += 1;
      collection.documents[0] = toStored({ _id: OLD, userId: USER_ID, n });
    };
    await expect(customData.write(USER_ID, merge({ b: 2 }))).rejects.toThrow(
      code('SERVICE_UNAVAILABLE'),
    );
    const waited = waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeLessThan(4200);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
  });

  test('fifty writers of distinct fields lose nothing', async () => {
    const { collection, customData, waits } = setUp();
    const names = Array.from({ length: 50 }, (_, i) => `f${i}`);
    await Promise.all(names.map((name) => customData.write(USER_ID, merge({ [name]: 1 }))));
    expect(Object.keys(collection.documents[0]?.document ?? {})).toHaveLength(52);
    expect(waits).toHaveLength(0);
  });
});

describe('writers in a line, in a store that makes changes in order,', () => {
  const document = { _id: OLD, userId: USER_ID, a: 1 };
  function setUpInOrder(initial: readonly Document[] = []) {
    const made = setUp(initial);
    made.collection.ordersChanges = true;
    return made;
  }

  test('begin from what the one before leaves: one reading, and nothing is lost', async () => {
    const { collection, customData, waits } = setUpInOrder([document]);
    const names = Array.from({ length: 50 }, (_, i) => `f${i}`);
    const written = await Promise.all(
      names.map((name) => customData.write(USER_ID, merge({ [name]: 1 }))),
    );
    expect(Object.keys(collection.documents[0]?.document ?? {})).toHaveLength(53);
    expect(collection.counts).toStrictEqual({ find: 1, write: 50 });
    expect(waits).toHaveLength(0);
    // Each answer is the document as it was after that write, and no other.
    expect(written.map(({ snapshot }) => Object.keys(snapshot.data ?? {}).length)).toStrictEqual(
      names.map((_, i) => 4 + i),
    );
  });

  test('make one document where there was none', async () => {
    const { collection, customData } = setUpInOrder();
    const names = Array.from({ length: 10 }, (_, i) => `f${i}`);
    const written = await Promise.all(
      names.map((name) => customData.write(USER_ID, merge({ [name]: 1 }))),
    );
    expect(collection.documents).toHaveLength(1);
    expect(Object.keys(collection.documents[0]?.document ?? {})).toEqual(
      expect.arrayContaining(names),
    );
    expect(written.filter(({ result }) => result.upsertedId !== null)).toHaveLength(1);
  });

  test('come again when somebody else comes between, and nothing is lost', async () => {
    const { collection, customData } = setUpInOrder([document]);
    let compared = 0;
    collection.beforeCompare = () => {
      compared += 1;
      const [current] = collection.documents;
      if (compared % 7 === 3 && compared < 60) {
        collection.documents[0] = toStored({ ...current?.document, other: compared });
      }
    };
    const names = Array.from({ length: 30 }, (_, i) => `f${i}`);
    await Promise.all(names.map((name) => customData.write(USER_ID, merge({ [name]: 1 }))));
    const stored = collection.documents[0]?.document ?? {};
    expect(Object.keys(stored)).toEqual(expect.arrayContaining([...names, 'other', 'a']));
  });

  test('are not refused for a document that never came to be', async () => {
    const { collection, customData } = setUpInOrder([document]);
    let isFirst = true;
    collection.beforeCompare = () => {
      // The first write is lost to another, and is then refused itself.
      if (isFirst) collection.documents[0] = toStored({ ...document, other: true });
      isFirst = false;
    };
    const expectedRevision = revisionOf(serialize(document), KEY);
    const first = customData.write(USER_ID, merge({ b: 1 }), { expectedRevision });
    const other = revisionOf(serialize({ ...document, other: true }), KEY);
    const second = customData.write(USER_ID, merge({ c: 1 }), { expectedRevision: other });
    await expect(first).rejects.toThrow(code('REVISION_CONFLICT', { currentRevision: other }));
    expect((await second).snapshot.data).toMatchObject({ a: 1, c: 1, other: true });
  });

  test('are told that nothing changed only when the document is stored', async () => {
    const { collection, customData } = setUpInOrder([document]);
    collection.beforeCompare = () => {
      collection.beforeCompare = () => undefined;
      collection.documents[0] = toStored({ ...document, other: true });
    };
    const results = await Promise.all([
      customData.write(USER_ID, merge({ b: 1 })),
      customData.write(USER_ID, merge({ b: 1 })),
    ]);
    expect(results.map(({ result }) => result.modifiedCount)).toStrictEqual([1, 0]);
    expect(results[1].snapshot.data).toMatchObject({ b: 1, other: true });
  });
});

describe('expectedRevision', () => {
  const document = { _id: OLD, userId: USER_ID, a: 1 };
  const revision = revisionOf(serialize(document), KEY);

  test('that is the stored one lets the write through', async () => {
    const { customData } = setUp([document]);
    const { snapshot } = await customData.write(USER_ID, merge({ a: 2 }), {
      expectedRevision: revision,
    });
    expect(snapshot.revision).not.toBe(revision);
    expect(snapshot.data?.a).toBe(2);
  });

  test.each<[string, Document[], string, string | null]>([
    ['another', [document], 'x', revision],
    ['none, but there is a document', [document], '', revision],
    ['one, but there is no document', [], revision, null],
  ])('%s is REVISION_CONFLICT and writes nothing', async (_what, initial, expected, current) => {
    const { collection, customData } = setUp(initial);
    const conflict = code('REVISION_CONFLICT', { currentRevision: current });
    const options = { expectedRevision: expected };
    await expect(customData.write(USER_ID, merge({ a: 2 }), options)).rejects.toThrow(conflict);
    await expect(customData.delete(USER_ID, options)).rejects.toThrow(conflict);
    expect(collection.counts.write).toBe(0);
  });

  test('none makes a document only if there is none', async () => {
    const { customData } = setUp();
    const { result } = await customData.write(USER_ID, merge({ a: 1 }), { expectedRevision: '' });
    expect(result.upsertedId).toBeInstanceOf(ObjectId);
  });

  test('a race lost after the check is a conflict, not a retry', async () => {
    const { collection, customData } = setUp([document]);
    collection.beforeCompare = () => {
      collection.documents[0] = toStored({ ...document, a: 'other' });
    };
    await expect(
      customData.write(USER_ID, merge({ a: 2 }), { expectedRevision: revision }),
    ).rejects.toThrow(code('REVISION_CONFLICT'));
    expect(collection.documents[0]?.document.a).toBe('other');
  });
});
