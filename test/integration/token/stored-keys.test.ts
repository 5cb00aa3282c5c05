import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SigningAlg } from '../../../src/config.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { createKeyAdministration } from '../../../src/token/key-administration.ts';
import { type KeyRing, openKeyRing } from '../../../src/token/key-ring.ts';
import { createKeySealer } from '../../../src/token/key-sealer.ts';
import { encryptRevisionKey, KEYS_COLLECTION, loadRevisionKey } from '../../../src/token/keys.ts';
import { createTokens } from '../../../src/token/token-service.ts';
import { createMockLog } from '../../support/key-rings.ts';
import { forEachStore } from '../../support/stores.ts';
import { fixedParties, HOLDER, START } from '../../support/test-tokens.ts';

const PUBLISHED = 15 * 60_000;
const noSealer = createKeySealer([]);

forEachStore('signing keys', (openStore) => {
  let gateways: DocumentCollection[];
  let now = START;
  const rings: KeyRing[] = [];

  beforeEach(async () => {
    now = START;
    const stores = await Promise.all(Array.from({ length: 4 }, openStore));
    gateways = [];
    for (const store of stores) gateways.push(await store.collection(KEYS_COLLECTION));
    await gateways[0]?.deleteMany({});
  });
  afterEach(() => Promise.all(rings.splice(0).map((ring) => ring.close())));

  const partsOf = (collection: DocumentCollection, alg: SigningAlg) => ({
    ...{ collection, alg, sealer: noSealer, tokenLifeSeconds: 600, now: () => now },
    log: createMockLog(),
  });
  const loadAll = (alg: SigningAlg) =>
    Promise.all(
      gateways.map(async (collection) => {
        const ring = await openKeyRing(partsOf(collection, alg));
        rings.push(ring);
        return ring.keys;
      }),
    );
  const kidsOf = (all: readonly { readonly active: { readonly kid: string } }[]) =>
    new Set(all.map(({ active }) => active.kid));

  test('of gateways that start at once on an empty store are the same two', async () => {
    for (let round = 0; round < 10; round += 1) {
      await gateways[0]?.deleteMany({});
      const loaded = await loadAll('ES256');
      expect(kidsOf(loaded).size).toBe(1);
      expect(loaded.map((keys) => keys.published.length)).toEqual([2, 2, 2, 2]);
    }
  });

  test('are the same after a restart', async () => {
    const [before] = await loadAll('ES256');
    const [after] = await loadAll('ES256');
    expect(after?.published).toEqual(before?.published);
  });

  test('of another algorithm are added once, sign when they are published, and old tokens verify', async () => {
    const [old] = await loadAll('ES256');
    if (old === undefined) throw new Error('No keys were loaded');
    const settings = {
      parties: fixedParties({ issuer: 'http://127.0.0.1', audience: 'app' }),
      accessTtlSeconds: 60,
      refreshTtlSeconds: 1800,
      now: () => now,
    };
    const issued = await createTokens({ ...settings, keys: old }).issueRefresh(HOLDER);
    const loaded = await loadAll('EdDSA');
    expect(loaded.map(({ active }) => active.alg)).toEqual(Array(4).fill('ES256'));
    now += PUBLISHED;
    expect(loaded.map(({ active }) => active.alg)).toEqual(Array(4).fill('EdDSA'));
    expect(kidsOf(loaded).size).toBe(1);
    const [added] = loaded;
    if (added === undefined) throw new Error('No keys were loaded');
    const claims = await createTokens({ ...settings, keys: added }).verifyRefresh(issued.token);
    expect(claims).toEqual(issued.claims);
    const [back] = await loadAll('ES256');
    expect(back?.active.kid).toBe(old.active.kid);
  });

  test('that many change at once are changed one after the other', async () => {
    await loadAll('ES256');
    const outcomes = await Promise.all(
      gateways.map((collection) => createKeyAdministration(partsOf(collection, 'ES256')).rotate()),
    );
    // One signs at once, the key after it waits, and whoever came later is told of that.
    expect(outcomes.map(({ state }) => state).sort()).toEqual(['active', 'next', 'next', 'next']);
    expect(new Set(outcomes.map(({ kid }) => kid)).size).toBe(2);
    const [document] = (await gateways[0]?.find({})) ?? [];
    expect(document).toMatchObject({ _id: 'signing-keys', changes: 2 });
  });

  test('keep their private parts, their name and their times in one document', async () => {
    await loadAll('ES256');
    const at = new Date(START);
    const key = {
      ...{ kty: 'EC', alg: 'ES256', use: 'sig', createdAt: at, maySignFrom: at },
      kid: expect.stringMatching(/^[\w-]{43}$/),
      d: expect.stringMatching(/^[\w-]{43}$/),
      tokenLifeSeconds: 600,
    };
    expect(await gateways[0]?.find({})).toEqual([
      {
        _id: 'signing-keys',
        changes: 0,
        keys: [expect.objectContaining({ ...key, signsFrom: at }), expect.objectContaining(key)],
      },
    ]);
  });

  test('and the revision key are encrypted with the secret of the next start, and stay the same', async () => {
    const collection = gateways[0] as DocumentCollection;
    const [plain] = await loadAll('ES256');
    const revisionKey = await loadRevisionKey(collection, noSealer);
    const sealer = createKeySealer(['a secret of many characters']);
    await encryptRevisionKey(collection, sealer);
    const ring = await openKeyRing({ ...partsOf(collection, 'ES256'), sealer });
    rings.push(ring);
    expect(ring.keys.active.kid).toBe(plain?.active.kid);
    expect(await loadRevisionKey(collection, sealer)).toEqual(revisionKey);
    const documents = await collection.find({});
    expect(documents).toHaveLength(2);
    expect(JSON.stringify(documents)).not.toMatch(/"(d|key)":/);
    await expect(openKeyRing(partsOf(collection, 'ES256'))).rejects.toThrow('are encrypted');
  });

  test('the revision key of gateways that start at once is one, of 32 bytes', async () => {
    const load = () => Promise.all(gateways.map((one) => loadRevisionKey(one, noSealer)));
    const keys = await load();
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect(await load()).toEqual(keys);
  });
});
