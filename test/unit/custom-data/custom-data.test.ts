import { describe, expect, test } from '@jest/globals';
import { Int32, ObjectId } from '../../../src/bson.ts';
import { revisionOf } from '../../../src/custom-data/revision.ts';
import type { WriteChange } from '../../../src/custom-data/write.ts';
import { GatewayError } from '../../../src/errors.ts';
import type { IssuedSnapshot } from '../../../src/token/claims.ts';
import type { Document } from '../../../src/values/documents.ts';
import { toStored } from '../../support/bson-bytes.ts';
import { code, KEY, merge, NEW, OLD, setUp, USER_ID } from '../../support/custom-data.ts';

describe('readSnapshot', () => {
  test('is one store operation, with or without a document', async () => {
    const { collection, customData } = setUp();
    await expect(customData.readSnapshot(USER_ID)).resolves.toStrictEqual({ readAt: 1000 });
    expect(collection.counts).toStrictEqual({ find: 1, write: 0 });
  });

  test.each<[string, Document[], string]>([
    ['a string', [{ _id: NEW, userId: USER_ID, a: 'x' }], 'x'],
    ['an ObjectId', [{ _id: NEW, userId: new ObjectId(USER_ID), a: 'x' }], 'x'],
    [
      'both, of which the string wins',
      [
        { _id: OLD, userId: new ObjectId(USER_ID), a: 'ObjectId' },
        { _id: NEW, userId: USER_ID, a: 'string' },
      ],
      'string',
    ],
    [
      'several strings, of which the first inserted wins',
      [
        { _id: NEW, userId: USER_ID, a: 'new' },
        { _id: OLD, userId: USER_ID, a: 'old' },
      ],
      'old',
    ],
    [
      'several ObjectIds, of which the first inserted wins',
      [
        { _id: NEW, userId: new ObjectId(USER_ID), a: 'new' },
        { _id: OLD, userId: new ObjectId(USER_ID), a: 'old' },
      ],
      'old',
    ],
  ])('the user id may be stored as %s', async (_what, documents, expected) => {
    const { customData } = setUp(documents);
    const { data } = await customData.readSnapshot(USER_ID);
    expect(data?.a).toBe(expected);
  });
});

