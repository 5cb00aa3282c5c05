/** One JSON Web Key (RFC 7517): its public members, and its import into a checked key pair. */
import { KeyObject } from 'node:crypto';
import { importJWK, type JWK } from 'jose';
import type { SigningAlg } from '../config.ts';
import { isSignatureOf, signText } from './signature.ts';

/** Public members of an asymmetric key, as published. */
export interface PublicJwk extends KeyMaterial {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly use: 'sig';
}

/** A JWK of one of the key types that sign asymmetrically. */
export type PrivateJwk = Omit<JWK, 'kty'> & Pick<KeyMaterial, 'kty'>;

/** An imported key. Without `privateKey` it only verifies. */
export interface KeyPair {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject | undefined;
  /** Length of a signature in bytes; 0 if the key only verifies. */
  readonly signatureBytes: number;
  readonly published: PublicJwk;
}

/** Members that may leave the process, by key type (RFC 7518 section 6, RFC 8037 section 2). */
export const PUBLIC_MEMBERS = {
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
  RSA: ['n', 'e'],
} as const;

const PRIVATE_MEMBERS = {
  EC: ['d'],
  OKP: ['d'],
  RSA: ['d', 'p', 'q', 'dp', 'dq', 'qi'],
} as const;

type PublicMember = 'crv' | 'x' | 'y' | 'n' | 'e';
type PrivateMember = 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi';

interface KeyMaterial extends Pick<JWK, PublicMember> {
  readonly kty: keyof typeof PUBLIC_MEMBERS;
}

/** Copies the public members of a key, and only these, from an allow-list. */
export function publicMembersOf(jwk: PrivateJwk): KeyMaterial {
  return { kty: jwk.kty, ...pick<PublicMember>(jwk, PUBLIC_MEMBERS[jwk.kty]) };
}

/**
 * Copies public and private members, and only these: an operator's hints (`ext`, `use`, `key_ops`) must not keep the
 * key from signing.
 */
function membersOf(jwk: PrivateJwk): KeyMaterial {
  return { ...publicMembersOf(jwk), ...privateMembersOf(jwk) };
}

/** What is published of a key. */
export function toPublicJwk(jwk: PrivateJwk, kid: string, alg: SigningAlg): PublicJwk {
  return { ...publicMembersOf(jwk), kid, alg, use: 'sig' };
}

/** A key as a store keeps it, its private members plain or under seal. */
export type NewKey = PrivateJwk & {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly use: 'sig';
  /** The private members, encrypted (`key-sealer.ts`); absent: they are plain, or not there. */
  readonly sealed?: string;
};

/** What is stored of a key: its members, and nothing else that an operator may have written beside them. */
export function toStoredJwk(jwk: PrivateJwk, kid: string, alg: SigningAlg): NewKey {
  return { ...membersOf(jwk), kid, alg, use: 'sig' };
}

/** Copies the private members that are there. */
export function privateMembersOf(jwk: PrivateJwk): Partial<Pick<JWK, PrivateMember>> {
  const names: readonly PrivateMember[] = PRIVATE_MEMBERS[jwk.kty];
  return pick(
    jwk,
    names.filter((name) => jwk[name] !== undefined),
  );
}

function pick<Name extends PublicMember | PrivateMember>(
  jwk: PrivateJwk,
  names: readonly Name[],
): Pick<JWK, Name> {
  return Object.fromEntries(names.map((name) => [name, jwk[name]])) as Pick<JWK, Name>;
}

/**
 * Imports a key and proves the pair by a trial signature.
 *
 * @throws Error if the key material is broken or private and public members do not belong together.
 */
export async function importSigningKey(
  jwk: PrivateJwk,
  kid: string,
  alg: SigningAlg,
): Promise<KeyPair> {
  const published = toPublicJwk(jwk, kid, alg);
  const publicKey = await importAsymmetric(publicMembersOf(jwk), alg);
  if (jwk.d === undefined) {
    return { kid, alg, publicKey, privateKey: undefined, signatureBytes: 0, published };
  }
  const privateKey = await importAsymmetric(membersOf(jwk), alg);
  const signatureBytes = measureSignature(alg, privateKey, publicKey);
  return { kid, alg, publicKey, privateKey, signatureBytes, published };
}

async function importAsymmetric(jwk: KeyMaterial, alg: SigningAlg): Promise<KeyObject> {
  const key = await importJWK({ ...jwk }, alg);
  if (key instanceof Uint8Array) throw new Error('The key is symmetric');
  return KeyObject.from(key);
}

function measureSignature(alg: SigningAlg, privateKey: KeyObject, publicKey: KeyObject): number {
  const signature = signText(alg, privateKey, '');
  if (!isSignatureOf(alg, publicKey, '', signature)) throw new Error('The pair does not match');
  return signature.length;
}
