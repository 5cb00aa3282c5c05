/** Client access under the operator's schema and the token's budget, and what it never shows or changes. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../src/bson.ts';
import { isGatewayError } from '../../../src/errors.ts';
import type { Store } from '../../../src/store/port.ts';
import type { Document } from '../../../src/values/documents.ts';
import {
  type ClientSetup,
  type ClientUser,
  setUpClientAccess,
} from '../../support/client-access.ts';
import { code } from '../../support/custom-data.ts';
import { objectSchema } from '../../support/schema.ts';
import { toPlain } from '../../support/store-contract/data-calls.ts';
import { forEachStore } from '../../support/stores.ts';

const RUNS = 60;

const HIDDEN = { type: 'integer', readOnly: true, writeOnly: true };
const WRITE_ONLY = { type: 'integer', maximum: 2, writeOnly: true };
const SCHEMA = objectSchema({
  secret: HIDDEN,
  pin: WRITE_ONLY,
  role: { type: 'string', readOnly: true },
  box: {
    type: 'object',
    properties: { secret: HIDDEN, pin: WRITE_ONLY, a: { type: 'integer' } },
  },
  list: {
    type: 'array',
    readOnly: true,
    items: {
      type: 'object',
      properties: { secret: HIDDEN, pin: WRITE_ONLY, a: { type: 'integer' } },
    },
  },
  a: { type: 'integer', maximum: 100 },
});

/** An operation whose query and update may name `me`, `other` and hidden fields. */
interface RandomOperation {
  readonly name: string;
  readonly argument: Document;
}

const small = fc.integer({ min: 0, max: 3 });
const value = fc.oneof(small, fc.constantFrom('me', 'other', 'otherId', null, 'OTHER'));
const path = fc.constantFrom(
  ...['userId', '_id', 'a', 'b', 'secret', 'role'],
  ...['box', 'box.a', 'box.secret', 'list', 'list.a', 'list.secret', 'list.0', 'list.0.secret'],
  ...['pin', 'pin', 'box.pin', 'box.pin', 'list.pin', 'pin.a'],
);
const condition = fc.oneof(
  value,
  fc
    .tuple(fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'), value)
    .map(([name, operand]) => ({ [name]: operand })),
  fc
    .tuple(fc.constantFrom('$in', '$nin', '$all'), fc.array(value, { maxLength: 3 }))
    .map(([name, operand]) => ({ [name]: operand })),
  fc.boolean().map(($exists) => ({ $exists })),
  fc.constantFrom('int', 'string', 'object', 'array').map(($type) => ({ $type })),
  small.map(($size) => ({ $size })),
  fc
    .tuple(fc.constantFrom('a', 'secret', 'pin'), small)
    .map(([name, operand]) => ({ $elemMatch: { [name]: operand } })),
);
const flat = fc.dictionary(path, condition, { maxKeys: 2, noNullPrototype: true });
const query = fc.oneof(
  flat,
  fc
    .tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(flat, { minLength: 1, maxLength: 2 }))
    .map(([name, parts]) => ({ [name]: parts })),
);
const projection = fc.oneof(
  fc.constant({}),
  fc.tuple(path, fc.constantFrom(0, 1)).map(([name, shown]) => ({ [name]: shown })),
  fc.constantFrom(
    { list: { $slice: 1 } },
    { list: { $elemMatch: { secret: 1 } } },
    { list: { $elemMatch: { pin: 1 } } },
    { list: { $elemMatch: { a: 1 } } },
  ),
);
const update = fc
  .tuple(
    fc.constantFrom('$set', '$unset', '$inc', '$push', '$addToSet', '$pull', '$setOnInsert'),
    path,
    value,
  )
  .map(([operator, name, operand]) => ({ [operator]: { [name]: operand } }));
const document = fc.dictionary(path, value, { maxKeys: 3, noNullPrototype: true });

const operation: fc.Arbitrary<RandomOperation> = fc.oneof(
  fc.record({
    name: fc.constantFrom('find', 'findOne', 'count', 'deleteOne', 'deleteMany'),
    argument: fc.record({ query, project: projection, sort: fc.constant({ secret: 1, pin: 1 }) }),
  }),
  fc.record({
    name: fc.constantFrom('updateOne', 'updateMany'),
    argument: fc.record({ query, update, upsert: fc.boolean() }),
  }),
  fc.record({
    name: fc.constantFrom('findOneAndUpdate'),
    argument: fc.record({
      ...{ filter: query, update, projection },
      ...{ upsert: fc.boolean(), returnNewDocument: fc.boolean() },
    }),
  }),
  fc.record({
    name: fc.constantFrom('findOneAndReplace', 'findOneAndDelete'),
    argument: fc.record(
      { filter: query, update: document, projection, returnNewDocument: fc.boolean() },
      { requiredKeys: ['filter', 'projection'] },
    ),
  }),
  fc.record({ name: fc.constant('insertOne'), argument: fc.record({ document }) }),
);