describe('write', () => {
  test('makes the document, with an ObjectId and the user id as a string', async () => {
    const { collection, customData } = setUp();
    const { result, snapshot } = await customData.write(USER_ID, merge({ a: 1 }));
    const [stored] = collection.documents;
    const id = stored?.document._id as ObjectId;
    expect(stored?.document).toStrictEqual({ _id: id, userId: USER_ID, a: new Int32(1) });
    expect(snapshot).toStrictEqual({
      data: { _id: id.toHexString(), userId: USER_ID, a: 1 },
      revision: revisionOf(stored?.bytes as Uint8Array, KEY),
      readAt: 1000,
    });
    expect(result).toStrictEqual({
      acknowledged: true,
      matchedCount: 0,
      modifiedCount: 0,
      upsertedId: id,
      deletedCount: 0,
    });
  });

  test('makes "_id" the user id where that is the user id field', async () => {
    const { collection, customData } = setUp([], '_id');
    await customData.write(USER_ID, merge({ a: 1 }));
    expect(collection.documents[0]?.document).toStrictEqual({ _id: USER_ID, a: new Int32(1) });
  });

  test('changes the document there is, and never adds a second one', async () => {
    const { collection, customData } = setUp([{ _id: OLD, userId: new ObjectId(USER_ID), a: 1 }]);
    const { result } = await customData.write(USER_ID, merge({ b: 2 }));
    expect(result).toMatchObject({ matchedCount: 1, modifiedCount: 1, upsertedId: null });
    expect(collection.documents).toHaveLength(1);
    expect(collection.documents[0]?.document).toStrictEqual({
      _id: OLD,
      userId: new ObjectId(USER_ID),
      a: new Int32(1),
      b: new Int32(2),
    });
  });

  test('a write that changes nothing writes nothing', async () => {
    const { collection, customData } = setUp([{ _id: OLD, userId: USER_ID, a: 1, b: { c: [] } }]);
    const before = await customData.readSnapshot(USER_ID);
    const changes: WriteChange[] = [
      merge({}),
      merge({ a: 1, _id: OLD.toHexString() }),
      { newCustomUserData: { b: { c: [] }, a: 1 }, mode: 'REPLACE' },
      { newCustomUserData: { b: { d: null } }, mode: 'DEEP_MERGE' },
      { operations: [{ unset: { path: '/x' } }] },
    ];
    for (const change of changes) {
      const { result, snapshot } = await customData.write(USER_ID, change);
      expect(result).toMatchObject({ matchedCount: 1, modifiedCount: 0, upsertedId: null });
      expect(snapshot).toStrictEqual(before);
    }
    expect(collection.counts.write).toBe(0);
  });

  test('another type of the same number is a change', async () => {
    const { customData } = setUp([{ _id: OLD, userId: USER_ID, a: 1 }]);
    const { result } = await customData.write(USER_ID, merge({ a: { $numberDouble: '1.0' } }));
    expect(result.modifiedCount).toBe(1);
  });

  test('REPLACE keeps identity only', async () => {
    const { collection, customData } = setUp([{ _id: OLD, userId: USER_ID, a: 1 }]);
    await customData.write(USER_ID, { newCustomUserData: { b: 'x' }, mode: 'REPLACE' });
    expect(collection.documents[0]?.document).toStrictEqual({ _id: OLD, userId: USER_ID, b: 'x' });
  });

  test('operations make a document too, all of them or none', async () => {
    const { collection, customData } = setUp();
    const increment = { increment: { path: '/n', by: 1 } };
    await expect(
      customData.write(USER_ID, { operations: [increment, { append: { path: '/n', value: 1 } }] }),
    ).rejects.toThrow(code('BAD_USER_INPUT', { path: '/1/append' }));
    expect(collection.documents).toHaveLength(0);
    const { snapshot } = await customData.write(USER_ID, { operations: [increment, increment] });
    expect(snapshot.data?.n).toBe(2);
  });

  test.each<[string, WriteChange, string]>([
    ['no object', merge([]), 'BAD_USER_INPUT'],
    ['the user id', merge({ userId: 'x' }), 'FIELD_NOT_WRITABLE'],
    ['an "_id" for a new document', merge({ _id: 'x' }), 'FIELD_NOT_WRITABLE'],
    ['an operation on "_id"', { operations: [{ unset: { path: '/_id' } }] }, 'FIELD_NOT_WRITABLE'],
  ])('a refused write (%s) writes nothing', async (_what, change, expected) => {
    const { collection, customData } = setUp();
    await expect(customData.write(USER_ID, change)).rejects.toThrow(code(expected));
    expect(collection.counts.write).toBe(0);
  });

  test('"accept" sees the document that will be stored, and may refuse it', async () => {
    const { collection, customData } = setUp([{ _id: OLD, userId: USER_ID, a: 1 }]);
    const seen: IssuedSnapshot[] = [];
    const { snapshot } = await customData.write(USER_ID, merge({ b: 2 }), {
      accept: (candidate) => seen.push(candidate),
    });
    // Its revision is not known yet, but how long that will be.
    expect(seen).toStrictEqual([{ ...snapshot, revision: expect.any(String) }]);
    expect(seen[0]?.revision).toHaveLength(snapshot.revision?.length ?? Number.NaN);
    const refusal = new GatewayError('CUSTOM_DATA_TOO_LARGE', {
      size: 2,
      budget: 1,
      largestFields: [],
    });
    const refused = customData.write(USER_ID, merge({ c: 3 }), {
      accept: () => {
        throw refusal;
      },
    });
    await expect(refused).rejects.toBe(refusal);
    expect(collection.documents[0]?.document).not.toHaveProperty('c');
  });
});

describe('delete', () => {
  test('deletes the document and leaves a snapshot without one', async () => {
    const { collection, customData } = setUp([{ _id: OLD, userId: USER_ID }]);
    const { result, snapshot } = await customData.delete(USER_ID);
    expect(snapshot).toStrictEqual({ readAt: 1000 });
    expect(result).toMatchObject({ acknowledged: true, matchedCount: 0, deletedCount: 1 });
    expect(collection.documents).toHaveLength(0);
  });

  test('of no document deletes nothing', async () => {
    const { customData } = setUp();
    const { result } = await customData.delete(USER_ID, { expectedRevision: '' });
    expect(result.deletedCount).toBe(0);
  });

  test('shows a duplicate that old data held behind it', async () => {
    const { customData } = setUp([
      { _id: OLD, userId: USER_ID, a: 'old' },
      { _id: NEW, userId: USER_ID, a: 'new' },
    ]);
    const { snapshot } = await customData.delete(USER_ID);
    expect(snapshot.data?.a).toBe('new');
  });

  test('tries again if the document changes under it', async () => {
    const { collection, customData } = setUp([{ _id: OLD, userId: USER_ID }]);
    let raced = false;
    collection.beforeCompare = () => {
      if (!raced) collection.documents[0] = toStored({ _id: OLD, userId: USER_ID, a: 1 });
      raced = true;
    };
    const { result } = await customData.delete(USER_ID);
    expect(result.deletedCount).toBe(1);
    expect(collection.documents).toHaveLength(0);
  });
});

test('what the store throws passes through', async () => {
  const { collection, customData } = setUp();
  const outage = new GatewayError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 });
  collection.findStored = () => Promise.reject(outage);
  await expect(customData.readSnapshot(USER_ID)).rejects.toBe(outage);
  await expect(customData.write(USER_ID, merge({}))).rejects.toBe(outage);
  await expect(customData.delete(USER_ID)).rejects.toBe(outage);
});
