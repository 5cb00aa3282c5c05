import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseForeignHash } from '../../../src/account/foreign-hashes.ts';
import { createPasswordHasher } from '../../../src/account/passwords.ts';

const base64 = (bytes: Uint8Array | string) =>
  Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** RFC 7914 section 12, the third vector. */
const SCRYPT_KEY =
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
  'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887';

/** The example of Firebase's own tool: its signer key, separator, rounds 8, memory cost 14. */
const FIREBASE =
  '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,' +
  'sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==' +
  '$42xEC+ixf3L2lw==' +
  '$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==';

/** RFC 6070, the fourth of the vectors that are 20 bytes and quick. */
const PBKDF2_SHA1 = '4b007901b765489abead49d926f721d065a429c1';

/** RFC 7914 section 11, the first vector. */
const PBKDF2_SHA256 =
  '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc' +
  '49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783';

const ARGON2I =
  '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA';

describe('the hash that another system made', () => {
  test.each([
    [
      'scrypt (RFC 7914)',
      `$scrypt$ln=14,r=8,p=1$${base64('SodiumChloride')}$${base64(Buffer.from(SCRYPT_KEY, 'hex'))}`,
      'pleaseletmein',
    ],
    [
      'PBKDF2 with SHA-1 (RFC 6070), modular crypt',
      `$pbkdf2$4096$${base64('salt')}$${base64(Buffer.from(PBKDF2_SHA1, 'hex'))}`,
      'password',
    ],
    [
      'PBKDF2 with SHA-256 (RFC 7914)',
      `$pbkdf2-sha256$1$${base64('salt')}$${base64(Buffer.from(PBKDF2_SHA256, 'hex'))}`,
      'passwd',
    ],
    [
      'PBKDF2 with SHA-512, PHC',
      `$pbkdf2-sha512$i=1000,l=32$${base64('some salt')}$${base64(pbkdf2Sync('password', 'some salt', 1000, 32, 'sha512'))}`,
      'password',
    ],
    ['bcrypt 2a (jBCrypt)', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i', 'abc'],
    ['bcrypt 2y (PHP)', '$2y$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i', 'abc'],
    ['argon2i (the reference implementation)', ARGON2I, 'password'],
    ["Firebase's scrypt", FIREBASE, 'user1password'],
  ])('%s matches its password and no other', async (_kind, hash, password) => {
    const hasher = createPasswordHasher({ memoryCost: 64, timeCost: 1, parallelism: 1 });
    expect(await hasher.verify(hash, password)).toBe(true);
    expect(await hasher.verify(hash, `${password}.`)).toBe(false);
    expect(hasher.isOutdated(hash)).toBe(true);
  });

  test('of a password that was not normalized matches it as it was typed', async () => {
    const typed = 'cafe\u0301 au lait';
    const hash = `$scrypt$ln=4,r=8,p=1$${base64('salt')}$${base64(scryptSync(typed, 'salt', 32, { N: 16, r: 8, p: 1 }))}`;
    expect(await createPasswordHasher().verify(hash, typed)).toBe(true);
  });

  const salt = base64('some salt');
  const key = base64(Buffer.alloc(32, 1));
  test.each([
    ['argon2 of more than 256 MiB', `$argon2id$v=19$m=262145,t=1,p=1$${salt}$${key}`],
    ['argon2 of more than 1 GiB in all passes', `$argon2id$v=19$m=262144,t=5,p=1$${salt}$${key}`],
    ['argon2 of more than 16 lanes', `$argon2id$v=19$m=4096,t=1,p=17$${salt}$${key}`],
    ['bcrypt above cost 14', '$2b$15$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
    ['scrypt of more than 256 MiB', `$scrypt$ln=19,r=8,p=1$${salt}$${key}`],
    ['scrypt of more than 256 MiB in all lanes', `$scrypt$ln=17,r=8,p=3$${salt}$${key}`],
    ['PBKDF2 of more than two million iterations', `$pbkdf2-sha256$2000001$${salt}$${key}`],
    ["Firebase's scrypt of more than 256 MiB", FIREBASE.replace('n=14', 'n=19')],
  ])('%s is refused as too expensive', (_what, hash) => {
    expect(() => parseForeignHash(hash)).toThrow('The hash is too expensive to check');
  });

  test.each([
    ['', 'The hash is neither a PHC string nor modular crypt'],
    ['secret', 'The hash is neither a PHC string nor modular crypt'],
    ['$1$abcdefgh$0123456789', 'The hash is of an unknown kind, "1"'],
    ['$2b$10$short', 'The hash is malformed'],
    [`$scrypt$ln=4,r=8,p=1$${salt}$AAAA`, 'The hash is malformed'],
    [`$argon2id$v=19$m=7,t=1,p=1$${salt}$${key}`, 'The hash is malformed'],
    [`$pbkdf2-sha256$0$${salt}$${key}`, 'The hash is malformed'],
    [`$2b$10$${'a'.repeat(2000)}`, 'The hash is too long'],
  ])('%p is refused, and not quoted', (hash, message) => {
    expect(() => parseForeignHash(hash)).toThrow(new Error(message));
  });
});