/** What a user sees is the same with all numbers, and whether the fields are there in all places. */
function fieldsWith(numbers: readonly number[], areThere: boolean): Document {
  const [secret, boxed, listed, pin, boxedPin] = numbers;
  return {
    ...{ a: 1, role: 'user' },
    ...(areThere ? { secret, pin } : {}),
    box: { ...(areThere ? { pin: boxedPin } : {}), a: 1, secret: boxed },
    list: [
      { a: 1, secret: listed, pin: boxed },
      { a: 2, secret: boxed, pin },
    ],
  };
}

/** What a call comes to: its result or its error, with the identity of the caller taken out. */
async function outcomeOf(user: ClientUser, { name, argument }: RandomOperation, names: Names) {
  const call = user.call(name, toNamed(argument, names) as Document);
  const outcome = await call.then(toPlain, (error: unknown) => {
    if (!isGatewayError(error)) throw error;
    return { code: error.code, details: error.details, message: error.message };
  });
  return JSON.stringify(outcome);
}

/** What the words of a random operation stand for. */
type Names = Readonly<Record<string, unknown>>;

function toNamed(part: unknown, names: Names): unknown {
  if (typeof part === 'string') return Object.hasOwn(names, part) ? names[part] : part;
  if (Array.isArray(part)) return part.map((item) => toNamed(item, names));
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, toNamed(item, names)]));
}

