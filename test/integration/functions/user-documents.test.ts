/** No function that does not run as system plants a document under another user's id. */
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../src/bson.ts';
import { runForUser } from '../../../src/functions/host/user-documents.ts';
import { UNLIMITED } from '../../../src/store/operation-limits.ts';
import type { DataMethod, DataService } from '../../../src/store/port.ts';
import type { Document } from '../../../src/values/documents.ts';
import { uniqueDatabaseName } from '../../support/mongodb/test-uri.ts';
import { createDataCalls } from '../../support/store-contract/data-calls.ts';
import { forEachStore } from '../../support/stores.ts';

/** Who calls; who has a document; who has none yet. */
const OWN = '63ed2dbe5960df2af7fd2160';
const OTHER = '63ed2dbe5960df2af7fd2161';
const NEW = '63ed2dbe5960df2af7fd2162';

const SEEDED = [
  { _id: 1, userId: OWN, role: 'user' },
  { _id: 2, userId: OTHER, role: 'user' },
  { _id: 3, role: 'nobody' },
];

type Call = readonly [method: DataMethod, ...args: unknown[]];

/** Would give a document an id that is not the caller's. */
const PLANTS: readonly Call[] = [
  ['insertOne', { userId: NEW, role: 'admin' }],
  ['insertOne', { userId: new ObjectId(NEW) }],
  ['insertMany', [{ role: 'x' }, { userId: NEW }]],
  ['updateOne', { userId: OWN }, { $set: { userId: NEW, role: 'admin' } }, { upsert: true }],
  ['updateOne', { userId: OWN }, { $set: { userId: NEW } }],
  ['updateOne', { _id: 3 }, { $set: { userId: NEW } }],
  ['updateMany', { role: 'user' }, { $set: { userId: OTHER } }],
  ['updateOne', { userId: NEW }, { $set: { role: 'admin' } }, { upsert: true }],
  ['updateOne', { userId: { $eq: NEW } }, { $set: { role: 'admin' } }, { upsert: true }],
  ['updateOne', { $and: [{ userId: NEW }] }, { $set: { role: 'admin' } }, { upsert: true }],
  ['updateOne', { _id: 9 }, { $setOnInsert: { userId: NEW } }, { upsert: true }],
  ['updateOne', { _id: 9, role: NEW }, { $rename: { role: 'userId' } }],
  ['updateOne', { userId: OWN }, { $rename: { role: 'userId' } }],
  ['updateOne', { userId: OWN }, { $max: { userId: NEW } }],
  ['updateOne', { userId: OWN }, { $set: { 'userId.a': NEW } }],
  ['updateOne', { userId: OWN }, [{ $set: { userId: NEW } }]],
  ['updateOne', { userId: OWN }, [{ $set: { userId: '$role' } }]],
  ['updateOne', { userId: OWN }, [{ $replaceWith: { userId: NEW } }]],
  ['findOneAndUpdate', { userId: NEW }, { $set: { role: 'admin' } }, { upsert: true }],
  ['findOneAndUpdate', { userId: OWN }, { $set: { userId: NEW } }],
  ['findOneAndReplace', { userId: OWN }, { userId: NEW, role: 'admin' }],
  ['findOneAndReplace', { _id: 9 }, { userId: NEW }, { upsert: true }],
  ['bulkWrite', [{ insertOne: { document: { userId: NEW } } }]],
  ['bulkWrite', [{ updateOne: { filter: { userId: OWN }, update: { $set: { userId: NEW } } } }]],
  [
    'bulkWrite',
    [{ updateOne: { filter: { userId: NEW }, update: { $set: { a: 1 } }, upsert: true } }],
  ],
  ['bulkWrite', [{ replaceOne: { filter: { userId: OWN }, replacement: { userId: NEW } } }]],
  ['aggregate', [{ $set: { userId: NEW } }, { $out: 'users' }]],
  ['aggregate', [{ $merge: { into: 'users' } }]],
];

/** Gives nobody another id, and does what it says: how many documents have the role `new` then. */
const FINE: readonly (readonly [Call, roles: number])[] = [
  [['insertOne', { role: 'new' }], 1],
  [['insertMany', [{ role: 'new' }, { role: 'new' }]], 2],
  [['updateOne', { userId: OWN }, { $set: { role: 'new' } }, { upsert: true }], 1],
  [['updateOne', { userId: OWN }, { $set: { userId: OWN, role: 'new' } }, { upsert: true }], 1],
  [['updateOne', { userId: OTHER }, { $set: { role: 'new' } }, { upsert: true }], 1],
  [['updateOne', { userId: OTHER }, { $set: { userId: OTHER, role: 'new' } }], 1],
  [['updateOne', { _id: 2 }, { $set: { userId: OTHER, role: 'new' } }, { upsert: true }], 1],
  [['updateMany', {}, { $set: { role: 'new' } }], 3],
  [['updateOne', { userId: OTHER }, { $unset: { userId: '' }, $set: { role: 'new' } }], 1],
  [['findOneAndUpdate', { userId: OTHER }, { $set: { role: 'new' } }, { upsert: true }], 1],
  [['findOneAndReplace', { userId: OTHER }, { userId: OTHER, role: 'new' }, { upsert: true }], 1],
  [['findOneAndReplace', { userId: OTHER }, { role: 'new' }], 1],
  [
    [
      'bulkWrite',
      [
        { insertOne: { document: { role: 'new' } } },
        { updateOne: { filter: { userId: OTHER }, update: { $set: { role: 'new' } } } },
      ],
    ],
    2,
  ],
];

