/** Hashes by which something can be told again, and not what it is: for ids and addresses in logs. */
import { createHmac, hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Hashes a text: 22 characters, base64url. */
export type KeyedHash = (text: string) => string;

const KEY_BYTES = 32;
/** 128 bits. */
const HASH_BYTES = 16;
/** Hashes that are remembered: those who ask now ask again. */
const MAX_REMEMBERED = 10_000;

/**
 * Creates the hash of one purpose: HMAC-SHA256 under a key that is derived from `key` (RFC 5869). With the same key it
 * is the same in every process and after every start; those of two purposes have nothing in common.
 */
export function createKeyedHash(key: Uint8Array, purpose: string): KeyedHash {
  const own = Buffer.from(hkdfSync('sha256', key, '', purpose, KEY_BYTES));
  const remembered = new LRUCache<string, string>({ max: MAX_REMEMBERED });
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const mac = createHmac('sha256', own).update(text).digest();
    const hash = mac.subarray(0, HASH_BYTES).toString('base64url');
    remembered.set(text, hash);
    return hash;
  };
}