forEachStore('client access', (openStore) => {
  let store: Store;
  let setup: ClientSetup;
  beforeAll(async () => {
    store = await openStore();
    setup = await setUpClientAccess(store, { schema: SCHEMA });
  });

  /** What someone with database access puts there for a user. */
  const seed = async ({ userId }: ClientUser, fields: Document) => {
    await setup.documents.deleteMany({ userId });
    await setup.documents.insertOne({ userId, ...fields });
  };

  test('a write that breaks the schema is refused', async () => {
    const user = await setup.newUser();
    await user.call('insertOne', { document: { a: 1 } });
    for (const [name, argument, expected] of [
      ['updateOne', { query: {}, update: { $inc: { a: 100 } } }, 'CUSTOM_DATA_INVALID'],
      ['updateOne', { query: {}, update: { $set: { role: 'admin' } } }, 'FIELD_NOT_WRITABLE'],
      ['updateOne', { query: {}, update: { $set: { secret: 1 } } }, 'FIELD_NOT_WRITABLE'],
      ['findOneAndReplace', { filter: {}, update: { a: 'x' } }, 'CUSTOM_DATA_INVALID'],
    ] as const) {
      await expect(user.call(name, argument)).rejects.toEqual(code(expected));
    }
    expect(toPlain(await user.call('findOne', {}))).toMatchObject({ a: 1 });
  });

  test('a write that would make the token too large is refused', async () => {
    const { database } = setup;
    const tight = await setUpClientAccess(store, { database, budgetBytes: 1500 });
    const user = await tight.newUser();
    await user.call('insertOne', { document: { text: 'x' } });
    const update = { $set: { text: 'x'.repeat(2000) } };
    const refused = code('CUSTOM_DATA_TOO_LARGE', { budget: 1500 });
    await expect(user.call('updateOne', { query: {}, update })).rejects.toEqual(refused);
    const second = await tight.newUser();
    const large = second.call('insertOne', { document: { text: 'x'.repeat(2000) } });
    await expect(large).rejects.toEqual(refused);
    expect(toPlain(await user.call('findOne', {}))).toMatchObject({ text: 'x' });
  });

  test('a writeOnly field is written by name as a whole, and shown and asked for by nothing', async () => {
    const user = await setup.newUser();
    await user.call('insertOne', { document: { a: 1, pin: 1 } });
    const own = async () =>
      (await setup.documents.findStored({ userId: user.userId }))?.document as Document;
    expect(toPlain(await own())).toMatchObject({ pin: 1 });
    for (const guess of [1, 2]) {
      const set = { query: {}, update: { $set: { pin: guess, 'box.pin': guess } } };
      expect(toPlain(await user.call('updateOne', set))).toMatchObject({
        ...{ matchedCount: 1, modifiedCount: 1 },
      });
      expect(toPlain(await own())).toMatchObject({ pin: guess, box: { pin: guess } });
    }
    expect(await user.call('count', { query: { pin: 2 } })).toBe(0);
    const replaced = await user.call('findOneAndReplace', {
      ...{ filter: {}, update: { a: 2 }, returnNewDocument: true },
    });
    expect(Object.keys(replaced as Document).sort()).toEqual(['_id', 'a', 'userId']);
    expect(toPlain(await own())).toMatchObject({ a: 2, pin: 2, box: { pin: 2 } });
    const unset = { query: {}, update: { $unset: { pin: '', 'box.pin': '' } } };
    for (const _time of ['there', 'gone']) {
      expect(toPlain(await user.call('updateOne', unset))).toMatchObject({ modifiedCount: 1 });
      expect(Object.keys(await own()).sort()).toEqual(['_id', 'a', 'userId']);
    }
  });

  test.each([
    ['$inc', { pin: 1 }, ['/pin']],
    ['$push', { 'box.pin': 1 }, ['/box/pin']],
    ['$addToSet', { pin: 1 }, ['/pin']],
    ['$pull', { pin: 1 }, ['/pin']],
    ['$set', { 'pin.a': 1 }, ['/pin/a']],
    ['$unset', { 'pin.a': 1 }, ['/pin/a']],
  ])(
    '%s of a part of a writeOnly field is refused, whatever is there',
    async (name, fields, paths) => {
      const user = await setup.newUser();
      for (const stored of [{}, { pin: 1, box: { pin: 1 } }]) {
        await seed(user, stored);
        const argument = { query: {}, update: { [name]: fields } };
        await expect(user.call('updateOne', argument)).rejects.toEqual(
          code('FIELD_NOT_WRITABLE', { paths }),
        );
      }
    },
  );

  describe('whatever a client sends', () => {
    test('nothing of another user is returned or changed', async () => {
      const user = await setup.newUser();
      const other = await setup.newUser();
      await seed(other, { a: 1, b: 'OTHER-1', box: { a: 1 }, list: [{ a: 1, b: 'OTHER-2' }] });
      const before = await setup.documents.findStored({ userId: other.userId });
      const otherId = before?.document._id as ObjectId;
      const names = { me: user.userId, other: other.userId, otherId };
      const present = await setup.documents.find({});
      const mine = fc.option(
        fc.constant({ a: 1, b: 2, box: { a: 1 }, list: [{ a: 1 }, { a: 2 }] }),
      );
      await fc.assert(
        fc.asyncProperty(mine, operation, async (fields, random) => {
          if (fields === null) await setup.documents.deleteMany({ userId: user.userId });
          else await seed(user, fields);
          const outcome = await outcomeOf(user, random, names);
          expect(outcome).not.toMatch(/OTHER-/);
          const after = await setup.documents.findStored({ userId: other.userId });
          expect(after).toEqual(before);
          const count = await setup.documents.find({});
          expect(count.length).toBeLessThanOrEqual(present.length + 1);
        }),
        { numRuns: RUNS },
      );
    }, 120_000);

    test('hidden fields make no difference to an answer or to what becomes of the others', async () => {
      const users = [await setup.newUser(), await setup.newUser()] as const;
      const hidden = fc.array(small, { minLength: 5, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(hidden, hidden, fc.boolean(), operation, async (one, two, has, random) => {
          const _ids = [new ObjectId(), new ObjectId()];
          const outcomes: string[] = [];
          const left: string[] = [];
          for (const [index, user] of users.entries()) {
            const _id = _ids[index];
            await seed(user, { _id, ...fieldsWith(index === 0 ? one : two, index === 0 || has) });
            const names = { me: user.userId, other: 'nobody', otherId: 'no id' };
            const hide = (text: string) =>
              text.replaceAll(user.userId, 'ME').replaceAll(String(_id), 'ID');
            outcomes.push(hide(await outcomeOf(user, random, names)));
            const visible = await user.call('findOne', { query: {} });
            left.push(hide(JSON.stringify(toPlain(visible))));
          }
          expect(outcomes[1]).toBe(outcomes[0]);
          expect(outcomes.join()).not.toMatch(/"(secret|pin)":/);
          expect(left[1]).toBe(left[0]);
        }),
        { numRuns: RUNS },
      );
    }, 120_000);
  });
});
