/** Reading in the order of `_id`: pages take what they show, whatever there is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ACCOUNTS_COLLECTION, createAccounts } from '../../../src/account/accounts.ts';
import { ObjectId } from '../../../src/bson.ts';
import { openAccess } from '../../../src/store/embedded/collection-access.ts';
import { insert, withId } from '../../../src/store/embedded/document-writes.ts';
import {
  type EmbeddedStore,
  openEmbeddedStore,
} from '../../../src/store/embedded/embedded-store.ts';
import { openEnvironment } from '../../../src/store/embedded/environment.ts';
import { collectionKey } from '../../../src/store/embedded/index-catalogue.ts';
import type { ScannedPiece } from '../../../src/store/embedded/query-scan.ts';
import type { DataMethod } from '../../../src/store/port.ts';
import { toPlain } from '../../support/store-contract/data-calls.ts';

let dataDir: string;
let store: EmbeddedStore;
let pieces: ScannedPiece[] = [];

async function run(collection: string, method: DataMethod, args: readonly unknown[]) {
  const service = await store.dataService();
  return toPlain(await service.run({ database: 'd', collection, method, args }));
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-order-'));
  store = await openEmbeddedStore({
    ...{ dataDir, now: Date.now },
    onPiece: (piece) => pieces.push(piece),
  });
});
beforeEach(() => {
  pieces = [];
});
afterAll(async () => {
  await store.close();
  await rm(dataDir, { recursive: true });
});

const readDocuments = () => pieces.reduce((sum, { documents }) => sum + documents, 0);

describe('the order of _id', () => {
  const hex = fc.integer({ min: 0, max: 40 }).map((n) => n.toString(16).padStart(24, '0'));
  const kinds: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    ObjectIds: hex.map((text) => new ObjectId(text)),
    'texts of one length': hex,
    'texts of many lengths': fc.string({ maxLength: 4 }),
    'long texts': fc.tuple(hex, fc.boolean()).map(([text, isLong]) => text.repeat(isLong ? 20 : 1)),
    'values of several types': fc.oneof(
      hex,
      hex.map((text) => new ObjectId(text)),
      fc.integer(),
    ),
  };
  let collections = 0;

  test.each(Object.keys(kinds))('finds what a scan finds among %s', async (kind) => {
    const id = kinds[kind] as fc.Arbitrary<unknown>;
    const bounds = fc.record(
      { $gt: id, $gte: id, $lt: id, $lte: id },
      { requiredKeys: [], noNullPrototype: true },
    );
    const options = fc.record({
      direction: fc.constantFrom(1, -1),
      skip: fc.nat(3),
      limit: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(id), bounds, options, async (ids, condition, chosen) => {
        collections += 1;
        const name = `order-${collections}`;
        const documents = ids.map((_id) => ({ _id, copy: _id }));
        await run(name, 'bulkWrite', [
          documents.map((document) => ({ insertOne: { document } })),
          { ordered: false },
        ]).catch(() => undefined);
        const { direction, ...paging } = chosen;
        const find = (field: string) =>
          run(name, 'find', [
            Object.keys(condition).length === 0 ? {} : { [field]: condition },
            {},
            { ...paging, sort: { [field]: direction } },
          ]);
        expect(await find('_id')).toEqual(await find('copy'));
        expect(await run(name, 'count', [{ _id: condition }])).toEqual(
          await run(name, 'count', [{ copy: condition }]),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('reads as many documents as are asked for, whatever there are', async () => {
    for (const count of [100, 2_000]) {
      const name = `ordered-${count}`;
      const documents = Array.from({ length: count }, () => ({ _id: new ObjectId(), a: 1 }));
      await run(name, 'insertMany', [documents]);
      const third = documents[2]?._id;
      pieces = [];
      await run(name, 'find', [{ a: 1 }, {}, { sort: { _id: 1 }, limit: 5 }]);
      await run(name, 'find', [{ _id: { $gt: third } }, {}, { sort: { _id: 1 }, limit: 5 }]);
      await run(name, 'find', [{ _id: { $lt: third } }, {}, { sort: { _id: -1 }, limit: 5 }]);
      // 5, then the bound itself and 5, then the bound and the two before it.
      expect(readDocuments()).toBe(5 + 6 + 3);
    }
  });
});

describe('a page of users', () => {
  const COUNTS = [1_000, 10_000];
  const PAGE = 6;

  test('takes as many reads among many users as among few', async () => {
    const reads: number[] = [];
    for (const count of COUNTS) {
      const directory = await mkdtemp(join(dataDir, 'users-'));
      const users = await openEmbeddedStore({
        ...{ dataDir: directory, now: Date.now },
        onPiece: (piece) => pieces.push(piece),
      });
      const collection = await users.collection(ACCOUNTS_COLLECTION);
      await insertAccounts(directory, count);
      const accounts = createAccounts({ collection, now: Date.now });
      pieces = [];
      const first = await accounts.list({ limit: PAGE });
      const second = await accounts.list({ limit: PAGE, after: first.at(-1)?._id ?? '' });
      expect([...first, ...second].map(({ _id }) => _id)).toEqual(
        Array.from({ length: 2 * PAGE }, (_, n) => userId(n)),
      );
      await accounts.list({ limit: PAGE, after: userId(900), provider: 'anon-user' });
      reads.push(readDocuments());
      await users.close();
    }
    // A page that begins after an id looks at that one, too.
    expect(reads).toEqual([3 * PAGE + 2, 3 * PAGE + 2]);
  }, 60_000);

  const userId = (n: number) => n.toString(16).padStart(24, '0');

  async function insertAccounts(directory: string, count: number): Promise<void> {
    const environment = await openEnvironment(directory);
    const access = await openAccess(environment, collectionKey(ACCOUNTS_COLLECTION));
    await access.write((collection) => {
      for (let n = 0; n < count; n += 1) {
        const identity = { id: userId(n), provider: 'anon-user', externalId: userId(n), data: {} };
        const account = { _id: userId(n), createdAt: new Date(0), disabled: false };
        const keys = { identities: [identity], identityKeys: [`anon-user:${userId(n)}`] };
        insert(collection, withId({ ...account, ...keys }));
      }
    });
    await environment.close();
  }
});
