/** What the users' documents promise on a real store, whichever it is. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../src/bson.ts';
import type { CustomData } from '../../src/custom-data/custom-data.ts';
import { createCustomData } from '../../src/custom-data/custom-data.ts';
import { formatExtendedJson } from '../../src/custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../../src/custom-data/extended-json-parse.ts';
import { findForbiddenPaths } from '../../src/custom-data/write-policy.ts';
import { GatewayError } from '../../src/errors.ts';
import type { DocumentCollection, Store } from '../../src/store/port.ts';
import { code, merge } from './custom-data.ts';
import { canonicalDocument } from './json-arbitraries.ts';
import { describeWithVectors, readBsonCorpus } from './spec-vectors.ts';

const REVISION_KEY = Buffer.alloc(32, 7);
const WRITERS = 50;
const ROUNDS = 5;
const FIELDS_A_DOCUMENT = 50;

/** A store of its own for one suite: each `open` is one more gateway on the same data. */
export interface SuiteStore {
  /** Database of the documents, which nothing else uses. */
  readonly database: string;
  readonly open: () => Promise<Store>;
  readonly cleanup: () => Promise<void>;
  /** Whether the server behind it can hold and compare a canonical document; by default any. */
  readonly canHold?: (json: unknown) => boolean;
}

/** Two gateways on one store, and someone who writes past them. */
interface Setup {
  readonly gateways: readonly [CustomData, CustomData];
  readonly outside: DocumentCollection;
  readonly canHold: (json: unknown) => boolean;
}

const newUser = () => new ObjectId().toHexString();

/** Describes the documents on the store that `provide` makes. */
export function describeCustomData(name: string, provide: () => Promise<SuiteStore>): void {
  describe(name, () => {
    let setup: Setup;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const { database, open, cleanup, canHold = () => true } = await provide();
      const stores = [await open(), await open()] as const;
      const first = await openDocuments(stores[0], database);
      const second = await openDocuments(stores[1], database);
      setup = {
        gateways: [createGateway(first), createGateway(second)],
        outside: first,
        canHold,
      };
      close = async () => {
        await Promise.all(stores.map((store) => store.close()));
        await cleanup();
      };
    });
    afterAll(() => close());

    describeWriting(() => setup);
    describeIdentity(() => setup);
    describeRaces(() => setup);
    describeRevisions(() => setup);
  });
}

function openDocuments(store: Store, database: string): Promise<DocumentCollection> {
  return store.collection({ database, name: 'custom-data', unique: ['userId'] });
}

function createGateway(collection: DocumentCollection): CustomData {
  return createCustomData({
    collection,
    userIdField: 'userId',
    claimEncoding: 'canonical',
    revisionKey: REVISION_KEY,
    now: Date.now,
  });
}

