import { describe, expect, test } from '@jest/globals';
import { type DocumentCollection, DuplicateKeyError } from '../../../src/store/port.ts';
import { loadRevisionKey, loadSigningKeys } from '../../../src/token/keys.ts';
import type { Document } from '../../../src/values/documents.ts';
import { createMemoryCollection } from '../../support/memory-collection.ts';
import { createPrivateKey, START, toJwk } from '../../support/test-tokens.ts';

const now = () => START;
const ID = 'signing-keys';
const UNCHANGED = { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedId: null };

/** The key collection in memory: what loading keys uses of one. */
function createKeyCollection(documents = new Map<unknown, Document>()) {
  const collection: DocumentCollection = {
    ...createMemoryCollection(),
    findOne: async <T extends Document>({ _id }: Document) =>
      (documents.get(_id) as T | undefined) ?? null,
    insertOne: async (document) => {
      if (documents.has(document._id)) throw new DuplicateKeyError();
      documents.set(document._id, document);
      return { insertedId: document._id };
    },
    updateOne: async (filter, { $push }) => {
      const document = documents.get(filter._id) as { keys: Document[] } | undefined;
      const { $ne } = filter['keys.alg'] as { $ne: string };
      const matches = document?.keys.every(({ alg }) => alg !== $ne) === true;
      if (matches) document?.keys.push(($push as { keys: Document }).keys);
      return matches ? { ...UNCHANGED, matchedCount: 1, modifiedCount: 1 } : UNCHANGED;
    },
  };
  return { collection, documents };
}

function storedKey(kid: string, alg: 'ES256' | 'EdDSA' = 'ES256'): Document {
  return { ...toJwk(createPrivateKey(alg)), kid, alg, use: 'sig', createdAt: new Date(START) };
}

const keysIn = (documents: Map<unknown, Document>) => documents.get(ID)?.keys as Document[];

