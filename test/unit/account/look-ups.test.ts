import { expect, test } from '@jest/globals';
import { findAccount } from '../../../src/account/account.ts';
import { createApiKeys } from '../../../src/account/api-keys.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { createLookUpRecorder } from '../../support/memory-collection.ts';

test.each<[string, (collection: DocumentCollection) => Promise<unknown>]>([
  ['an account', (collection) => findAccount(collection, 'it')],
  ['an API key', (collection) => createApiKeys(collection, () => 0).find('user', 'it')],
])(
  '%s is looked up by "_id" alone, for which every database takes its primary index',
  async (_what, lookUp) => {
    const { collection, filters } = createLookUpRecorder();
    // There is none; that is not the question.
    await lookUp(collection).catch(() => null);
    expect(filters).toEqual([{ _id: 'it' }]);
  },
);
