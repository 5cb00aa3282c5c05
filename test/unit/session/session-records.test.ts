import { expect, test } from '@jest/globals';
import { createSessionRecords } from '../../../src/session/session-records.ts';
import type { DocumentCollection, Filter } from '../../../src/store/port.ts';
import { createMemoryCollection } from '../../support/memory-collection.ts';

test('a session is looked up by "_id" alone, for which every database takes its primary index', async () => {
  const filters: Filter[] = [];
  const collection: DocumentCollection = {
    ...createMemoryCollection(),
    async findOne(filter) {
      filters.push(filter);
      return null;
    },
  };
  const records = createSessionRecords(collection, () => 0);
  await expect(records.requireActive('session', 'user')).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(filters).toEqual([{ _id: 'session' }]);
});