describe('signing keys in the store', () => {
  const unused = () => Promise.reject(new Error('nothing was to be written'));

  test('are made on the first start, with a name, an age and a private part that stays there', async () => {
    const { collection, documents } = createKeyCollection();
    const { active, published } = await loadSigningKeys({
      ...{ alg: 'ES256', now },
      collection: { ...collection, updateOne: unused },
    });
    expect(keysIn(documents)).toEqual([
      expect.objectContaining({
        ...{ kty: 'EC', alg: 'ES256', use: 'sig', kid: active.kid, createdAt: new Date(START) },
        d: expect.stringMatching(/^[\w-]{43}$/),
      }),
    ]);
    expect(published).toEqual([expect.not.objectContaining({ d: expect.anything() })]);
  });

  test('are read on every later start, and nothing is written', async () => {
    const { collection } = createKeyCollection();
    const before = await loadSigningKeys({ collection, alg: 'ES256', now });
    const after = await loadSigningKeys({
      ...{ alg: 'ES256', now },
      collection: { ...collection, insertOne: unused, updateOne: unused },
    });
    expect(after.published).toEqual(before.published);
  });

  test('of one algorithm: the one added last signs, all verify', async () => {
    const keys = [storedKey('old'), storedKey('new'), storedKey('other', 'EdDSA')];
    const { collection } = createKeyCollection(new Map([[ID, { _id: ID, keys }]]));
    const { active, verification, published } = await loadSigningKeys({
      ...{ collection, alg: 'ES256', now },
    });
    expect(active.kid).toBe('new');
    expect(published.map(({ kid }) => kid)).toEqual(['new', 'old', 'other']);
    expect([...verification.keys()].sort()).toEqual(['new', 'old', 'other']);
  });

  test('of another algorithm are added beside those there are', async () => {
    const stored = new Map([[ID, { _id: ID, keys: [storedKey('old')] }]]);
    const { collection, documents } = createKeyCollection(stored);
    const { active, verification } = await loadSigningKeys({ collection, alg: 'EdDSA', now });
    expect(active.alg).toBe('EdDSA');
    expect([...verification.keys()]).toEqual([active.kid, 'old']);
    expect(keysIn(documents).map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA']);
  });

  test('of another algorithm that someone else adds meanwhile are added once', async () => {
    const stored = new Map([[ID, { _id: ID, keys: [storedKey('old')] }]]);
    const { collection, documents } = createKeyCollection(stored);
    const { active } = await loadSigningKeys({
      ...{ alg: 'EdDSA', now },
      collection: {
        ...collection,
        updateOne: async (filter, update) => {
          keysIn(documents).push(storedKey('winner', 'EdDSA'));
          return collection.updateOne(filter, update);
        },
      },
    });
    expect(active.kid).toBe('winner');
    expect(keysIn(documents)).toHaveLength(2);
  });

  test('beside one of another algorithm are not made again', async () => {
    const keys = [storedKey('other', 'EdDSA'), storedKey('mine')];
    const { collection } = createKeyCollection(new Map([[ID, { _id: ID, keys }]]));
    const { active } = await loadSigningKeys({
      ...{ alg: 'ES256', now },
      collection: { ...collection, updateOne: unused },
    });
    expect(active.kid).toBe('mine');
  });

  test('that someone else made first win', async () => {
    const { collection, documents } = createKeyCollection();
    const { active } = await loadSigningKeys({
      ...{ alg: 'ES256', now },
      collection: {
        ...collection,
        insertOne: async () => {
          documents.set(ID, { _id: ID, keys: [storedKey('winner')] });
          throw new DuplicateKeyError();
        },
      },
    });
    expect(active.kid).toBe('winner');
  });

  test.each<[what: string, change: Partial<DocumentCollection>, message: string]>([
    [
      'an insertion that fails',
      { insertOne: () => Promise.reject(new Error('no such luck')) },
      'no such luck',
    ],
    [
      'a winner that vanishes',
      { insertOne: () => Promise.reject(new DuplicateKeyError()) },
      `"${ID}" vanished`,
    ],
  ])('%s is an error', async (_what, change, message) => {
    const collection = { ...createKeyCollection().collection, ...change };
    await expect(loadSigningKeys({ collection, alg: 'ES256', now })).rejects.toThrow(message);
  });

  test('that cannot be added are an error that names the algorithm', async () => {
    const stored = new Map([[ID, { _id: ID, keys: [storedKey('old')] }]]);
    const { collection, documents } = createKeyCollection(stored);
    const deaf = { ...collection, updateOne: async () => UNCHANGED };
    const load = () => loadSigningKeys({ collection: deaf, alg: 'EdDSA', now });
    await expect(load()).rejects.toThrow('no signing key for "EdDSA"');
    const vanishing = {
      ...deaf,
      findOne: async <T extends Document>(filter: Document) => {
        const found = await collection.findOne<T>(filter);
        documents.clear();
        return found;
      },
    };
    await expect(loadSigningKeys({ collection: vanishing, alg: 'EdDSA', now })).rejects.toThrow(
      'no signing key for "EdDSA"',
    );
  });

  test('are not looked at when there is a file', async () => {
    const { collection, documents } = createKeyCollection();
    const file = { keys: [toJwk(createPrivateKey('ES256'), { kid: 'mine' })] };
    const { active } = await loadSigningKeys({ collection, alg: 'ES256', file, now });
    expect(active.kid).toBe('mine');
    expect(documents.size).toBe(0);
  });
});

describe('the revision key', () => {
  test('is 32 random bytes, made once', async () => {
    const { collection } = createKeyCollection();
    const [first, second] = [await loadRevisionKey(collection), await loadRevisionKey(collection)];
    expect(first).toHaveLength(32);
    expect(second).toEqual(first);
    expect(await loadRevisionKey(createKeyCollection().collection)).not.toEqual(first);
  });

  test('that is damaged is an error', async () => {
    const key = Buffer.alloc(31).toString('base64url');
    const { collection } = createKeyCollection(new Map([['revision-key', { key }]]));
    await expect(loadRevisionKey(collection)).rejects.toThrow('damaged');
  });
});
