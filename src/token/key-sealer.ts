/**
 * Encrypts what the store holds of keys: AES-256-GCM (NIST SP 800-38D) under keys that scrypt (RFC 7914) derives from
 * the operator's secrets. What is sealed for one purpose does not open for another.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

/** Seals and opens. */
export type KeySealer = ReturnType<typeof createKeySealer>;

/** What was under seal. */
export interface Opened {
  readonly text: string;
  /** Whether the first secret opens it: otherwise it is to be sealed anew. */
  readonly isCurrent: boolean;
}

const CIPHER = 'aes-256-gcm';
const VERSION = 'v1';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** 16 MiB and some ten milliseconds a derivation, of which there is one a secret and a salt. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
/** Longer than any key is. */
const MAX_SEALED_LENGTH = 65_536;

const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt);

/** Creates the sealer. @param secrets the first seals, all open; none: nothing is sealed, and nothing opens. */
export function createKeySealer(secrets: readonly string[]) {
  // One salt for all that this process seals, so that reading it costs one derivation.
  const ownSalt = randomBytes(SALT_BYTES);
  const derived = new Map<string, Promise<Buffer>>();
  const keyOf = (secret: string, salt: Buffer): Promise<Buffer> => {
    const id = `${salt.toString('base64url')} ${secret}`;
    const key = derived.get(id) ?? derive(secret, salt, KEY_BYTES, COST);
    derived.set(id, key);
    return key;
  };
  const [first] = secrets;

  return {
    /** Whether there is a secret to seal with. */
    seals: first !== undefined,

    /** Encrypts a text, bound to what it is for. Fails without a secret. */
    async seal(text: string, purpose: string): Promise<string> {
      if (first === undefined) throw new Error('There is no secret to encrypt with');
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, await keyOf(first, ownSalt), nonce);
      cipher.setAAD(Buffer.from(purpose));
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const parts = [ownSalt, nonce, Buffer.concat([bytes, cipher.getAuthTag()])];
      return [VERSION, ...parts.map((part) => part.toString('base64url'))].join('.');
    },

    /** Decrypts; `null`: no secret opens it, or it was changed. */
    async open(sealed: string, purpose: string): Promise<Opened | null> {
      const parts = parse(sealed);
      if (parts === null) return null;
      for (const secret of secrets) {
        const text = decrypt(await keyOf(secret, parts.salt), parts, purpose);
        if (text !== null) return { text, isCurrent: secret === first };
      }
      return null;
    },
  };
}

interface Sealed {
  readonly salt: Buffer;
  readonly nonce: Buffer;
  /** With the tag at its end. */
  readonly bytes: Buffer;
}

function parse(sealed: string): Sealed | null {
  if (sealed.length > MAX_SEALED_LENGTH) return null;
  const [version, ...parts] = sealed.split('.', 5);
  const [salt, nonce, bytes] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (version !== VERSION || parts.length !== 3 || !salt || !nonce || !bytes) return null;
  const isWhole = salt.length === SALT_BYTES && nonce.length === NONCE_BYTES;
  return isWhole && bytes.length > TAG_BYTES ? { salt, nonce, bytes } : null;
}

function decrypt(key: Buffer, { nonce, bytes }: Sealed, purpose: string): string | null {
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(0, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    // What `final` says is that the tag is not that of this key, purpose and text.
    return null;
  }
}
