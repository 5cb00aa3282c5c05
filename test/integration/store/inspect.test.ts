/** Looking at a collection makes nothing, and tells what opening it would make. */
import { beforeAll, expect, test } from '@jest/globals';
import type { CollectionDefinition, Store } from '../../../src/store/port.ts';
import { forEachStore } from '../../support/stores.ts';

const definition = (name: string): CollectionDefinition => ({
  name,
  unique: ['email'],
  indexes: ['at'],
  expiresAt: 'end',
  onDuplicates: 'report',
});
const all = (isThere: boolean) => [
  { field: 'email', purpose: 'unique', isThere, duplicates: [] },
  { field: 'at', purpose: 'plain', isThere, duplicates: [] },
  { field: 'end', purpose: 'expiry', isThere, duplicates: [] },
];

forEachStore('an inspection', (openStore) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore();
  });

  test('of a collection that is not there makes none', async () => {
    for (let time = 0; time < 2; time += 1) {
      const { exists, indexes, findOne } = await store.inspect(definition('absent'));
      expect({ exists, indexes }).toEqual({ exists: false, indexes: all(false) });
      expect(await findOne({ _id: 1 })).toBeNull();
    }
  });

  test('of one that was opened finds its indexes and documents', async () => {
    const collection = await store.collection(definition('opened'));
    await collection.insertOne({ _id: 1, email: 'a' });
    const { exists, indexes, findOne } = await store.inspect(definition('opened'));
    expect({ exists, indexes }).toEqual({ exists: true, indexes: all(true) });
    expect(await findOne({ email: 'a' })).toEqual({ _id: 1, email: 'a' });
  });

  test('builds no index, and lists what stands in the way of a unique one', async () => {
    const bare = await store.collection({ name: 'bare' });
    for (const [_id, email] of ['a', 'b', 'a', 'c', 'b'].entries()) {
      await bare.insertOne({ _id, email });
    }
    for (let time = 0; time < 2; time += 1) {
      const { indexes } = await store.inspect(definition('bare'));
      const [unique, ...others] = indexes;
      expect(unique).toMatchObject({ field: 'email', purpose: 'unique', isThere: false });
      expect([...(unique?.duplicates ?? [])].sort()).toEqual(['a', 'b']);
      expect(others).toEqual(all(false).slice(1));
    }
  });
});
