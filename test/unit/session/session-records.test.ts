import { expect, test } from '@jest/globals';
import { createSessionId, createSessionRecords } from '../../../src/session/session-records.ts';
import { createLookUpRecorder } from '../../support/memory-collection.ts';

/** 2026-11-29T09:00:00Z, epoch milliseconds. */
const NOW = 1_795_942_800_000;
/** The first characters of an id, which the second decides: four bytes are five of base64url and a part of one. */
const SECOND = 5;

test('session ids are 128 bits in base64url, and no two are alike', () => {
  const ids = Array.from({ length: 1000 }, () => createSessionId(NOW));
  for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test('sessions of one second lie together in the store', () => {
  const ids = Array.from({ length: 100 }, (_, index) => createSessionId(NOW + index));
  expect(new Set(ids.map((id) => id.slice(0, SECOND))).size).toBe(1);
  const later = createSessionId(NOW + 60_000);
  expect(later.slice(0, SECOND)).not.toBe(ids[0]?.slice(0, SECOND));
});

test('the first bytes are the second, also after 2106', () => {
  const secondOf = (id: string) => Buffer.from(id, 'base64url').readUInt32BE();
  expect(secondOf(createSessionId(NOW + 999))).toBe(1_795_942_800);
  expect(secondOf(createSessionId((2 ** 32 + 5) * 1000))).toBe(5);
});

test('a session is looked up by "_id" alone, for which every database takes its primary index', async () => {
  const { collection, filters } = createLookUpRecorder();
  const records = createSessionRecords(collection, () => 0);
  await expect(records.requireActive('session', 'user')).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(filters).toEqual([{ _id: 'session' }]);
});
