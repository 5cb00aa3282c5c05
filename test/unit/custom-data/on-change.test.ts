import { expect, test } from '@jest/globals';
import { createCustomData } from '../../../src/custom-data/custom-data.ts';
import { createDeadline } from '../../../src/deadline.ts';
import { code, KEY, merge, USER_ID } from '../../support/custom-data.ts';
import { createMemoryCollection } from '../../support/memory-collection.ts';

function setUp() {
  const told: string[] = [];
  const customData = createCustomData({
    collection: createMemoryCollection(),
    userIdField: 'userId',
    claimEncoding: 'relaxed',
    revisionKey: KEY,
    now: () => 1000,
    onChange: (userId) => told.push(userId),
  });
  return { customData: customData.within(createDeadline()), told };
}

test('it is told whose document was written, deleted or perhaps changed by a function', async () => {
  const { customData, told } = setUp();
  await customData.write(USER_ID, merge({ a: 1 }));
  expect(told).toEqual([USER_ID]);
  await customData.delete(USER_ID);
  expect(told).toEqual([USER_ID, USER_ID]);
  await customData.noteChange('another', 'FUNCTION');
  expect(told).toEqual([USER_ID, USER_ID, 'another']);
});

test('nothing is told of a read, nor of a write that is refused', async () => {
  const { customData, told } = setUp();
  await customData.readSnapshot(USER_ID);
  await expect(customData.write(USER_ID, merge({ userId: 'other' }))).rejects.toEqual(
    code('FIELD_NOT_WRITABLE'),
  );
  expect(told).toEqual([]);
});
