import { describe, expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../src/errors.ts';
import { type DocumentCollection, DuplicateKeyError } from '../../../src/store/port.ts';
import { createKeySealer } from '../../../src/token/key-sealer.ts';
import { createKeyCollection, SIGNING_KEYS_ID as ID } from '../../support/key-collection.ts';
import {
  createMockLog,
  earlierKey,
  keysIn,
  MINUTE,
  storeWith,
  useKeyRings,
} from '../../support/key-rings.ts';
import { START } from '../../support/test-tokens.ts';

const SECRET = 'a secret of many characters';
const { clock, openRing, operate } = useKeyRings();

describe('signing keys in the store', () => {
  test('are made on the first start, two of them, whose private parts stay there', async () => {
    const { collection, documents, calls } = createKeyCollection();
    const { keys } = await openRing(collection);
    expect(keysIn(documents)).toEqual([
      expect.objectContaining({ kid: keys.active.kid, d: expect.stringMatching(/^[\w-]{43}$/) }),
      expect.objectContaining({ d: expect.stringMatching(/^[\w-]{43}$/) }),
    ]);
    expect(keys.published).toHaveLength(2);
    for (const published of keys.published) {
      expect(Object.keys(published).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
    expect(calls).toMatchObject({ insertOne: 1, updateOne: 0 });
  });

  test('are read on every later start, and nothing is written', async () => {
    const { collection, calls } = createKeyCollection();
    const before = await openRing(collection);
    const after = await openRing(collection);
    expect(after.keys.published).toEqual(before.keys.published);
    expect(calls).toMatchObject({ insertOne: 1, updateOne: 0 });
  });

  test('of the version before sign on, and one that is next is published beside', async () => {
    const { collection, documents } = storeWith([earlierKey('old'), earlierKey('other', 'EdDSA')]);
    const { keys } = await openRing(collection);
    expect(keys.active.kid).toBe('old');
    expect(keys.published.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA', 'ES256']);
    expect(keysIn(documents)[0]).toMatchObject({
      ...{ kid: 'old', signsFrom: new Date(START), tokenLifeSeconds: 60 * 86_400 },
    });
  });

  test('of another algorithm are published before they sign', async () => {
    const { collection } = storeWith([earlierKey('old')]);
    const { keys } = await openRing(collection, { alg: 'EdDSA' });
    expect(keys.active).toMatchObject({ kid: 'old', alg: 'ES256' });
    expect(keys.published.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA']);
    clock.now = START + 15 * MINUTE;
    expect(keys.active.alg).toBe('EdDSA');
    expect(keys.verification.has('old')).toBe(true);
    clock.now = START;
    expect(keys.active.alg).toBe('ES256');
  });

  test('that someone else made first win', async () => {
    const { collection, documents } = createKeyCollection();
    const { keys } = await openRing({
      ...collection,
      insertOne: async () => {
        documents.set(ID, { _id: ID, keys: [earlierKey('winner')] });
        throw new DuplicateKeyError();
      },
    });
    expect(keys.active.kid).toBe('winner');
  });

  test.each<[what: string, change: Partial<DocumentCollection>, message: string]>([
    ['that cannot be inserted', { insertOne: () => Promise.reject(new Error('no luck')) }, 'luck'],
    ['that vanish', { insertOne: () => Promise.reject(new DuplicateKeyError()) }, 'vanished'],
    [
      'that are damaged',
      { findOne: async () => ({ keys: [{ kid: 'secret' }] }) as never },
      'damaged',
    ],
    ['that are none', { findOne: async () => ({ keys: [] }) as never }, 'damaged'],
  ])('%s are an error', async (_what, change, message) => {
    const collection = { ...createKeyCollection().collection, ...change };
    await expect(openRing(collection)).rejects.toThrow(message);
  });

  test('are used as they are where nothing can be written now', async () => {
    const { collection } = storeWith([earlierKey('old')]);
    const updateOne = () => Promise.reject(serviceUnavailable(new Error('full')));
    const { keys } = await openRing({ ...collection, updateOne });
    expect(keys.active.kid).toBe('old');
  });
});

describe('encrypted keys', () => {
  const sealer = createKeySealer([SECRET]);

  test('are never plain in the store, those that are made later neither', async () => {
    const { collection, documents } = createKeyCollection();
    const { keys } = await openRing(collection, { sealer });
    await operate(collection, sealer).rotate();
    expect(keysIn(documents)).toHaveLength(3);
    for (const key of keysIn(documents)) {
      expect(key).toMatchObject({ sealed: expect.stringMatching(/^v1\./) });
      expect(key).not.toHaveProperty('d');
    }
    const again = await openRing(collection, { sealer: createKeySealer([SECRET]) });
    expect(again.keys.verification.has(keys.active.kid)).toBe(true);
  });

  test('that were plain before are encrypted at the start, and stay the same keys', async () => {
    const { collection, documents } = storeWith([earlierKey('old')]);
    const { keys } = await openRing(collection, { sealer });
    expect(keys.active.kid).toBe('old');
    expect(keysIn(documents).map(({ d }) => d)).toEqual([undefined, undefined]);
  });

  test('are encrypted anew when another secret is the first', async () => {
    const { collection, documents } = createKeyCollection();
    const before = await openRing(collection, { sealer });
    const other = 'another secret of many characters';
    const after = await openRing(collection, { sealer: createKeySealer([other, SECRET]) });
    expect(after.keys.active.kid).toBe(before.keys.active.kid);
    const only = await openRing(collection, { sealer: createKeySealer([other]) });
    expect(only.keys.active.kid).toBe(before.keys.active.kid);
    await expect(openRing(collection, { sealer })).rejects.toThrow('decrypts the key');
    expect(keysIn(documents)).toHaveLength(2);
  });

  test('do not start without the secret, and the line says what to set', async () => {
    const { collection } = createKeyCollection();
    await openRing(collection, { sealer });
    await expect(openRing(collection)).rejects.toThrow(
      'The keys in the store are encrypted: set KEY_ENCRYPTION_SECRETS',
    );
  });

  test('of others, under a secret that is not here, verify and do not sign', async () => {
    const { collection } = createKeyCollection();
    const log = createMockLog();
    const ring = await openRing(collection, { sealer, log });
    const { kid } = ring.keys.active;
    const other = createKeySealer(['another secret of many characters', SECRET]);
    const administration = operate(collection, other);
    const second = (await administration.rotate()).kid;
    clock.now += 20 * MINUTE;
    const third = (await administration.rotate()).kid;
    await ring.keys.lookFor('unknown');
    expect(ring.keys.verification.has(third)).toBe(true);
    expect([kid, second]).toContain(ring.keys.active.kid);
    expect(log.error).toHaveBeenCalledWith({ kid: third }, expect.stringContaining('decrypted'));
  });

  test('that can be decrypted later sign then, and verify as the same objects', async () => {
    const { collection } = createKeyCollection();
    const ring = await openRing(collection, { sealer });
    const other = 'another secret of many characters';
    const elsewhere = operate(collection, createKeySealer([other, SECRET]));
    await elsewhere.rotate();
    clock.now += 20 * MINUTE;
    const { kid } = await elsewhere.rotate();
    await ring.keys.lookFor('unknown');
    const key = ring.keys.verification.get(kid);
    expect([ring.keys.active.kid === kid, key === undefined]).toEqual([false, false]);
    await openRing(collection, { sealer: createKeySealer([SECRET, other]) });
    await ring.keys.lookFor('unknown');
    expect(ring.keys.active.kid).toBe(kid);
    expect(ring.keys.verification.get(kid)).toBe(key);
  });
});
