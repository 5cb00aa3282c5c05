import { describe, expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../src/errors.ts';
import { type DocumentCollection, DuplicateKeyError } from '../../../src/store/port.ts';
import { openParties, type Parties } from '../../../src/token/parties.ts';
import type { Document } from '../../../src/values/documents.ts';
import { createMemoryCollection } from '../../support/memory-collection.ts';

const AUDIENCE = 'myapp-abcde';
const FIRST = 'http://127.0.0.1:4000';
const SECOND = 'http://127.0.0.1:5000';
const URL = 'https://data.example.com';

/** The key collection in memory: what the parties use of one, each operation a turn of its own. */
function createWorld() {
  let stored: { _id: unknown; pairs: Document[]; address?: unknown } | undefined;
  const logged: Document[] = [];
  const world = { reads: 0, writes: 0, beforeRead: async () => undefined as unknown };
  const collection: DocumentCollection = {
    ...createMemoryCollection(),
    async findOne<T extends Document>() {
      world.reads += 1;
      const found = structuredClone(stored);
      await world.beforeRead();
      return (found as unknown as T | undefined) ?? null;
    },
    async insertOne(document) {
      await Promise.resolve();
      if (stored !== undefined) throw new DuplicateKeyError();
      stored = structuredClone(document) as unknown as typeof stored;
      return { insertedId: document._id };
    },
    async updateOne(filter, { $addToSet, $set }) {
      await Promise.resolve();
      world.writes += 1;
      const isMatch = stored !== undefined && !('address' in filter && 'address' in stored);
      if (isMatch && stored !== undefined && $addToSet !== undefined) {
        const pair = $addToSet.pairs as Document;
        const isThere = stored.pairs.some(({ issuer, audience }) => {
          return issuer === pair.issuer && audience === pair.audience;
        });
        if (!isThere) stored.pairs.push(pair);
      }
      if (isMatch) Object.assign(stored as object, $set);
      const matchedCount = isMatch ? 1 : 0;
      return { acknowledged: true, matchedCount, modifiedCount: matchedCount, upsertedId: null };
    },
  };
  const log = { info: (fields: object) => logged.push(fields as Document) };
  const open = (publicUrl?: string, audience = AUDIENCE): Promise<Parties> =>
    openParties({ collection, audience, publicUrl, log: log as never });
  /** Opens and settles at an address, as a start does. */
  const start = async (address: string, publicUrl?: string, audience?: string) => {
    const parties = await open(publicUrl, audience);
    await parties.settle(address);
    return parties;
  };
  return Object.assign(world, { open, start, logged, stored: () => stored });
}

const pairOf = (issuer: string, audience = AUDIENCE) => ({ issuer, audience });

describe('tokens are issued', () => {
  test('under the public URL and the app id, known before the gateway listens', async () => {
    const world = createWorld();
    const parties = await world.open(URL);
    expect(parties.current()).toEqual(pairOf(URL));
    expect(world.stored()?.pairs).toEqual([pairOf(URL)]);
  });

  test('without a public URL under the address, stored before the first is', async () => {
    const world = createWorld();
    const parties = await world.open();
    expect(() => parties.current()).toThrow(
      expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }),
    );
    await parties.settle(FIRST);
    expect(parties.current()).toEqual(pairOf(FIRST));
    expect(world.stored()).toMatchObject({ pairs: [pairOf(FIRST)], address: FIRST });
  });

  test('under the first address for ever, and that is known before the gateway listens', async () => {
    const world = createWorld();
    await world.start(FIRST);
    const parties = await world.open();
    expect(parties.current()).toEqual(pairOf(FIRST));
    await parties.settle(SECOND);
    expect(parties.current()).toEqual(pairOf(FIRST));
    expect(world.logged).toEqual([{ issuer: FIRST }]);
  });

  test('under the first address again when a public URL is taken away', async () => {
    const world = createWorld();
    await world.start(FIRST);
    await world.start(FIRST, URL);
    expect((await world.start(SECOND)).current()).toEqual(pairOf(FIRST));
  });

  test('by gateways that start at once under one address', async () => {
    const world = createWorld();
    const addresses = Array.from({ length: 8 }, (_, index) => `http://127.0.0.1:${4000 + index}`);
    const started = await Promise.all(addresses.map((address) => world.start(address)));
    const issuers = new Set(started.map((parties) => parties.current().issuer));
    expect([...issuers]).toEqual([world.stored()?.address]);
    expect(world.stored()?.pairs).toHaveLength(1);
  });
});

