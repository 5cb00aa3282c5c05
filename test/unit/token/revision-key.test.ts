import { describe, expect, test } from '@jest/globals';
import { createKeySealer } from '../../../src/token/key-sealer.ts';
import { encryptRevisionKey, loadRevisionKey } from '../../../src/token/keys.ts';
import { createKeyCollection } from '../../support/key-collection.ts';

const ID = 'revision-key';

describe('the revision key', () => {
  const none = createKeySealer([]);
  const sealer = createKeySealer(['a secret of many characters']);

  test('is 32 random bytes, made once', async () => {
    const { collection } = createKeyCollection();
    const load = () => loadRevisionKey(collection, none);
    const [first, second] = [await load(), await load()];
    expect(first).toHaveLength(32);
    expect(second).toEqual(first);
    expect(await loadRevisionKey(createKeyCollection().collection, none)).not.toEqual(first);
  });

  test.each([31, 33])('of %d bytes is an error', async (length) => {
    const key = Buffer.alloc(length).toString('base64url');
    const { collection } = createKeyCollection(new Map([[ID, { key }]]));
    await expect(loadRevisionKey(collection, none)).rejects.toThrow('damaged');
  });

  test('that is made with a secret is never plain in the store', async () => {
    const { collection, documents } = createKeyCollection();
    const key = await loadRevisionKey(collection, sealer);
    expect(documents.get(ID)).toEqual({ _id: ID, sealed: expect.stringMatching(/^v1\./) });
    expect(await loadRevisionKey(collection, sealer)).toEqual(key);
  });

  test('that is plain is encrypted, with another secret anew, and always stays the same key', async () => {
    const { collection, documents, calls } = createKeyCollection();
    const key = await loadRevisionKey(collection, none);
    await encryptRevisionKey(collection, none);
    expect(calls.updateOne).toBe(0);
    await encryptRevisionKey(collection, sealer);
    expect(documents.get(ID)).toEqual({ _id: ID, sealed: expect.any(String) });
    expect(await loadRevisionKey(collection, sealer)).toEqual(key);
    await encryptRevisionKey(collection, sealer);
    expect(calls.updateOne).toBe(1);

    const other = createKeySealer(['another secret of characters', 'a secret of many characters']);
    await encryptRevisionKey(collection, other);
    const onlyOther = createKeySealer(['another secret of characters']);
    expect(await loadRevisionKey(collection, onlyOther)).toEqual(key);
    await expect(loadRevisionKey(collection, sealer)).rejects.toThrow('No secret of');
    await expect(loadRevisionKey(collection, none)).rejects.toThrow('set KEY_ENCRYPTION_SECRETS');
  });

  test('that is not there yet is none to encrypt', async () => {
    const { collection, documents } = createKeyCollection();
    await encryptRevisionKey(collection, sealer);
    expect(documents.size).toBe(0);
  });
});
