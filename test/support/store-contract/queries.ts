import { describe, expect, test } from '@jest/globals';
import { Binary, Long, ObjectId } from '../../../src/bson.ts';
import { sameBytes } from '../../../src/store/document-bytes.ts';
import { DuplicateKeyError } from '../../../src/store/port.ts';
import { decodeStored } from '../../../src/store/stored-document.ts';
import type { Contract } from './contract.ts';

const NO_BYTES = new Uint8Array();

/** Inserting, finding and deleting. */
export function describeQueries(contract: Contract): void {
  describe('inserts and finds', () => {
    test('an inserted document is found as it was inserted', async () => {
      const documents = await contract.collection();
      const document = { _id: 'a', text: 'Zoë', when: new Date(1_700_000_000_000), list: [1, 2.5] };
      expect(await documents.insertOne(document)).toMatchObject({ insertedId: 'a' });
      expect(await documents.findOne({ _id: 'a' })).toEqual(document);
    });

    test('a document without _id gets an ObjectId', async () => {
      const documents = await contract.collection();
      const { insertedId } = await documents.insertOne({ a: 1 });
      expect(insertedId).toBeInstanceOf(ObjectId);
      expect(await documents.findOne({ _id: insertedId })).toEqual({ _id: insertedId, a: 1 });
    });

    test('a taken _id is a DuplicateKeyError and leaves the document as it was', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, a: 'first' });
      await expect(documents.insertOne({ _id: 1, a: 'second' })).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
      expect(await documents.find({})).toEqual([{ _id: 1, a: 'first' }]);
    });

    test('no match is null, not an error', async () => {
      const documents = await contract.collection();
      expect(await documents.findOne({ _id: 'absent' })).toBe(null);
      expect(await documents.findStored({ _id: 'absent' })).toBe(null);
      expect(await documents.find({ a: 1 })).toEqual([]);
    });

    test('a scan shows the bytes of every match, however many, in one operation', async () => {
      const documents = await contract.collection({ unique: ['user'] });
      const ids = Array.from({ length: 250 }, (_, index) => `user-${index}`);
      for (const user of [...ids, 'other']) await documents.insertOne({ _id: user, user });
      const start = contract.operations().length;
      const found: Uint8Array[] = [];
      await documents.scanStored({ user: { $in: [...ids, 'nobody'] } }, (bytes) => {
        found.push(bytes);
      });
      expect(contract.operations().slice(start)).toMatchObject([{ name: 'find' }]);
      const users = found.map((bytes) => decodeStored(bytes).document.user);
      expect(users.sort()).toEqual([...ids].sort());
      const stored = await documents.findStored({ user: 'user-7' });
      expect(found.some((bytes) => sameBytes(bytes, stored?.bytes ?? NO_BYTES))).toBe(true);
    });

    test('the mark of changes, if there is one, differs after a change by this process or another', async () => {
      const store = contract.store();
      const documents = await contract.collection();
      const marks = [store.changeMark()];
      await documents.insertOne({ _id: 'a' });
      marks.push(store.changeMark());
      await (await contract.secondCollection()).insertOne({ _id: 'b' });
      marks.push(store.changeMark());
      await documents.findOne({ _id: 'a' });
      marks.push(store.changeMark());
      const [before, own, others, reading] = marks;
      if (before === null) return expect(marks).toEqual([null, null, null, null]);
      expect(own).not.toBe(before);
      expect(others).not.toBe(own);
      expect(reading).toBe(others);
    });

    test('collections of one name in two databases are two collections', async () => {
      const [one, two] = [
        await contract.collection({ database: `${Date.now()}-one` }),
        await contract.collection({ database: `${Date.now()}-two` }),
      ];
      await one.insertOne({ _id: 1 });
      expect(await two.find({})).toEqual([]);
      await one.deleteMany({});
    });
  });

  describeFilters(contract);
  describeOrder(contract);
  describeDeletes(contract);

  test('reports each operation once, by the name of its command', async () => {
    const documents = await contract.collection({ unique: ['a'] });
    const start = contract.operations().length;
    await documents.insertOne({ _id: 1, a: 1 });
    await documents.findOne({ a: 1 });
    await documents.find({});
    await documents.findStored({ _id: 1 });
    await documents.updateOne({ _id: 1 }, { $set: { b: 1 } });
    await documents.findOneAndUpdate({ _id: 1 }, { $set: { b: 2 } });
    await documents.deleteOne({ _id: 1 });
    await documents.deleteMany({});
    const names = contract.operations().slice(start);
    const expected = 'insert find find find update findAndModify delete delete';
    expect(names.map(({ name }) => name).join(' ')).toBe(expected);
    expect(new Set(names.map(({ collection }) => collection)).size).toBe(1);
  });

  test('answers a ping', async () => {
    await expect(contract.store().ping()).resolves.toBe(undefined);
  });
}

