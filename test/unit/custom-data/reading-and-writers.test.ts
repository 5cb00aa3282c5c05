import { describe, expect, test } from '@jest/globals';
import { Int32, ObjectId } from '../../../src/bson.ts';
import { revisionOf } from '../../../src/custom-data/revision.ts';
import { toStored } from '../../support/bson-bytes.ts';
import { code, KEY, merge, OLD, setUp, USER_ID } from '../../support/custom-data.ts';
import { objectSchema } from '../../support/schema.ts';

const SCHEMA = objectSchema({
  name: { type: 'string' },
  role: { type: 'string', readOnly: true },
  secret: { type: 'string', writeOnly: true },
});
const STORED = { _id: OLD, userId: USER_ID, name: 'Ann', age: new Int32(20), secret: 'CANARY' };
const VISIBLE = { _id: OLD, userId: USER_ID, name: 'Ann', age: new Int32(20) };
const REVISION = revisionOf(toStored(STORED).bytes, KEY);

describe('what is read', () => {
  test('for its user as BSON values lacks hidden fields; the revision is that of the whole', async () => {
    const { customData } = setUp([STORED], 'userId', SCHEMA);
    expect(await customData.readDocument(USER_ID)).toStrictEqual({
      document: VISIBLE,
      revision: REVISION,
    });
  });

  test('for its user as Extended JSON is canonical, and whole without a schema', async () => {
    const { customData } = setUp([STORED]);
    const visible = await customData.readVisible(USER_ID);
    expect(visible).toMatchObject({ age: { $numberInt: '20' }, secret: 'CANARY' });
    expect((await customData.readDocument(USER_ID)).document).toStrictEqual(STORED);
  });

  test('for an operator holds hidden fields', async () => {
    const { customData } = setUp([STORED], 'userId', SCHEMA);
    expect(await customData.readWhole(USER_ID)).toEqual({
      data: {
        ...{ _id: OLD.toHexString(), userId: USER_ID, name: 'Ann', secret: 'CANARY' },
        age: { $numberInt: '20' },
      },
      revision: REVISION,
    });
  });

  test('where there is no document says so', async () => {
    const { customData } = setUp([], 'userId', SCHEMA);
    expect(await customData.readDocument(USER_ID)).toEqual({ document: null, revision: '' });
    expect(await customData.readWhole(USER_ID)).toBeNull();
  });

  test('of a history that is not kept is nothing', async () => {
    const { customData } = setUp([STORED]);
    const query = { viewer: 'USER', first: 10, after: null } as const;
    expect(await customData.readHistory(USER_ID, query)).toBeNull();
  });
});

describe('an operator', () => {
  const write = async (change: object, options: object) => {
    const { customData, collection } = setUp([STORED], 'userId', SCHEMA);
    await customData.write(USER_ID, merge(change), { writer: 'OPERATOR', ...options });
    return collection.documents[0]?.document;
  };

  test('may write what users may not, but not who the user is', async () => {
    const change = { role: 'admin', secret: 'other' };
    expect(await write(change, {})).toMatchObject(change);
    await expect(write({ userId: new ObjectId().toHexString() }, {})).rejects.toEqual(
      code('FIELD_NOT_WRITABLE', { paths: ['/userId'] }),
    );
  });

  test('is held to the schema unless asked not to be', async () => {
    await expect(write({ secret: 1 }, {})).rejects.toEqual(
      code('CUSTOM_DATA_INVALID', { violations: [{ path: '/secret', message: 'must be string' }] }),
    );
    expect(await write({ secret: 1 }, { isValidated: false })).toMatchObject({
      secret: new Int32(1),
    });
  });
});

test('a revision that is expected to be null may be any', async () => {
  const { customData } = setUp([STORED]);
  const { result } = await customData.write(USER_ID, merge({ a: 1 }), { expectedRevision: null });
  expect(result.modifiedCount).toBe(1);
});

test('a document may be found by "_id" as its user id field', async () => {
  const { customData, collection } = setUp([], '_id');
  await customData.write(USER_ID, merge({ a: 'b' }));
  expect(collection.documents[0]?.document).toStrictEqual({ _id: USER_ID, a: 'b' });
  expect((await customData.readSnapshot(USER_ID)).data).toEqual({ _id: USER_ID, a: 'b' });
});

test.each([`x${USER_ID}`, `${USER_ID}x`, USER_ID.toUpperCase(), 'a name'])(
  'the user id %s is found as a text only',
  async (userId) => {
    const { customData } = setUp([{ _id: OLD, userId, a: 'b' }]);
    expect((await customData.readSnapshot(userId)).data).toMatchObject({ a: 'b' });
  },
);