function describeWriting(setup: () => Setup): void {
  test('any document comes back as it was written, from another gateway as well', async () => {
    const [gateway, other] = setup().gateways;
    await fc.assert(
      fc.asyncProperty(canonicalDocument, async (json) => {
        fc.pre(setup().canHold(json));
        const userId = newUser();
        const { snapshot } = await gateway.write(userId, merge(json));
        const { _id, userId: id, ...data } = snapshot.data ?? {};
        expect(data).toStrictEqual(formatExtendedJson(parseExtendedJson(json), 'canonical'));
        expect([typeof _id, id]).toStrictEqual(['string', userId]);
        await expect(other.readSnapshot(userId)).resolves.toMatchObject({
          data: snapshot.data,
          revision: snapshot.revision,
        });
      }),
      { numRuns: 30 },
    );
  });

  test('the snapshot shown for acceptance is the one that is stored', async () => {
    const [gateway] = setup().gateways;
    const modes = fc.constantFrom('MERGE' as const, 'REPLACE' as const, 'DEEP_MERGE' as const);
    await fc.assert(
      fc.asyncProperty(canonicalDocument, canonicalDocument, modes, async (before, json, mode) => {
        fc.pre(setup().canHold([before, json]));
        const userId = newUser();
        await gateway.write(userId, merge(before));
        let accepted: unknown;
        const { snapshot } = await gateway.write(
          userId,
          { newCustomUserData: json, mode },
          { accept: ({ data }) => (accepted = data) },
        );
        expect(snapshot.data).toStrictEqual(accepted);
      }),
      { numRuns: 30 },
    );
  });

  test('a whole document read can be written back, and is no change', async () => {
    const [gateway] = setup().gateways;
    const userId = newUser();
    const { snapshot } = await gateway.write(userId, merge({ a: 1, '': { '': [null] } }));
    for (const mode of ['MERGE', 'REPLACE'] as const) {
      const again = await gateway.write(userId, { newCustomUserData: snapshot.data, mode });
      expect(again.result).toMatchObject({ matchedCount: 1, modifiedCount: 0 });
      expect(again.snapshot.revision).toBe(snapshot.revision);
    }
  });

  test('a refused write leaves the document as it was', async () => {
    const [gateway] = setup().gateways;
    const userId = newUser();
    const { snapshot } = await gateway.write(userId, merge({ a: 1 }));
    const refusal = new GatewayError('CUSTOM_DATA_TOO_LARGE', {
      size: 2,
      budget: 1,
      largestFields: [],
    });
    const refuse = () => {
      throw refusal;
    };
    await expect(gateway.write(userId, merge({ b: 2 }), { accept: refuse })).rejects.toBe(refusal);
    await expect(gateway.write(userId, merge({ b: 2, $c: 3 }))).rejects.toThrow(
      code('FIELD_NOT_WRITABLE', { paths: ['/$c'] }),
    );
    const after = await gateway.readSnapshot(userId);
    expect(after.revision).toBe(snapshot.revision);
  });

  describeWithVectors('BSON corpus', () => {
    test('every valid case survives request → store → claim → request', async () => {
      const [gateway, other] = setup().gateways;
      const fields = writableCorpusFields().filter((value) => setup().canHold(value));
      expect(fields.length).toBeGreaterThan(600);
      for (let start = 0; start < fields.length; start += FIELDS_A_DOCUMENT) {
        const batch = fields.slice(start, start + FIELDS_A_DOCUMENT);
        const writable = Object.fromEntries(batch.map((value, i) => [`f${i}`, value]));
        const [first, second] = [newUser(), newUser()];
        const { snapshot } = await gateway.write(first, merge(writable));
        const { _id, userId, ...data } = snapshot.data ?? {};
        expect(data).toStrictEqual(formatExtendedJson(parseExtendedJson(writable), 'canonical'));
        const copy = await other.write(second, merge(data));
        expect(copy.snapshot.data).toMatchObject(data);
      }
    });
  });
}

/** The values of the BSON corpus without those whose names no user may write. */
function writableCorpusFields(): unknown[] {
  return readBsonCorpus()
    .flatMap(({ valid, test_key: key }) =>
      valid.map(({ canonical_extjson: text }) => {
        const document = JSON.parse(text) as Record<string, unknown>;
        return key !== undefined && key in document ? document[key] : document;
      }),
    )
    .filter((value) => {
      const paths: string[] = [];
      findForbiddenPaths(parseExtendedJson(value), '/value', paths);
      return paths.length === 0;
    });
}

function describeIdentity(setup: () => Setup): void {
  test('a document stored under an ObjectId is changed, not doubled', async () => {
    const { outside, gateways } = setup();
    const userId = newUser();
    await outside.insertOne({ userId: new ObjectId(userId), a: 1 });
    const { result, snapshot } = await gateways[0].write(userId, merge({ b: 2 }));
    expect(result).toMatchObject({ matchedCount: 1, modifiedCount: 1, upsertedId: null });
    expect(snapshot.data).toMatchObject({ userId: { $oid: userId }, a: { $numberInt: '1' } });
    await expect(outside.find({ userId })).resolves.toHaveLength(0);
  });

  test('a document under the string wins over one under the ObjectId', async () => {
    const { outside, gateways } = setup();
    const userId = newUser();
    await outside.insertOne({ userId: new ObjectId(userId), from: 'ObjectId' });
    await outside.insertOne({ userId, from: 'string' });
    const { data } = await gateways[0].readSnapshot(userId);
    expect(data?.from).toBe('string');
    await gateways[1].delete(userId);
    const left = await gateways[0].readSnapshot(userId);
    expect(left.data?.from).toBe('ObjectId');
  });
}

