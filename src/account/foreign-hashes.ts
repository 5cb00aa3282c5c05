/**
 * Password hashes that another system made: checked as they are until the first log-in replaces them.
 *
 * PHC strings and modular crypt forms carry their kind, cost and salt, so none of this is configured. Every kind is
 * computed by the thread pool, never on the event loop.
 */
import { createCipheriv, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { verify as verifyArgon2 } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';

/** Says whether a password, as its UTF-8 text, is the one that was hashed. */
type Check = (password: string) => Promise<boolean>;

/** A hash that can be checked within its bound of cost. */
export interface ForeignHash {
  readonly kind: 'argon2' | 'bcrypt' | 'scrypt' | 'pbkdf2' | 'fbscrypt';
  readonly check: Check;
}

/** Longest text of a hash, in characters. */
const MAX_HASH_LENGTH = 1024;

/** KiB that one check may take. */
const MAX_ARGON2_MEMORY = 262_144;
/** KiB times passes. */
const MAX_ARGON2_WORK = 1_048_576;
const MAX_ARGON2_LANES = 16;
/** Its binary logarithm is what bcrypt calls cost. */
const MAX_BCRYPT_COST = 14;
/** Bytes that one check may take: 128 N r (RFC 7914 section 2). */
const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;
const MAX_SCRYPT_LANES = 16;
const MAX_PBKDF2_ITERATIONS = 2_000_000;
const MAX_KEY_BYTES = 128;
const MIN_KEY_BYTES = 16;

const runScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt);
const runPbkdf2 = promisify(pbkdf2);

/**
 * Reads the text of a hash.
 *
 * @throws Error with what is wrong with it: no kind that is known, malformed, or too expensive. It never quotes the hash.
 */
export function parseForeignHash(text: string): ForeignHash {
  if (text.length > MAX_HASH_LENGTH) throw new Error('The hash is too long');
  const kind = /^\$([a-z0-9-]{1,20})\$/.exec(text)?.[1];
  if (kind === undefined) throw new Error('The hash is neither a PHC string nor modular crypt');
  const parse = KINDS.get(kind);
  if (parse === undefined) throw new Error(`The hash is of an unknown kind, "${kind}"`);
  return parse(text);
}

const KINDS: ReadonlyMap<string, (text: string) => ForeignHash> = new Map([
  ...['argon2id', 'argon2i', 'argon2d'].map((kind) => [kind, parseArgon2] as const),
  ...['2a', '2b', '2y'].map((kind) => [kind, parseBcrypt] as const),
  ['scrypt', parseScrypt] as const,
  ...(['sha1', 'sha256', 'sha512'] as const).map(
    (digest) => [`pbkdf2-${digest}`, (text: string) => parsePbkdf2(text, digest)] as const,
  ),
  ['pbkdf2', (text: string) => parsePbkdf2(text, 'sha1')] as const,
  ['fbscrypt', parseFirebase] as const,
]);

const ARGON2 =
  /^\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/.]{1,512}={0,2}\$[A-Za-z0-9+/.]{1,512}={0,2}$/;

function parseArgon2(text: string): ForeignHash {
  const [memory = 0, passes = 0, lanes = 0] = numbersOf(ARGON2, text);
  assertCost(memory <= MAX_ARGON2_MEMORY && memory * passes <= MAX_ARGON2_WORK);
  assertCost(lanes <= MAX_ARGON2_LANES);
  assertFormed(memory >= 8 * lanes && passes >= 1 && lanes >= 1);
  return { kind: 'argon2', check: (password) => verifyArgon2(text, password) };
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

function parseBcrypt(text: string): ForeignHash {
  const [cost = 0] = numbersOf(BCRYPT, text);
  assertFormed(cost >= 4);
  assertCost(cost <= MAX_BCRYPT_COST);
  return { kind: 'bcrypt', check: (password) => verifyBcrypt(password, text) };
}

const SCRYPT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/.]{1,512}={0,2})\$([A-Za-z0-9+/.]{1,512}={0,2})$/;

function parseScrypt(text: string): ForeignHash {
  const [logarithm = 0, r = 0, p = 0] = numbersOf(SCRYPT, text);
  const [salt, key] = bytesOf(SCRYPT, text, 4);
  const options = scryptOptions(logarithm, r, p);
  return {
    kind: 'scrypt',
    check: async (password) => isSame(await runScrypt(password, salt, key.length, options), key),
  };
}

