/** Reads the operator's signing key set and refuses keys that would make weak or ambiguous tokens. */
import { calculateJwkThumbprint } from 'jose';
import { SIGNING_ALGS, type SigningAlg } from '../config.ts';
import type { JsonObject } from '../values/json.ts';
import { isJsonObject } from './claims.ts';
import {
  importSigningKey,
  type KeyPair,
  type NewKey,
  type PrivateJwk,
  publicMembersOf,
  toStoredJwk,
} from './jwk.ts';

/** RFC 7518 section 3.3 requires 2048 bits or more. */
const MINIMUM_RSA_BITS = 2048;
/** NIST SP 800-56B asks for a public exponent above 2^16. */
const MINIMUM_RSA_EXPONENT = 65_537n;

/** Key type and curve that each algorithm signs with. */
const REQUIRED_KEY: Record<SigningAlg, { readonly kty: string; readonly crv?: string }> = {
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  RS256: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
};

/**
 * Parses and imports a JWKS (RFC 7517 section 5).
 *
 * A key without `kid` gets its RFC 7638 thumbprint; one without `alg` gets the algorithm of its
 * type, which for RSA is `preferred` if that is an RSA algorithm, else RS256.
 *
 * @throws Error that lists every problem by key index and never shows a key.
 */
export async function parseKeySet(input: unknown, preferred: SigningAlg): Promise<KeyPair[]> {
  return (await parseKeys(input, preferred)).map(({ pair }) => pair);
}

/** The same keys in the form in which a store keeps them. */
export async function parseOperatorKeys(input: unknown, preferred: SigningAlg): Promise<NewKey[]> {
  const keys = await parseKeys(input, preferred);
  return keys.map(({ jwk, pair: { alg, kid } }) => toStoredJwk(jwk, kid, alg));
}

async function parseKeys(input: unknown, preferred: SigningAlg): Promise<ParsedKey[]> {
  const keys = isJsonObject(input) ? input.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new Error('The signing key set must be a JWKS with a non-empty "keys" array');
  }
  const problems: string[] = [];
  const parsed: ParsedKey[] = [];
  for (const [index, key] of keys.entries()) {
    const result = await parseKey(key, preferred);
    if (typeof result === 'string') problems.push(`"keys[${index}]" ${result}`);
    else if (parsed.some(({ pair }) => pair.kid === result.pair.kid)) {
      problems.push(`"keys[${index}]" has the same "kid" as another key`);
    } else parsed.push(result);
  }
  if (problems.length > 0) {
    throw new Error(`The signing key set is not usable: ${problems.join('; ')}`);
  }
  return parsed;
}

interface ParsedKey {
  readonly jwk: PrivateJwk;
  readonly pair: KeyPair;
}

/** One key, or what is wrong with it. */
async function parseKey(input: unknown, preferred: SigningAlg): Promise<ParsedKey | string> {
  if (!isJsonObject(input)) return 'must be an object';
  if (input.kty === 'oct' || input.k !== undefined)
    return 'is symmetric, which cannot be published';
  const jwk = input as unknown as PrivateJwk;
  const alg = algorithmOf(input, preferred);
  if (alg === undefined) return `must fit one of the algorithms ${SIGNING_ALGS.join(', ')}`;
  const problem = findProblem(input, alg);
  if (problem !== undefined) return problem;
  try {
    const kid = jwk.kid ?? (await calculateJwkThumbprint(publicMembersOf(jwk)));
    return { jwk, pair: await importSigningKey(jwk, kid, alg) };
  } catch {
    // Whatever the crypto library objects to is a fault of the key; its text may quote the key.
    return 'cannot be imported, or its private and public members do not belong together';
  }
}

function algorithmOf(jwk: JsonObject, preferred: SigningAlg): SigningAlg | undefined {
  const fitting = SIGNING_ALGS.filter((alg) => {
    const required = REQUIRED_KEY[alg];
    return jwk.kty === required.kty && (required.crv === undefined || jwk.crv === required.crv);
  });
  if (jwk.alg !== undefined) return fitting.find((alg) => alg === jwk.alg);
  return fitting.includes(preferred) ? preferred : fitting[0];
}

function findProblem(jwk: JsonObject, alg: SigningAlg): string | undefined {
  if (
    jwk.kid !== undefined &&
    !(typeof jwk.kid === 'string' && /^[\x21-\x7e]{1,128}$/.test(jwk.kid))
  ) {
    return 'must have a "kid" of 1 to 128 visible ASCII characters, or none';
  }
  if (jwk.use !== undefined && jwk.use !== 'sig') return 'must have "use" "sig", or none';
  return REQUIRED_KEY[alg].kty === 'RSA' ? findRsaWeakness(jwk) : undefined;
}

/** What makes an RSA key too weak to trust a signature of it, if anything. */
export function findRsaWeakness(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const modulus = toInteger(jwk.n);
  const exponent = toInteger(jwk.e);
  if (modulus.toString(2).length < MINIMUM_RSA_BITS) {
    return `must have an RSA modulus of ${MINIMUM_RSA_BITS} bits or more`;
  }
  if (exponent < MINIMUM_RSA_EXPONENT || exponent % 2n === 0n) {
    return `must have an odd RSA exponent of ${MINIMUM_RSA_EXPONENT} or more`;
  }
  return undefined;
}

/** Unsigned integer from base64url (RFC 7518 section 2); 0 for anything else. */
function toInteger(value: unknown): bigint {
  const hex = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('hex') : '';
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}