function describeFilters(contract: Contract): void {
  const id = new ObjectId('0123456789abcdef01234567');
  const cases: [rule: string, filter: Record<string, unknown>, found: number[]][] = [
    ['equality', { kind: 'a' }, [1, 2]],
    ['equality of two fields', { kind: 'a', n: 2 }, [2]],
    ['equality across numeric types', { n: Long.fromNumber(2) }, [2]],
    ['equality with an ObjectId', { owner: id }, [3]],
    ['an ObjectId is not its hex text', { owner: id.toHexString() }, []],
    ['equality with an item of an array', { tags: 'x' }, [1, 3]],
    ['equality with bytes that are not text', { blob: new Binary(Buffer.from([255])) }, [1]],
    ['null for a missing field', { owner: null }, [1, 2]],
    ['$in', { n: { $in: [1, 3, 5] } }, [1, 3]],
    ['$in with _id', { _id: { $in: [3, 1, 9] } }, [1, 3]],
    ['$ne', { kind: { $ne: 'a' } }, [3]],
    ['$gt of dates', { at: { $gt: new Date(1_000) } }, [2, 3]],
    ['$lte of dates', { at: { $lte: new Date(1_000) } }, [1]],
    ['$exists', { owner: { $exists: true } }, [3]],
    ['a nested field', { 'deep.a': 1 }, [2]],
    ['$or', { $or: [{ n: 1 }, { kind: 'b' }] }, [1, 3]],
  ];
  describe('a filter matches by', () => {
    test.each(cases)('%s', async (_rule, filter, found) => {
      for (const indexes of [[], ['kind', 'n', 'owner', 'tags', 'blob']]) {
        const documents = await contract.collection({ indexes });
        await documents.deleteMany({});
        const blob = (byte: number) => new Binary(Buffer.from([byte]));
        for (const document of [
          { _id: 1, kind: 'a', n: 1, tags: ['x', 'y'], blob: blob(255), at: new Date(1_000) },
          { _id: 2, kind: 'a', n: 2, deep: { a: 1 }, blob: blob(254), at: new Date(2_000) },
          { _id: 3, kind: 'b', n: 3, tags: 'x', owner: id, at: new Date(3_000) },
        ]) {
          await documents.insertOne(document);
        }
        const matches = await documents.find<{ _id: number }>(filter, { sort: { _id: 1 } });
        expect(matches.map(({ _id }) => _id)).toEqual(found);
      }
    });
  });
}

function describeOrder(contract: Contract): void {
  describe('order', () => {
    test('sort, skip and limit apply in this order', async () => {
      const documents = await contract.collection();
      for (const n of [3, 1, 2, 5, 4]) await documents.insertOne({ _id: n, odd: n % 2 });
      const ids = async (options: Parameters<typeof documents.find>[1]) =>
        (await documents.find({}, options)).map(({ _id }) => _id);
      expect(await ids({ sort: { _id: -1 } })).toEqual([5, 4, 3, 2, 1]);
      expect(await ids({ sort: { odd: 1, _id: -1 } })).toEqual([4, 2, 5, 3, 1]);
      expect(await ids({ sort: { _id: 1 }, skip: 1, limit: 2 })).toEqual([2, 3]);
      expect(await documents.findOne({}, { sort: { _id: -1 } })).toEqual({ _id: 5, odd: 1 });
    });

    test.each([1, -1] as const)(
      'a page in the order of _id (%i) takes no more documents than it shows, and one',
      async (direction) => {
        const documents = await contract.collection({ unique: ['a'] });
        const ids = Array.from(
          { length: 120 },
          (_, n) => new ObjectId(n.toString(16).padStart(24, '0')),
        );
        for (const [a, _id] of ids.entries()) await documents.insertOne({ _id, a });
        const limit = 5;
        const from = direction === 1 ? { $gt: ids[60] } : { $lt: ids[60] };
        const before = contract.decoded();
        const page = await documents.find({ _id: from }, { sort: { _id: direction }, limit });
        const expected = Array.from({ length: limit }, (_, n) => 60 + (n + 1) * direction);
        expect(page.map(({ a }) => a)).toEqual(expected);
        expect(contract.decoded() - before).toBeLessThanOrEqual(limit + 1);
      },
    );

    test('strings come before ObjectIds, numbers before both, null first', async () => {
      const documents = await contract.collection();
      const [early, late] = [new ObjectId('0'.repeat(24)), new ObjectId('f'.repeat(24))];
      const userIds = [late, 'zz', early, 7, null, 'é', 'z'];
      for (const [n, userId] of userIds.entries()) await documents.insertOne({ _id: n, userId });
      const sorted = await documents.find({}, { sort: { userId: 1, _id: 1 } });
      expect(sorted.map(({ _id }) => _id)).toEqual([4, 3, 6, 1, 5, 2, 0]);
    });

    test('findStored takes the first in sort order', async () => {
      const documents = await contract.collection();
      for (const n of [2, 1, 3]) await documents.insertOne({ _id: n, a: 'same' });
      const stored = await documents.findStored({ a: 'same' }, { sort: { _id: 1 } });
      expect(stored?.document._id).toMatchObject({ value: 1 });
    });
  });
}

function describeDeletes(contract: Contract): void {
  describe('deletes', () => {
    test('deleteOne deletes one match and says so', async () => {
      const documents = await contract.collection({ indexes: ['a'] });
      for (const n of [1, 2]) await documents.insertOne({ _id: n, a: 1 });
      expect(await documents.deleteOne({ a: 1 })).toMatchObject({ deletedCount: 1 });
      expect(await documents.find({})).toHaveLength(1);
      expect(await documents.deleteOne({ a: 2 })).toMatchObject({ deletedCount: 0 });
    });

    test('deleteMany deletes every match and no other', async () => {
      const documents = await contract.collection({ indexes: ['a'] });
      for (const n of [1, 2, 3]) await documents.insertOne({ _id: n, a: n === 3 ? 'b' : 'a' });
      expect(await documents.deleteMany({ a: 'a' })).toMatchObject({ deletedCount: 2 });
      expect(await documents.find({})).toEqual([{ _id: 3, a: 'b' }]);
    });
  });
}
