import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { API_KEYS_COLLECTION, createApiKeys, MAX_API_KEYS } from '../../../src/account/api-keys.ts';
import { ObjectId } from '../../../src/bson.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { forEachStore } from '../../support/stores.ts';
import { START } from '../../support/test-tokens.ts';

const refused = expect.objectContaining({ code: 'INVALID_CREDENTIALS', details: {} });
const notFound = expect.objectContaining({ code: 'API_KEY_NOT_FOUND' });

forEachStore('API keys', (openStore) => {
  let collection: DocumentCollection;
  let other: DocumentCollection;

  beforeAll(async () => {
    collection = await (await openStore()).collection(API_KEYS_COLLECTION);
    other = await (await openStore()).collection(API_KEYS_COLLECTION);
  });

  function setUp() {
    const apiKeys = createApiKeys(collection, () => START);
    const elsewhere = createApiKeys(other, () => START);
    const inTurn = (index: number) => (index % 2 === 0 ? apiKeys : elsewhere);
    return { apiKeys, inTurn, userId: new ObjectId().toHexString() };
  }

  const codesOf = (results: readonly PromiseSettledResult<unknown>[]) =>
    results.map((result) => (result.status === 'fulfilled' ? 'made' : result.reason.code)).sort();

  test('are verified by their secret, which the store does not hold', async () => {
    const { apiKeys, userId } = setUp();
    const { key, ...made } = await apiKeys.create(userId, 'my-key_1');
    expect(key).toMatch(/^[\w-]{64}$/);
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      name: 'my-key_1',
      isDisabled: false,
      createdAt: new Date(START),
    });
    expect(await apiKeys.verify(key)).toMatchObject({ userId });
    expect(await apiKeys.find(userId, made.id)).toEqual(made);
    expect(JSON.stringify(await collection.find({ userId }))).not.toContain(key);
    for (const wrong of ['', key.slice(1), `${key}x`, 'x'.repeat(100_000)]) {
      await expect(apiKeys.verify(wrong)).rejects.toEqual(refused);
    }
  });

  test('are listed by age, to their user only', async () => {
    const { apiKeys, userId } = setUp();
    const names = ['z', 'a', 'm'];
    for (const name of names) await apiKeys.create(userId, name);
    expect((await apiKeys.list(userId)).map(({ name }) => name)).toEqual(names);
    expect(await apiKeys.list(setUp().userId)).toEqual([]);
  });

  test('are refused while they are disabled, and once deleted', async () => {
    const { apiKeys, userId } = setUp();
    const { id, key } = await apiKeys.create(userId, 'k');
    await apiKeys.setDisabled(userId, id, true);
    await expect(apiKeys.verify(key)).rejects.toEqual(refused);
    expect(await apiKeys.find(userId, id)).toMatchObject({ isDisabled: true });
    await apiKeys.setDisabled(userId, id, false);
    expect(await apiKeys.verify(key)).toMatchObject({ userId });
    await apiKeys.delete(userId, id);
    await expect(apiKeys.verify(key)).rejects.toEqual(refused);
  });

  test('of another user, or none, are not found', async () => {
    const { apiKeys, userId } = setUp();
    const { id, key } = await apiKeys.create(userId, 'k');
    const stranger = setUp().userId;
    for (const [who, which] of [
      [stranger, id],
      [userId, stranger],
      [userId, ''],
    ] as const) {
      await expect(apiKeys.find(who, which)).rejects.toEqual(notFound);
      await expect(apiKeys.delete(who, which)).rejects.toEqual(notFound);
      await expect(apiKeys.setDisabled(who, which, true)).rejects.toEqual(notFound);
    }
    expect(await apiKeys.verify(key)).toMatchObject({ userId });
  });

  test('know whether anybody has logged in with them: the first note of it is the first use', async () => {
    const { apiKeys, userId } = setUp();
    const { key, id } = await apiKeys.create(userId, 'unused');
    expect(await apiKeys.verify(key)).toEqual({ id, userId, isUnused: true });
    const notes = await Promise.all([apiKeys.noteFirstUse(id), apiKeys.noteFirstUse(id)]);
    expect(notes.sort()).toEqual([false, true]);
    expect(await apiKeys.verify(key)).toEqual({ id, userId, isUnused: false });
    expect(await apiKeys.noteFirstUse(id)).toBe(false);
  });

  test('die with all keys of their user, and with no other', async () => {
    const { apiKeys, userId } = setUp();
    const stranger = setUp().userId;
    const { key } = await apiKeys.create(userId, 'k');
    const kept = await apiKeys.create(stranger, 'k');
    await apiKeys.deleteAll(userId);
    await expect(apiKeys.verify(key)).rejects.toEqual(refused);
    expect(await apiKeys.verify(kept.key)).toMatchObject({ userId: stranger });
  });

  describe('names', () => {
    test('are of ASCII letters, digits, underscores and hyphens', async () => {
      const { apiKeys, userId } = setUp();
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (name) => {
          fc.pre(!/^[A-Za-z0-9_-]+$/.test(name));
          await expect(apiKeys.create(userId, name)).rejects.toMatchObject({
            code: 'BAD_USER_INPUT',
            message: expect.stringContaining(
              'can only contain ASCII letters, numbers, underscores, and hyphens',
            ),
          });
        }),
      );
      await expect(apiKeys.create(userId, 'x'.repeat(101))).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      });
      await apiKeys.create(userId, 'x'.repeat(100));
    });

    test('are unique for a user, also when fifty of one name are made at once', async () => {
      const { inTurn, userId } = setUp();
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) => inTurn(index).create(userId, 'same')),
      );
      expect(codesOf(results)).toEqual([...Array(49).fill('API_KEY_EXISTS'), 'made']);
    });

    test('of a deleted key are free again, and two users may use one', async () => {
      const { apiKeys, userId } = setUp();
      const { id } = await apiKeys.create(userId, 'k');
      await apiKeys.delete(userId, id);
      await apiKeys.create(userId, 'k');
      await apiKeys.create(setUp().userId, 'k');
    });
  });

  test('stop at the bound, also when many are made at once', async () => {
    const { apiKeys, inTurn, userId } = setUp();
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => inTurn(index).create(userId, `key-${index}`)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_API_KEYS);
    expect(new Set(codesOf(results))).toEqual(new Set(['BAD_USER_INPUT', 'made']));
    const [first] = await apiKeys.list(userId);
    await apiKeys.delete(userId, first?.id ?? '');
    await apiKeys.create(userId, 'one-more');
    expect(await apiKeys.list(userId)).toHaveLength(MAX_API_KEYS);
  });
});
