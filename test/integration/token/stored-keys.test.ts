import { beforeEach, expect, test } from '@jest/globals';
import type { SigningAlg } from '../../../src/config.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { KEYS_COLLECTION, loadRevisionKey, loadSigningKeys } from '../../../src/token/keys.ts';
import { createTokens } from '../../../src/token/token-service.ts';
import { forEachStore } from '../../support/stores.ts';
import { fixedParties, HOLDER, START } from '../../support/test-tokens.ts';

const now = () => START;

forEachStore('signing keys', (openStore) => {
  let gateways: DocumentCollection[];

  beforeEach(async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, openStore));
    gateways = [];
    for (const store of stores) gateways.push(await store.collection(KEYS_COLLECTION));
    await gateways[0]?.deleteMany({});
  });

  const loadAll = (alg: SigningAlg) =>
    Promise.all(gateways.map((collection) => loadSigningKeys({ collection, alg, now })));

  test('of gateways that start at once on an empty store are one key', async () => {
    for (let round = 0; round < 10; round += 1) {
      await gateways[0]?.deleteMany({});
      const loaded = await loadAll('ES256');
      expect(new Set(loaded.map((keys) => keys.active.kid)).size).toBe(1);
      expect(loaded.map((keys) => keys.published.length)).toEqual([1, 1, 1, 1]);
    }
  });

  test('are the same after a restart', async () => {
    const [before] = await loadAll('ES256');
    const [after] = await loadAll('ES256');
    expect(after?.published).toEqual(before?.published);
  });

  test('of another algorithm are added once, and old tokens still verify', async () => {
    const [old] = await loadAll('ES256');
    if (old === undefined) throw new Error('No keys were loaded');
    const settings = {
      parties: fixedParties({ issuer: 'http://127.0.0.1', audience: 'app' }),
      accessTtlSeconds: 60,
      refreshTtlSeconds: 600,
      now,
    };
    const issued = await createTokens({ ...settings, keys: old }).issueRefresh(HOLDER);

    const loaded = await loadAll('EdDSA');
    const [added] = loaded;
    if (added === undefined) throw new Error('No keys were loaded');
    expect(new Set(loaded.map((keys) => keys.active.kid)).size).toBe(1);
    expect(added.published.map((key) => key.alg)).toEqual(['EdDSA', 'ES256']);
    const claims = await createTokens({ ...settings, keys: added }).verifyRefresh(issued.token);
    expect(claims).toEqual(issued.claims);

    const [back] = await loadAll('ES256');
    expect(back?.active.kid).toBe(old.active.kid);
  });

  test('keep their private parts, their name and their age in one document', async () => {
    await loadAll('ES256');
    expect(await gateways[0]?.find({})).toEqual([
      {
        _id: 'signing-keys',
        keys: [
          expect.objectContaining({
            kty: 'EC',
            alg: 'ES256',
            use: 'sig',
            kid: expect.stringMatching(/^[\w-]{43}$/),
            d: expect.stringMatching(/^[\w-]{43}$/),
            createdAt: new Date(START),
          }),
        ],
      },
    ]);
  });

  test('from a file leave the store alone', async () => {
    const collection = gateways[0];
    if (collection === undefined) throw new Error('There is no collection');
    await expect(
      loadSigningKeys({ collection, alg: 'ES256', file: { keys: [{}] }, now }),
    ).rejects.toThrow('"keys[0]"');
    expect(await collection.find({})).toEqual([]);
  });

  test('the revision key of gateways that start at once is one, of 32 bytes', async () => {
    const keys = await Promise.all(gateways.map(loadRevisionKey));
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect(await Promise.all(gateways.map(loadRevisionKey))).toEqual(keys);
  });
});
