/** Tokens with keys made for one test, a clock that the test moves, and a way to forge. */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import type { SigningAlg } from '../../src/config.ts';
import { isGatewayError } from '../../src/errors.ts';
import type { MakeOwnClaims, TokenParties } from '../../src/token/claims.ts';
import { importSigningKeys, type SigningKeys } from '../../src/token/keys.ts';
import type { Parties } from '../../src/token/parties.ts';
import { createTokens, type Tokens } from '../../src/token/token-service.ts';
import { createVerifiedTokens } from '../../src/token/verified-tokens.ts';

/** The `iss` claim of test tokens. */
export const ISSUER = 'http://127.0.0.1:4000';
/** The `aud` claim of test tokens. */
export const AUDIENCE = 'myapp-abcde';
/** When tests begin, epoch milliseconds. */
export const START = Date.UTC(2026, 0, 1);
/** A user and a session. */
export const HOLDER = { userId: '62efedca3587e6e83c0fc675', sessionId: 'AAAAAAAAAAAAAAAAAAAAAA' };

/** Tokens and everything behind them. */
export interface TestTokens {
  readonly tokens: Tokens;
  readonly keys: SigningKeys;
  readonly clock: { now: number };
  /** The private key, to forge with. */
  readonly privateKey: KeyObject;
}

/** The one pair that there is. */
export function fixedParties(pair: TokenParties): Pick<Parties, 'current' | 'accept' | 'isKnown'> {
  const isKnown = ({ issuer, audience }: TokenParties) =>
    issuer === pair.issuer && audience === pair.audience;
  return {
    current: () => pair,
    isKnown,
    accept: async (other) => isKnown(other),
  };
}

/** Makes a private key for `alg`. */
export function createPrivateKey(alg: SigningAlg): KeyObject {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey;
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  }
}

/** A private key as a JWK. */
export function toJwk(key: KeyObject, members: object = {}): JsonWebKey {
  return { ...key.export({ format: 'jwk' }), ...members };
}

/** Creates tokens that live 30 minutes and 60 days. */
export async function createTestTokens(
  options: {
    readonly alg?: SigningAlg;
    readonly issuer?: string;
    readonly audience?: string;
    readonly makeOwnClaims?: MakeOwnClaims;
  } = {},
): Promise<TestTokens> {
  const { alg = 'ES256', issuer = ISSUER, audience = AUDIENCE, makeOwnClaims } = options;
  const privateKey = createPrivateKey(alg);
  const keys = await importSigningKeys({ keys: [toJwk(privateKey, { alg })] }, alg);
  const clock = { now: START };
  const tokens = createTokens({
    keys,
    parties: fixedParties({ issuer, audience }),
    // As in the gateway: whatever is forged meets the memory of what it is like.
    verified: createVerifiedTokens({ bytes: 1_000_000, keys }),
    makeOwnClaims,
    accessTtlSeconds: 1800,
    refreshTtlSeconds: 60 * 86_400,
    now: () => clock.now,
  });
  return { tokens, keys, clock, privateKey };
}

/** Base64url of a text, bytes or JSON. */
export function encodePart(part: unknown): string {
  const content = typeof part === 'string' || part instanceof Uint8Array ? part : toJson(part);
  return Buffer.from(content).toString('base64url');
}

/** Signs any header and payload with an EC P-256 key: what only a thief of the key could do. */
export function forgeToken(privateKey: KeyObject, header: unknown, payload: unknown): string {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

/** Header and payload of a token, not verified. */
export function decodeToken(token: string): { header: object; payload: Record<string, unknown> } {
  const [header = '', payload = ''] = token.split('.');
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: decode(header), payload: decode(payload) };
}

/** Why an access token is refused, or `ACCEPTED`; any other failure is passed on. */
export async function reasonOf({ tokens }: TestTokens, token: string): Promise<string> {
  try {
    await tokens.verifyAccess(token);
    return 'ACCEPTED';
  } catch (error) {
    if (isGatewayError(error, 'UNAUTHENTICATED')) return error.details.reason;
    throw error;
  }
}

/** A copy of `token`, signed with our key, whose header or payload differs. */
export function forgeLike(
  { privateKey }: TestTokens,
  token: string,
  change: { readonly header?: object; readonly payload?: object },
): string {
  const { header, payload } = decodeToken(token);
  return forgeToken(privateKey, { ...header, ...change.header }, { ...payload, ...change.payload });
}

function toJson(value: unknown): string {
  return JSON.stringify(value);
}
