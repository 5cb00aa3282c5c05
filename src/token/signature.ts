/**
 * Signatures of our own tokens (RFC 7518 section 3, RFC 8037 section 3.1), made and checked in this thread.
 *
 * WebCrypto, which `jose` uses, does it in libuv's pool of four threads, where a check that takes a tenth of
 * a millisecond waits behind passwords being hashed: decision 4 has the figures.
 */
import { constants, type KeyObject, type SigningOptions, sign, verify } from 'node:crypto';
import type { SigningAlg } from '../config.ts';

interface Scheme {
  /** Ed25519 hashes by itself. */
  readonly digest: 'sha256' | 'sha384' | null;
  readonly options: SigningOptions;
  /** Bytes of a signature (r, s); others are refused before the library sees them. */
  readonly length?: number;
}

const SCHEMES: Readonly<Record<SigningAlg, Scheme>> = {
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' }, length: 64 },
  ES384: { digest: 'sha384', options: { dsaEncoding: 'ieee-p1363' }, length: 96 },
  EdDSA: { digest: null, options: {} },
  RS256: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: {
    digest: 'sha256',
    options: {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    },
  },
};

/** The signature of a text. */
export function signText(alg: SigningAlg, privateKey: KeyObject, text: string): Buffer {
  const { digest, options } = SCHEMES[alg];
  return sign(digest, Buffer.from(text), { key: privateKey, ...options });
}

/** Whether these bytes are a signature of the text. Throws only if the library fails. */
export function isSignatureOf(
  alg: SigningAlg,
  publicKey: KeyObject,
  text: string,
  signature: Uint8Array,
): boolean {
  const { digest, options, length = signature.length } = SCHEMES[alg];
  if (signature.length !== length) return false;
  return verify(digest, Buffer.from(text), { key: publicKey, ...options }, signature);
}

/**
 * The text before the last dot: the signing input (RFC 7515 section 5.1), which holds the random `jti`.
 *
 * A token is known by it and not by the whole, because an ECDSA signature (r, s) has a second spelling,
 * (r, n − s), that anyone can write and that verifies too.
 */
export function signingInputOf(token: string): string {
  return token.slice(0, Math.max(0, token.lastIndexOf('.')));
}
