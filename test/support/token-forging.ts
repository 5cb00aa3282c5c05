/** Ways to forge a token: what a header, a signature or a claim that is another makes of a good one. */
import { createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import { createPrivateKey, decodeToken, encodePart, forgeToken, toJwk } from './test-tokens.ts';

/** What an attack has to work with. */
export interface AttackedToken {
  readonly token: string;
  /** The key that signed it: what claims do is seen with tokens that only a thief of the key could make. */
  readonly key: KeyObject;
}

/** The reason why a token is refused, `extensions.reason`. */
export type Refusal = 'TOKEN_MALFORMED' | 'TOKEN_INVALID' | 'TOKEN_EXPIRED';

/** What it is, how it is made of a good token, and why it is refused. */
export type Attack = readonly [
  what: string,
  make: (attacked: AttackedToken) => string,
  refusal: Refusal,
];

/** Header, payload and signature. */
export const partsOf = (token: string) => token.split('.') as [string, string, string];
const theirs = createPrivateKey('ES256');
const { d: _private, ...published } = toJwk(theirs, { kid: 'theirs' });
/** Their public key. */
export const theirJwk = published;

/** The same token with another header, signed with our key. */
export function withHeader(change: object): Attack[1] {
  return ({ key, token }) => {
    const { header, payload } = decodeToken(token);
    return forgeToken(key, { ...header, ...change }, payload);
  };
}

/** The same token with other claims, signed with our key. */
export function withClaims(change: object): Attack[1] {
  return ({ key, token }) => {
    const { header, payload } = decodeToken(token);
    return forgeToken(key, header, { ...payload, ...change });
  };
}

/** The same with a text in place of a claim's value, such as a number that JSON cannot have. */
export function withClaimText(name: string, text: string): Attack[1] {
  return ({ key, token }) => {
    const { header, payload } = decodeToken(token);
    const json = JSON.stringify({ ...payload, [name]: '@@' }).replace('"@@"', text);
    return forgeToken(key, header, json);
  };
}

/** The same header and payload with another signature. */
export function withSignature(make: (input: string, signature: Buffer) => Uint8Array): Attack[1] {
  return ({ token }) => {
    const [header, payload, signature] = partsOf(token);
    const input = `${header}.${payload}`;
    return `${input}.${encodePart(make(input, Buffer.from(signature, 'base64url')))}`;
  };
}

/** Signed with a key of theirs. */
export function byThem(header: object): Attack[1] {
  return ({ token }) => {
    const decoded = decodeToken(token);
    return forgeToken(theirs, { ...decoded.header, ...header }, decoded.payload);
  };
}

/** A MAC with something public, or with nothing, as secret. */
export function withMac(
  alg: string,
  secretOf: (key: KeyObject) => string | Uint8Array,
  header = {},
): Attack[1] {
  return ({ key, token }) => {
    const head = encodePart({ ...decodeToken(token).header, alg, ...header });
    const input = `${head}.${partsOf(token)[1]}`;
    const mac = createHmac(`sha${alg.slice(2)}`, secretOf(key))
      .update(input)
      .digest();
    return `${input}.${encodePart(mac)}`;
  };
}

/** The public key in PEM. */
export const pemOf = (key: KeyObject) =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;

/** The order of P-256, which r and s must be below. */
export const ORDER = Buffer.from(
  'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'hex',
);
/** 0 as r or s. */
export const ZERO = Buffer.alloc(32);
/** 1 as r or s. */
export const ONE = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
