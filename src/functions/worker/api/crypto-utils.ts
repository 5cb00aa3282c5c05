/** `utils.crypto`, in the formats of App Services. */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { Binary } from '../../../bson.ts';
import type { GuestValues } from '../guest-values.ts';

/** AES-GCM as App Services has it: nonce, then cipher text, then tag. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const AES_BY_KEY_BYTES = new Map([
  [16, 'aes-128-gcm'],
  [24, 'aes-192-gcm'],
  [32, 'aes-256-gcm'],
] as const);

const HASHES = ['sha1', 'sha256', 'md5'];
const HMAC_HASHES = ['sha1', 'sha256', 'sha512'];
const OUTPUT_FORMATS = ['hex', 'base64'];

/** Creates `utils.crypto`. Every member fails with an error that names the argument. */
export function createCryptoUtils({ library }: Pick<GuestValues, 'library'>): object {
  const toBinary = (bytes: Buffer) => new (library().Binary)(bytes);
  const bytesOf = (value: unknown, name: string): Buffer => {
    if (typeof value === 'string') return Buffer.from(value, 'utf8');
    if (value instanceof library().Binary) return Buffer.from((value as Binary).value());
    throw new TypeError(`"${name}" must be a string or a BSON.Binary`);
  };

  return {
    encrypt(type: unknown, message: unknown, key: unknown) {
      assertOneOf(type, ['aes'], 'encryption type');
      const nonce = randomBytes(NONCE_BYTES);
      const secret = bytesOf(key, 'key');
      const cipher = createCipheriv(aesFor(secret), secret, nonce);
      const text = [cipher.update(bytesOf(message, 'message')), cipher.final()];
      return toBinary(Buffer.concat([nonce, ...text, cipher.getAuthTag()]));
    },

    decrypt(type: unknown, encrypted: unknown, key: unknown) {
      assertOneOf(type, ['aes'], 'encryption type');
      const bytes = bytesOf(encrypted, 'encryptedMessage');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('The message is too short');
      const secret = bytesOf(key, 'key');
      const cipher = createDecipheriv(aesFor(secret), secret, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      cipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = cipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return toBinary(Buffer.concat([text, cipher.final()]));
    },

    sign(type: unknown, message: unknown, privateKey: unknown, scheme: unknown = 'pss') {
      assertOneOf(type, ['rsa'], 'encryption type');
      const key = createPrivateKey(String(privateKey));
      assertRsa(key.asymmetricKeyType);
      const options = { key, ...paddingOf(scheme) };
      return toBinary(sign('sha256', bytesOf(message, 'message'), options));
    },

    verify(
      type: unknown,
      message: unknown,
      publicKey: unknown,
      signature: unknown,
      scheme: unknown = 'pss',
    ) {
      assertOneOf(type, ['rsa'], 'encryption type');
      const key = createPublicKey(String(publicKey));
      assertRsa(key.asymmetricKeyType);
      const options = { key, ...paddingOf(scheme) };
      const bytes = bytesOf(signature, 'signature');
      return verify('sha256', bytesOf(message, 'message'), options, bytes);
    },

    hmac(input: unknown, secret: unknown, hash: unknown, format: unknown) {
      const algorithm = assertOneOf(hash, HMAC_HASHES, 'hash function');
      const encoding = assertOneOf(format, OUTPUT_FORMATS, 'output format');
      const hmac = createHmac(algorithm, bytesOf(secret, 'secret'));
      return hmac.update(bytesOf(input, 'input')).digest(encoding === 'hex' ? 'hex' : 'base64');
    },

    hash(hash: unknown, input: unknown) {
      const algorithm = assertOneOf(hash, HASHES, 'hash function');
      return toBinary(createHash(algorithm).update(bytesOf(input, 'input')).digest());
    },
  };
}

function aesFor(key: Buffer) {
  const algorithm = AES_BY_KEY_BYTES.get(key.length as 16);
  if (algorithm === undefined) throw new RangeError('The key must have 16, 24 or 32 bytes');
  return algorithm;
}

/** The salt is as long as can be when signing and of any length when verifying, as in Go's library. */
function paddingOf(scheme: unknown): { padding: number; saltLength?: number } {
  return assertOneOf(scheme, ['pss', 'pkcs1v15'], 'signature scheme') === 'pss'
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : { padding: constants.RSA_PKCS1_PADDING };
}

function assertRsa(type: string | undefined): void {
  if (type !== 'rsa') throw new TypeError('The key must be an RSA key');
}

function assertOneOf(value: unknown, known: readonly string[], what: string): string {
  if (typeof value === 'string' && known.includes(value)) return value;
  throw new RangeError(`The ${what} must be one of ${known.join(', ')}`);
}