/** `i=600000`, perhaps with the length of the key, as PHC has it; the number alone, as modular crypt has it. */
const PBKDF2 =
  /^\$pbkdf2(?:-sha\d{1,3})?\$(?:i=)?(\d{1,9})(?:,l=\d{1,4})?\$([A-Za-z0-9+/.]{1,512}={0,2})\$([A-Za-z0-9+/.]{1,512}={0,2})$/;

function parsePbkdf2(text: string, digest: 'sha1' | 'sha256' | 'sha512'): ForeignHash {
  const [iterations = 0] = numbersOf(PBKDF2, text);
  const [salt, key] = bytesOf(PBKDF2, text, 2);
  assertFormed(iterations >= 1);
  assertCost(iterations <= MAX_PBKDF2_ITERATIONS);
  return {
    kind: 'pbkdf2',
    check: async (password) =>
      isSame(await runPbkdf2(password, salt, iterations, key.length, digest), key),
  };
}

/**
 * Firebase's scrypt in the form that Supabase's import gave it: `n` is Firebase's `mem_cost`, `r` its `rounds`, `ss` its
 * salt separator and `sk` its signer key, which the project has and not the user.
 */
const FIREBASE =
  /^\$fbscrypt\$v=1,n=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4}),ss=([A-Za-z0-9+/.]{1,512}={0,2}),sk=([A-Za-z0-9+/.]{1,512}={0,2})\$([A-Za-z0-9+/.]{1,512}={0,2})\$([A-Za-z0-9+/.]{1,512}={0,2})$/;
const FIREBASE_KEY_BYTES = 32;
const AES_BLOCK_BYTES = 16;

function parseFirebase(text: string): ForeignHash {
  const [logarithm = 0, r = 0, p = 0] = numbersOf(FIREBASE, text);
  const [separator, signer, salt, hash] = bytesOf(FIREBASE, text, 4);
  const options = scryptOptions(logarithm, r, p);
  const salted = Buffer.concat([salt, separator]);
  return {
    kind: 'fbscrypt',
    async check(password) {
      const key = await runScrypt(password, salted, FIREBASE_KEY_BYTES, options);
      const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(AES_BLOCK_BYTES));
      return isSame(Buffer.concat([cipher.update(signer), cipher.final()]), hash);
    },
  };
}

function scryptOptions(logarithm: number, r: number, p: number) {
  assertFormed(logarithm >= 1 && r >= 1 && p >= 1);
  const bytes = 128 * 2 ** logarithm * r;
  assertCost(bytes <= MAX_SCRYPT_BYTES && p <= MAX_SCRYPT_LANES && bytes * p <= MAX_SCRYPT_BYTES);
  return { N: 2 ** logarithm, r, p, maxmem: 2 * bytes + 128 * r * p + 1024 * 1024 };
}

/** What the pattern finds, as far as they are numbers. */
function numbersOf(pattern: RegExp, text: string): number[] {
  const found = pattern.exec(text);
  assertFormed(found !== null);
  return found.slice(1).map(Number);
}

/** What the pattern finds from that group on, in base64 or in the spelling of modular crypt, with "." for "+". */
function bytesOf(pattern: RegExp, text: string, group: number): Bytes {
  const found = pattern.exec(text)?.slice(group) ?? [];
  const bytes = found.map((part) => Buffer.from(part.replaceAll('.', '+'), 'base64'));
  const length = bytes.at(-1)?.length ?? 0;
  assertFormed(length >= MIN_KEY_BYTES && length <= MAX_KEY_BYTES);
  return bytes as unknown as Bytes;
}

type Bytes = readonly [Buffer, Buffer, Buffer, Buffer];

function isSame(computed: Buffer, expected: Buffer): boolean {
  return computed.length === expected.length && timingSafeEqual(computed, expected);
}

function assertFormed(condition: boolean): asserts condition {
  if (!condition) throw new Error('The hash is malformed');
}

function assertCost(condition: boolean): asserts condition {
  if (!condition) throw new Error('The hash is too expensive to check');
}
