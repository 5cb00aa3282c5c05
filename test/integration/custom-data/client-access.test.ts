/** The `mongodb-atlas` service for clients: what it answers and what it does to the caller's document. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Decimal128, Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import type { Store } from '../../../src/store/port.ts';
import {
  type ClientSetup,
  type ClientUser,
  COLLECTION,
  setUpClientAccess,
} from '../../support/client-access.ts';
import { code } from '../../support/custom-data.ts';
import { toPlain } from '../../support/store-contract/data-calls.ts';
import { forEachStore } from '../../support/stores.ts';

forEachStore('client access', (openStore) => {
  let store: Store;
  let setup: ClientSetup;
  beforeAll(async () => {
    store = await openStore();
    setup = await setUpClientAccess(store);
  });

  const newUser = () => setup.newUser();
  const userWith = (fields: object) => setup.newUserWith(fields);
  const storedFields = (user: ClientUser) => setup.storedFields(user);

  describe('rules', () => {
    test.each(['aggregate', 'insertMany', 'distinct', 'bulkWrite', 'watch', 'toString', ''])(
      'there is no method %p',
      async (name) => {
        const { call } = await newUser();
        await expect(call(name)).rejects.toEqual(code('NO_MATCHING_RULE'));
      },
    );

    test.each([
      ['database', { database: 'admin' }],
      ['collection', { collection: 'sessions' }],
      ['database', { database: undefined }],
      ['collection', { collection: [COLLECTION] }],
    ])('no other %s can be reached', async (_what, place) => {
      const { call } = await newUser();
      await expect(call('find', place)).rejects.toEqual(code('NO_MATCHING_RULE'));
    });

    test('reading does not allow writing, and off allows nothing', async () => {
      const { database } = setup;
      const reading = await (
        await setUpClientAccess(store, { database, access: 'read' })
      ).newUser();
      expect(await reading.call('find')).toEqual([]);
      const insert = reading.call('insertOne', { document: { a: 1 } });
      await expect(insert).rejects.toEqual(code('NO_MATCHING_RULE'));
      const off = await (await setUpClientAccess(store, { database, access: 'off' })).newUser();
      await expect(off.call('find')).rejects.toEqual(code('NO_MATCHING_RULE'));
    });

    test('a session that has ended reads and writes nothing', async () => {
      const user = await userWith({ a: 1 });
      await setup.logOut(user.caller);
      const ended = code('UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
      await expect(user.call('find')).rejects.toEqual(ended);
      await expect(user.call('updateOne', { update: { $set: { a: 2 } } })).rejects.toEqual(ended);
      await expect(user.call('deleteOne', { query: {} })).rejects.toEqual(ended);
      expect(await storedFields(user)).toEqual({ a: 1 });
    });
  });

  describe('reading', () => {
    test('answers with the caller’s document, every BSON type kept', async () => {
      const values = {
        int: new Int32(1),
        double: new Double(1),
        long: Long.fromNumber(1),
        decimal: Decimal128.fromString('1.10'),
        when: new Date(0),
        id: new ObjectId(),
      };
      const user = await userWith(values);
      const found = await user.call('findOne', { query: { userId: user.userId } });
      expect(found).toEqual({ _id: expect.any(ObjectId), userId: user.userId, ...values });
      expect(await user.call('find', { query: { long: 1 } })).toEqual([found]);
      expect(await user.call('count', {})).toBe(1);
    });

    test('finds nothing where there is no document or the query does not match', async () => {
      const nobody = await newUser();
      expect(await nobody.call('find')).toEqual([]);
      expect(await nobody.call('findOne', { query: {} })).toBe(null);
      expect(await nobody.call('count', { query: {} })).toBe(0);
      const user = await userWith({ a: 1 });
      expect(await user.call('findOne', { query: { a: 2 } })).toBe(null);
    });

    test('finds nothing of other users', async () => {
      const other = await userWith({ secret: 'x' });
      const user = await userWith({ a: 1 });
      for (const query of [
        { userId: other.userId },
        { userId: { $ne: user.userId } },
        { userId: { $in: [other.userId] } },
        { _id: (await setup.stored(other))?._id },
        { secret: 'x' },
      ]) {
        expect(await user.call('find', { query })).toEqual([]);
        expect(await user.call('count', { query })).toBe(0);
      }
      const any = await user.call('find', { query: { $or: [{ secret: 'x' }, { a: 1 }] } });
      expect(any).toMatchObject([{ userId: user.userId }]);
    });

    test.each<[rule: string, project: object, shown: object]>([
      ['inclusion', { a: 1, _id: 0 }, { a: 1 }],
      ['exclusion', { userId: 0, _id: 0, a: 0, list: 0 }, { sub: { b: 1, c: 2 } }],
      ['nested fields', { 'sub.c': 1, _id: 0 }, { sub: { c: 2 } }],
      ['an item', { list: { $elemMatch: { $gt: 1 } }, _id: 0 }, { list: [2] }],
    ])('projects %s', async (_rule, project, shown) => {
      const user = await userWith({ a: 1, sub: { b: 1, c: 2 }, list: [1, 2] });
      expect(toPlain(await user.call('findOne', { query: {}, project }))).toEqual(shown);
    });

    test.each<[rule: string, argument: object]>([
      ['a pattern', { query: { a: { $regex: 'x' } } }],
      ['a script', { query: { $where: 'true' } }],
      ['an expression', { query: { $expr: { $eq: ['$a', 1] } } }],
      ['a schema', { query: { $jsonSchema: {} } }],
      ['an operator within $elemMatch', { query: { a: { $elemMatch: { b: { $regex: 'x' } } } } }],
      ['an operator within $not', { query: { a: { $not: { $regex: 'x' } } } }],
      ['an operator within $and', { query: { $and: [{ $or: [{ $where: '1' }] }] } }],
      ['a computed field', { project: { a: { $concat: ['$b', '$c'] } } }],
      ['an operator within a projection', { project: { a: { $elemMatch: { $where: '1' } } } }],
      ['a query that is a list', { query: [] }],
      ['a mixed projection', { project: { a: 1, b: 0 } }],
      [
        'a query of too many conditions',
        { query: { $or: Array.from({ length: 101 }, () => ({})) } },
      ],
    ])('refuses %s', async (_rule, argument) => {
      const user = await userWith({ a: 1 });
      await expect(user.call('find', argument)).rejects.toEqual(code('BAD_USER_INPUT'));
    });
  });

  describe('insertOne', () => {
    test('makes the document and says its id', async () => {
      const user = await newUser();
      const { insertedId } = (await user.call('insertOne', { document: { a: 1 } })) as {
        insertedId: unknown;
      };
      expect(await setup.stored(user)).toEqual({
        _id: insertedId,
        userId: user.userId,
        a: new Int32(1),
      });
    });

    test('makes no second document', async () => {
      const user = await userWith({ a: 1 });
      const second = user.call('insertOne', { document: { b: 1 } });
      await expect(second).rejects.toEqual(code('BAD_USER_INPUT'));
      expect(await storedFields(user)).toEqual({ a: 1 });
    });

    test('one of many at once succeeds', async () => {
      const user = await newUser();
      const inserts = Array.from({ length: 10 }, (_, n) =>
        user.call('insertOne', { document: { n } }),
      );
      const outcomes = await Promise.allSettled(inserts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await setup.documents.find({ userId: user.userId })).toHaveLength(1);
    });

    test.each<[field: string, document: object]>([
      ['/userId', { userId: new ObjectId().toHexString() }],
      ['/_id', { _id: new ObjectId() }],
      ['/$a', { $a: 1 }],
    ])('refuses to write %s', async (path, document) => {
      const user = await newUser();
      const refused = user.call('insertOne', { document });
      await expect(refused).rejects.toEqual(code('FIELD_NOT_WRITABLE', { paths: [path] }));
      expect(await setup.stored(user)).toBe(null);
    });
  });

  describe('deleting', () => {
    test.each(['deleteOne', 'deleteMany'])('%s deletes a match and no other', async (name) => {
      const other = await userWith({ a: 1 });
      const user = await userWith({ a: 1 });
      for (const query of [{ a: 2 }, { userId: other.userId }]) {
        expect(await user.call(name, { query })).toEqual({ deletedCount: 0 });
      }
      expect(await user.call(name, { query: { a: 1 } })).toEqual({ deletedCount: 1 });
      expect(await user.call(name, { query: {} })).toEqual({ deletedCount: 0 });
      expect([await setup.stored(user), await storedFields(other)]).toEqual([null, { a: 1 }]);
    });
  });
});
