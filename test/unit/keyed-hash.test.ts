import { createHmac, hkdfSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createKeyedHash } from '../../src/keyed-hash.ts';

const KEY = new Uint8Array(32).fill(7);

test('is the first 128 bits of an HMAC under a key that is derived for the purpose', () => {
  const derived = Buffer.from(hkdfSync('sha256', KEY, '', 'a purpose', 32));
  const mac = createHmac('sha256', derived).update('a text').digest();
  const expected = mac.subarray(0, 16).toString('base64url');
  const hash = createKeyedHash(KEY, 'a purpose');
  // The second time it is remembered.
  expect([hash('a text'), hash('a text')]).toEqual([expected, expected]);
  expect(expected).toHaveLength(22);
});

test('is another for another text, another purpose and another key', () => {
  const hashes = [
    createKeyedHash(KEY, 'a purpose')('a text'),
    createKeyedHash(KEY, 'a purpose')('another text'),
    createKeyedHash(KEY, 'another purpose')('a text'),
    createKeyedHash(new Uint8Array(32), 'a purpose')('a text'),
  ];
  expect(new Set(hashes).size).toBe(4);
});
