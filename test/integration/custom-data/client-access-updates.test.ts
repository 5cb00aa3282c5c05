/** Updates through the `mongodb-atlas` service for clients. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Decimal128, Double, Int32, Long, ObjectId } from '../../../src/bson.ts';
import {
  type ClientSetup,
  type ClientUser,
  COLLECTION,
  setUpClientAccess,
} from '../../support/client-access.ts';
import { code } from '../../support/custom-data.ts';
import { toPlain } from '../../support/store-contract/data-calls.ts';
import { forEachStore } from '../../support/stores.ts';

forEachStore('updates of clients', (openStore) => {
  let setup: ClientSetup;
  beforeAll(async () => {
    setup = await setUpClientAccess(await openStore());
  });

  const newUser = () => setup.newUser();
  const userWith = (fields: object) => setup.newUserWith(fields);
  const storedFields = (user: ClientUser) => setup.storedFields(user);

  describe('updateOne', () => {
    const before = { n: 1, text: 'x', list: [1, 2], sub: { a: 1, b: 2 } };
    test.each<[rule: string, update: object, after: object]>([
      ['$set', { $set: { n: 2, fresh: null } }, { ...before, n: 2, fresh: null }],
      ['$set of a nested field', { $set: { 'sub.a': 5 } }, { ...before, sub: { a: 5, b: 2 } }],
      ['$set of an item', { $set: { 'list.0': 5 } }, { ...before, list: [5, 2] }],
      ['$unset', { $unset: { text: '', 'sub.b': 1 } }, { n: 1, list: [1, 2], sub: { a: 1 } }],
      ['$inc', { $inc: { n: 2, 'sub.c': 1 } }, { ...before, n: 3, sub: { a: 1, b: 2, c: 1 } }],
      ['$push', { $push: { list: 2 } }, { ...before, list: [1, 2, 2] }],
      ['$push $each', { $push: { list: { $each: [3, 4] } } }, { ...before, list: [1, 2, 3, 4] }],
      ['$push of a document', { $push: { list: { a: 1 } } }, { ...before, list: [1, 2, { a: 1 }] }],
      ['$addToSet', { $addToSet: { list: { $each: [2, 3] } } }, { ...before, list: [1, 2, 3] }],
      ['$pull', { $pull: { list: 1 } }, { ...before, list: [2] }],
      ['$setOnInsert, nothing', { $setOnInsert: { n: 9 } }, before],
      ['several', { $set: { text: 'y' }, $inc: { n: 1 } }, { ...before, text: 'y', n: 2 }],
    ])('applies %s', async (_rule, update, after) => {
      const user = await userWith(before);
      const result = await user.call('updateOne', { query: { userId: user.userId }, update });
      const modifiedCount = after === before ? 0 : 1;
      expect(result).toEqual({ matchedCount: 1, modifiedCount });
      expect(await storedFields(user)).toEqual(after);
    });

    test('keeps the BSON types of what is sent and of what is not named', async () => {
      const user = await userWith({ double: new Double(1), long: Long.fromNumber(1) });
      const update = {
        $set: { decimal: Decimal128.fromString('1.10') },
        $inc: { long: new Int32(1) },
      };
      await user.call('updateOne', { query: {}, update });
      expect(await setup.stored(user)).toMatchObject({
        double: new Double(1),
        long: Long.fromNumber(2),
        decimal: Decimal128.fromString('1.10'),
      });
    });

    test('changes nothing if the query does not match', async () => {
      const other = await userWith({ n: 1 });
      const user = await userWith({ n: 1 });
      for (const query of [{ n: 2 }, { userId: other.userId }]) {
        for (const name of ['updateOne', 'updateMany']) {
          const result = await user.call(name, { query, update: { $set: { n: 9 } } });
          expect(result).toEqual({ matchedCount: 0, modifiedCount: 0 });
        }
      }
      expect([await storedFields(other), await storedFields(user)]).toEqual([{ n: 1 }, { n: 1 }]);
    });

    test('the whole document may be sent back, identity included', async () => {
      const user = await userWith({ n: 1 });
      const document = (await user.call('findOne', { query: {} })) as object;
      const update = { $set: { ...document, n: 2 }, $inc: { visits: 1 } };
      await user.call('updateOne', { query: {}, update });
      expect(await storedFields(user)).toEqual({ n: 2, visits: 1 });
    });

    test('many at once, from two gateways, lose nothing', async () => {
      const { database } = setup;
      const user = await userWith({ n: 0, list: [20] });
      const second = await setUpClientAccess(await openStore(), { database });
      const call = (n: number) =>
        (n % 2 === 0 ? setup : second).access.run(user.caller, {
          name: 'updateOne',
          argument: {
            database,
            collection: COLLECTION,
            query: { n: { $gte: 0 } },
            update: { $inc: { n: 1 }, $push: { list: n } },
          },
        });
      await Promise.all(Array.from({ length: 20 }, (_, n) => call(n)));
      const stored = (await storedFields(user)) as { n: number; list: number[] };
      expect(stored.n).toBe(20);
      expect(stored.list.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 21 }, (_, n) => n),
      );
    });

    test.each<[rule: string, argument: object]>([
      ['an operator that is not supported', { update: { $rename: { a: 'b' } } }],
      ['a replacement', { update: { a: 1 } }],
      ['no update', {}],
      ['a pipeline', { update: [{ $set: { a: 1 } }] }],
      ['a positional path', { update: { $set: { 'list.$': 1 } } }],
      ['every item', { update: { $inc: { 'list.$[]': 1 } } }],
      ['array filters', { update: { $set: { a: 1 } }, arrayFilters: [{ x: 1 }] }],
      ['a modifier', { update: { $push: { list: { $each: [1], $sort: 1 } } } }],
      ['a condition in $pull', { update: { $pull: { list: { $gt: 1 } } } }],
      ['a field twice', { update: { $set: { a: 1 }, $inc: { a: 1 } } }],
      ['a field and a part of it', { update: { $set: { a: {} }, $unset: { 'a.b': 1 } } }],
      ['an empty name', { update: { $set: { 'a..b': 1 } } }],
      ['a place after the last item', { update: { $set: { 'list.-': 1 } } }],
      ['$inc of a text', { update: { $inc: { text: 1 } } }],
      ['$push onto a text', { update: { $push: { text: 1 } } }],
    ])('refuses %s', async (_rule, argument) => {
      const user = await userWith(before);
      const refused = user.call('updateOne', { query: {}, ...argument });
      await expect(refused).rejects.toEqual(code('BAD_USER_INPUT'));
      expect(await storedFields(user)).toEqual(before);
    });
  });

  describe('an upsert', () => {
    test('makes the document of the query’s equalities and the update', async () => {
      const user = await newUser();
      const result = await user.call('updateOne', {
        query: { userId: user.userId, kind: 'a', 'sub.x': { $eq: 1 }, n: { $gt: 5 } },
        update: { $set: { a: 1 }, $setOnInsert: { made: true }, $push: { list: 'x' } },
        upsert: true,
      });
      const stored = await setup.stored(user);
      expect(result).toEqual({ matchedCount: 0, modifiedCount: 0, upsertedId: stored?._id });
      const expected = { kind: 'a', sub: { x: 1 }, a: 1, made: true, list: ['x'] };
      expect(await storedFields(user)).toEqual(expected);
    });

    test('updates the document if the query matches', async () => {
      const user = await userWith({ a: 1 });
      const argument = { query: { userId: user.userId }, update: { $set: { a: 2 } }, upsert: true };
      expect(await user.call('updateOne', argument)).toEqual({ matchedCount: 1, modifiedCount: 1 });
      expect(await storedFields(user)).toEqual({ a: 2 });
    });

    test('makes no second document', async () => {
      const user = await userWith({ a: 1 });
      const argument = { query: { a: 2 }, update: { $set: { b: 2 } }, upsert: true };
      await expect(user.call('updateOne', argument)).rejects.toEqual(code('BAD_USER_INPUT'));
      expect(await storedFields(user)).toEqual({ a: 1 });
    });

    test('makes no document of another user', async () => {
      const other = new ObjectId().toHexString();
      for (const user of [await newUser(), await userWith({ a: 1 })]) {
        for (const [query, path] of [
          [{ userId: other }, '/userId'],
          [{ $and: [{ userId: { $eq: other } }] }, '/userId'],
          [{ _id: new ObjectId() }, '/_id'],
        ] as const) {
          const argument = { query, update: { $set: { b: 1 } }, upsert: true };
          const refused = code('FIELD_NOT_WRITABLE', { paths: [path] });
          await expect(user.call('updateOne', argument)).rejects.toEqual(refused);
        }
      }
      expect(await setup.documents.findOne({ userId: other })).toBe(null);
    });
  });

  describe('methods that return the document', () => {
    const update = { $inc: { n: 1 } };

    test('findOneAndUpdate: before, or after if asked, projected', async () => {
      const user = await userWith({ n: 1, a: 'x' });
      const projection = { n: 1, _id: 0 };
      const change = async (argument: object) =>
        toPlain(await user.call('findOneAndUpdate', { update, projection, ...argument }));
      expect(await change({ filter: {} })).toEqual({ n: 1 });
      expect(await change({ filter: {}, returnNewDocument: true })).toEqual({ n: 3 });
      expect(await change({ filter: { n: 9 }, returnNewDocument: true })).toBe(null);
      expect(await storedFields(user)).toEqual({ n: 3, a: 'x' });
    });

    test('findOneAndUpdate with upsert: null, or the new document if asked', async () => {
      const [first, second] = [await newUser(), await newUser()];
      const argument = { filter: {}, update, upsert: true };
      expect(await first.call('findOneAndUpdate', argument)).toBe(null);
      const made = await second.call('findOneAndUpdate', { ...argument, returnNewDocument: true });
      expect(made).toMatchObject({ userId: second.userId, n: new Int32(1) });
      expect(await storedFields(first)).toEqual({ n: 1 });
    });

    test('findOneAndReplace keeps the identity alone', async () => {
      const user = await userWith({ a: 1, b: 2 });
      const _id = (await setup.stored(user))?._id;
      const argument = { filter: { a: 1 }, update: { c: 3 }, returnNewDocument: true };
      const replaced = toPlain(await user.call('findOneAndReplace', argument));
      expect(replaced).toEqual({ _id, userId: user.userId, c: 3 });
      expect(await storedFields(user)).toEqual({ c: 3 });
    });

    test.each(['findOneAndReplace', 'findOneAndDelete'])(
      '%s without a replacement deletes the document and returns it',
      async (name) => {
        const user = await userWith({ a: 1 });
        expect(await user.call(name, { filter: { a: 2 } })).toBe(null);
        expect(await storedFields(user)).toEqual({ a: 1 });
        const deleted = await user.call(name, { filter: { a: 1 }, projection: { a: 1, _id: 0 } });
        expect(toPlain(deleted)).toEqual({ a: 1 });
        expect(await setup.stored(user)).toBe(null);
      },
    );

    test.each([null, [], 'x', { $set: { a: 1 } }])(
      'findOneAndReplace with %j empties nothing',
      async (replacement) => {
        const user = await userWith({ a: 1 });
        const refused = user.call('findOneAndReplace', { filter: {}, update: replacement });
        await expect(refused).rejects.toMatchObject({
          code: expect.stringMatching(/^(BAD_USER_INPUT|FIELD_NOT_WRITABLE)$/),
        });
        expect(await storedFields(user)).toEqual({ a: 1 });
      },
    );

    test('a malformed projection changes nothing', async () => {
      const user = await userWith({ n: 1 });
      const argument = { filter: {}, update, projection: { a: 1, b: 0 } };
      await expect(user.call('findOneAndUpdate', argument)).rejects.toEqual(code('BAD_USER_INPUT'));
      expect(await storedFields(user)).toEqual({ n: 1 });
    });
  });
});
