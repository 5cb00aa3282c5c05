/** Verifies our own tokens. Every refusal has a reason; a fault of ours is never a refusal. */
import { isUtf8 } from 'node:buffer';
import { type GatewayError, type UnauthenticatedReason, unauthenticated } from '../errors.ts';
import type { JsonObject } from '../values/json.ts';
import {
  type AccessClaims,
  accessClaimsFrom,
  isJsonObject,
  notBeforeFrom,
  partiesFrom,
  type RefreshClaims,
  refreshClaimsFrom,
  type TokenClaims,
} from './claims.ts';
import { decodeCompact } from './compact-jws.ts';
import { HEADER_TYPES } from './issue.ts';
import type { SigningKeys, VerificationKey } from './keys.ts';
import type { Parties } from './parties.ts';
import { isSignatureOf, signingInputOf } from './signature.ts';
import type { VerifiedTokens } from './verified-tokens.ts';

/**
 * How much later than now a token may have been issued, in milliseconds: clocks of gateways differ. One of a later time
 * says that the clock was set back since, and would live for so much longer.
 */
export const CLOCK_TOLERANCE = 300_000;

/** What verification requires of a token. `now` is epoch milliseconds; there is no leeway for the expiry. */
export interface VerifyPolicy {
  readonly keys: Pick<SigningKeys, 'verification' | 'lookFor'>;
  readonly parties: Pick<Parties, 'accept'>;
  readonly now: () => number;
  /** Access tokens that were verified before, if they are remembered. */
  readonly verified?: VerifiedTokens;
}

/** Fails with `UNAUTHENTICATED` unless `token` is a valid access token of ours. */
export async function verifyAccess(policy: VerifyPolicy, token: string): Promise<AccessClaims> {
  const known = policy.verified?.find(token);
  if (known !== undefined) {
    assertNotExpired(policy, known);
    assertNotLater(policy, known);
    return known;
  }
  const { claims, key, kid } = await verify(policy, token, HEADER_TYPES.access, accessClaimsFrom);
  assertNotLater(policy, claims);
  policy.verified?.keep({ token, kid, key, claims });
  return claims;
}

/** Fails with `UNAUTHENTICATED` unless `token` is a valid refresh token of ours. */
export async function verifyRefresh(policy: VerifyPolicy, token: string): Promise<RefreshClaims> {
  const { claims } = await verify(policy, token, HEADER_TYPES.refresh, refreshClaimsFrom);
  return claims;
}

function assertNotExpired({ now }: VerifyPolicy, { expiresAt }: TokenClaims): void {
  if (now() >= expiresAt * 1000) throw unauthenticated('TOKEN_EXPIRED');
}

/** To a client it is an expired one: it refreshes. Refresh tokens stay good, or a clock would end sessions. */
function assertNotLater({ now }: VerifyPolicy, { issuedAt }: TokenClaims): void {
  if (issuedAt * 1000 - now() > CLOCK_TOLERANCE) throw unauthenticated('TOKEN_EXPIRED');
}

type ClaimsReader<Claims> = (payload: unknown) => Claims | null;

async function verify<Claims extends TokenClaims>(
  policy: VerifyPolicy,
  token: string,
  headerType: string,
  readClaims: ClaimsReader<Claims>,
): Promise<{ readonly claims: Claims; readonly kid: string; readonly key: VerificationKey }> {
  const { header, payload: bytes, signature } = decode(token);
  const { key, kid } = await selectVerificationKey(policy.keys, header, headerType);
  if (!isSignatureOf(key.alg, key.publicKey, signingInputOf(token), signature)) {
    throw refuse('TOKEN_INVALID', 'the signature is not that of the key');
  }
  const payload = parseJson(bytes);
  const claims = readClaims(payload);
  const parties = partiesFrom(payload);
  const notBefore = notBeforeFrom(payload);
  const isOurs = claims !== null && notBefore !== null && parties !== null;
  if (!isOurs || !(await policy.parties.accept(parties))) {
    throw refuse('TOKEN_INVALID', 'a claim is absent, malformed or not ours');
  }
  if (policy.now() < notBefore * 1000) throw refuse('TOKEN_INVALID', 'the "nbf" is to come');
  assertNotExpired(policy, claims);
  return { claims, key, kid };
}

/** The key decides the algorithm, never the token (RFC 8725 section 3.1). */
async function selectVerificationKey(
  { verification, lookFor }: VerifyPolicy['keys'],
  header: JsonObject,
  headerType: string,
): Promise<{ readonly kid: string; readonly key: VerificationKey }> {
  // Before a key is looked for in the store: tokens of others are none of ours, whatever their key.
  if (header.typ !== headerType) throw refuse('TOKEN_INVALID', 'the header "typ" is another');
  const kid = typeof header.kid === 'string' ? header.kid : '';
  const key = verification.get(kid) ?? (KID.test(kid) ? await lookFor(kid) : undefined);
  if (key === undefined) throw refuse('TOKEN_INVALID', 'the "kid" is unknown');
  if (header.alg !== key.alg) throw refuse('TOKEN_INVALID', 'the "alg" is not that of the key');
  // We never sign such headers, and an unencoded payload (RFC 7797) would have a second spelling.
  if (header.crit !== undefined) throw refuse('TOKEN_INVALID', 'the header has "crit"');
  if (header.b64 !== undefined) throw refuse('TOKEN_INVALID', 'the header has "b64"');
  return { kid, key };
}

/** What a key of ours may be called. */
const KID = /^[\x21-\x7e]{1,128}$/;

/** The second text is for the log and must not quote the token. */
function refuse(reason: UnauthenticatedReason, why: string): GatewayError<'UNAUTHENTICATED'> {
  return unauthenticated(reason, new Error(`Token refused: ${why}`));
}

/** The parts of a token of ours; fails with `TOKEN_MALFORMED`. */
function decode(token: string) {
  const parts = decodeCompact(token);
  if (parts === null) {
    throw refuse('TOKEN_MALFORMED', 'it is too long, or no compact JWS in its one spelling');
  }
  const header = parseJson(parts.header);
  // RFC 7515 section 4.1.1: "alg" must be there.
  if (!isJsonObject(header) || typeof header.alg !== 'string' || header.alg === '') {
    throw refuse('TOKEN_MALFORMED', 'the header is no object with an "alg"');
  }
  return { ...parts, header };
}

/**
 * The JSON value; `undefined`: it is none. Of members of one name the last counts, as RFC 7515 section 4 and RFC
 * 7519 section 4 allow: whatever our key signed has one reading.
 */
function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