describe('tokens are accepted', () => {
  test('of every pair that the store ever issued under', async () => {
    const world = createWorld();
    await world.start(FIRST);
    await world.start(FIRST, URL);
    const parties = await world.start(SECOND, URL, 'other-app');
    world.reads = 0;
    for (const pair of [pairOf(FIRST), pairOf(URL), pairOf(URL, 'other-app')]) {
      expect(await parties.accept(pair)).toBe(true);
    }
    expect(world.reads).toBe(0);
  });

  test('of no pair that only looks as if it were one', async () => {
    const parties = await createWorld().start(FIRST, URL);
    for (const pair of [pairOf(FIRST), pairOf(URL, 'other'), pairOf(`${URL}/`)]) {
      expect(await parties.accept(pair)).toBe(false);
    }
  });

  test('of a pair that another gateway has added since', async () => {
    const world = createWorld();
    const parties = await world.start(FIRST, URL);
    await world.start(FIRST, 'https://new.example.com');
    expect(await parties.accept(pairOf('https://new.example.com'))).toBe(true);
  });

  test('after one reading at a time and two in all, however many ask at once for a pair that is not there', async () => {
    const world = createWorld();
    const parties = await world.start(FIRST, URL);
    world.reads = 0;
    let [underWay, most] = [0, 0];
    world.beforeRead = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
    };
    const asked = Array.from({ length: 50 }, (_, index) =>
      parties.accept(pairOf(`${URL}/${index}`)),
    );
    expect(new Set(await Promise.all(asked))).toEqual(new Set([false]));
    expect({ reads: world.reads, most }).toEqual({ reads: 2, most: 1 });
  });

  test('of the time before pairs were stored, if the issuer is the same', async () => {
    const world = createWorld();
    const parties = await world.start(FIRST);
    expect(await parties.accept(pairOf(FIRST))).toBe(true);
  });

  test('although a reading under way has missed the pair', async () => {
    const world = createWorld();
    const parties = await world.start(FIRST, URL);
    let finish = (): void => undefined;
    world.beforeRead = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const first = parties.accept(pairOf('https://unknown.example'));
    world.beforeRead = async () => undefined;
    await world.start(FIRST, 'https://new.example.com');
    const second = parties.accept(pairOf('https://new.example.com'));
    finish();
    expect(await Promise.all([first, second])).toEqual([false, true]);
  });

  test('or not, but never refused because the store does not answer', async () => {
    const world = createWorld();
    const parties = await world.start(FIRST, URL);
    world.beforeRead = () => Promise.reject(serviceUnavailable(new Error('No answer')));
    await expect(parties.accept(pairOf('https://new.example.com'))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    world.beforeRead = async () => undefined;
    expect(await parties.accept(pairOf(URL))).toBe(true);
  });
});

describe('the log', () => {
  test('has one line at a change, and none at the first start or a start without a change', async () => {
    const world = createWorld();
    await world.start(FIRST, URL);
    await world.start(FIRST, URL);
    expect(world.logged).toEqual([]);
    const changed = 'https://new.example.com';
    await world.start(FIRST, changed);
    await world.start(FIRST, changed);
    expect(world.logged).toEqual([pairOf(changed)]);
  });
});

test('a later start without a change writes nothing', async () => {
  const world = createWorld();
  await world.start(FIRST);
  world.writes = 0;
  await world.start(FIRST);
  expect(world.writes).toBe(0);
});