function describeRaces(setup: () => Setup): void {
  test(`${WRITERS} writers of distinct fields through two gateways lose nothing`, async () => {
    const { gateways, outside } = setup();
    for (let round = 0; round < ROUNDS; round += 1) {
      const userId = newUser();
      const writes = Array.from({ length: WRITERS }, (_, i) =>
        gateways[(i % 2) as 0 | 1].write(userId, merge({ [`f${i}`]: i })),
      );
      const results = await Promise.all(writes);
      expect(results.filter(({ result }) => result.upsertedId !== null)).toHaveLength(1);
      const documents = await outside.find({ userId });
      expect(documents).toHaveLength(1);
      expect(Object.keys(documents[0] ?? {})).toHaveLength(WRITERS + 2);
    }
  });

  test('increments and appends through two gateways all count', async () => {
    const { gateways } = setup();
    const userId = newUser();
    const writes = Array.from({ length: WRITERS }, (_, i) =>
      gateways[(i % 2) as 0 | 1].write(userId, {
        operations: [
          { increment: { path: '/visits', by: 1 } },
          { append: { path: '/items', value: i } },
        ],
      }),
    );
    await Promise.all(writes);
    const { data } = await gateways[0].readSnapshot(userId);
    expect(data?.visits).toStrictEqual({ $numberInt: String(WRITERS) });
    expect(data?.items).toHaveLength(WRITERS);
  });

  test('an outside writer between gateway writes loses nothing', async () => {
    const { gateways, outside } = setup();
    const userId = newUser();
    await gateways[0].write(userId, merge({}));
    const inside = Array.from({ length: WRITERS }, (_, i) =>
      gateways[(i % 2) as 0 | 1].write(userId, merge({ [`in${i}`]: i })),
    );
    const outer = Array.from({ length: WRITERS }, (_, i) =>
      outside.updateOne({ userId }, { $set: { [`out${i}`]: i } }),
    );
    await Promise.all([...inside, ...outer]);
    const { data } = await gateways[0].readSnapshot(userId);
    expect(Object.keys(data ?? {})).toHaveLength(2 * WRITERS + 2);
  });
}

function describeRevisions(setup: () => Setup): void {
  test('a write from outside changes the revision', async () => {
    const { gateways, outside } = setup();
    const userId = newUser();
    const { snapshot } = await gateways[0].write(userId, merge({ a: 1 }));
    await outside.updateOne({ userId }, { $set: { a: 2 } });
    const changed = await gateways[1].readSnapshot(userId);
    expect(changed.revision).not.toBe(snapshot.revision);
    await expect(
      gateways[0].write(userId, merge({ a: 3 }), { expectedRevision: `${snapshot.revision}` }),
    ).rejects.toThrow(code('REVISION_CONFLICT', { currentRevision: changed.revision }));
  });

  test.each([
    ['one revision', true],
    ['no document expected', false],
  ])(`of ${WRITERS} writers with %s exactly one wins`, async (_what, exists) => {
    const { gateways } = setup();
    for (let round = 0; round < ROUNDS; round += 1) {
      const userId = newUser();
      const first = exists ? await gateways[0].write(userId, merge({ a: 'first' })) : null;
      const expectedRevision = first?.snapshot.revision ?? '';
      const settled = await Promise.allSettled(
        Array.from({ length: WRITERS }, (_, i) =>
          gateways[(i % 2) as 0 | 1].write(userId, merge({ winner: i }), { expectedRevision }),
        ),
      );
      const winners = settled.filter(({ status }) => status === 'fulfilled');
      const losers = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(winners).toHaveLength(1);
      for (const loser of losers) expect(loser).toEqual(code('REVISION_CONFLICT'));
      const { data } = await gateways[1].readSnapshot(userId);
      const index = settled.findIndex(({ status }) => status === 'fulfilled');
      expect(data?.winner).toStrictEqual({ $numberInt: String(index) });
    }
  });
}