forEachStore('the documents of the users', (openStore) => {
  const database = uniqueDatabaseName('planting');
  let service: DataService;
  beforeAll(async () => {
    service = await (await openStore()).dataService();
  });
  const { all, callTyped } = createDataCalls(
    { database: () => database, store: () => ({ dataService: async () => service }) } as never,
    'users',
  );
  const documents = { database, collection: 'users', userIdField: 'userId' };
  const run = ([method, ...args]: Call, collection = 'users') =>
    runForUser(service, { database, collection, method, args }, UNLIMITED, {
      documents,
      userId: OWN,
    });

  beforeEach(async () => {
    await callTyped('deleteMany', {});
    await callTyped('insertMany', SEEDED);
  });

  test.each(PLANTS.map((call) => [call] as const))(
    '%j is refused, and nothing is written',
    async (call) => {
      await expect(run(call)).rejects.toMatchObject({
        code: 'FIELD_NOT_WRITABLE',
        details: { paths: ['/userId'] },
      });
      expect(await all()).toEqual(SEEDED);
    },
  );

  test.each(FINE)('%j is done', async (call, roles) => {
    await run(call);
    expect(await callTyped('count', { role: 'new' })).toEqual(roles);
  });

  test('a document under its own id may be inserted, as a text and as an ObjectId', async () => {
    await callTyped('deleteMany', { userId: OWN });
    for (const userId of [OWN, new ObjectId(OWN)]) {
      await run(['updateOne', { userId }, { $set: { role: 'mine' } }, { upsert: true }]);
      await run(['insertOne', { userId, role: 'mine' }]);
    }
    expect(await callTyped('count', { role: 'mine' })).toEqual(4);
  });

  test('other collections are as they were', async () => {
    await run(['deleteMany', {}], 'others');
    await run(['insertOne', { userId: NEW }], 'others');
    expect(await run(['count', { userId: NEW }], 'others')).toEqual(1);
  });

  describe('whatever a function is made to write', () => {
    const id = fc.constantFrom<unknown>(OWN, OTHER, NEW, new ObjectId(NEW), null, 5);
    const condition = fc.oneof(
      id,
      fc.record({ $eq: id }),
      fc.record({ $ne: id }),
      fc.record({ $in: fc.array(id, { minLength: 1, maxLength: 2 }) }),
      fc.constant({ $exists: true }),
    );
    const plain = fc.oneof(
      fc.record({ userId: condition }),
      fc.record({ _id: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ role: fc.constantFrom('user', 'x') }),
      fc.constant({}),
    );
    const filter = fc.oneof(
      plain,
      fc.record({ $and: fc.array(plain, { minLength: 1, maxLength: 2 }) }),
      fc.record({ $or: fc.array(plain, { minLength: 1, maxLength: 2 }) }),
    );
    const fields = fc.record({ userId: id, role: fc.constant('x') }, { requiredKeys: [] });
    const change = fc.oneof(
      fc.record({ $set: fc.record({ role: fc.constant('x') }) }),
      fc.record({ $set: fc.record({ userId: id, role: fc.constant('x') }) }),
      fc.record({ $setOnInsert: fc.record({ userId: id }) }),
      fc.constant({ $rename: { role: 'userId' } }),
      fc.constant({ $unset: { userId: '' } }),
      fc.constant({ $max: { userId: NEW } }),
    );
    const options = fc.record({ upsert: fc.boolean() });
    const call: fc.Arbitrary<Call> = fc.oneof(
      fc.tuple(fc.constant<DataMethod>('insertOne'), fields),
      fc.tuple(
        fc.constant<DataMethod>('insertMany'),
        fc.array(fields, { minLength: 1, maxLength: 3 }),
      ),
      fc.tuple(
        fc.constantFrom<DataMethod>('updateOne', 'updateMany', 'findOneAndUpdate'),
        ...[filter, change, options],
      ),
      fc.tuple(fc.constant<DataMethod>('findOneAndReplace'), ...[filter, fields, options]),
      fc.tuple(
        fc.constant<DataMethod>('bulkWrite'),
        fc.array(
          fc.oneof(
            fc.record({ insertOne: fc.record({ document: fields }) }),
            fc.record({
              updateOne: fc.record({ filter, update: change, upsert: fc.boolean() }),
            }),
            fc.record({
              replaceOne: fc.record({ filter, replacement: fields, upsert: fc.boolean() }),
            }),
          ),
          { minLength: 1, maxLength: 3 },
        ),
      ),
    );

    test('a document has its own id, the caller’s, the one it had, or none', async () => {
      await fc.assert(
        fc.asyncProperty(call, async (each) => {
          await callTyped('deleteMany', {});
          await callTyped('insertMany', SEEDED);
          await run(each).catch(() => undefined);
          const before = new Map(SEEDED.map(({ _id, ...rest }) => [_id, rest]));
          for (const document of (await all()) as Document[]) {
            if (!Object.hasOwn(document, 'userId')) continue;
            const had = (before.get(document._id as number) as Document | undefined)?.userId;
            expect([OWN, had]).toContain(document.userId);
          }
        }),
        { numRuns: 300 },
      );
    });
  });
});
