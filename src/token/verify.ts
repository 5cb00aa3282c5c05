/** Verifies our own tokens. Every refusal has a reason; a fault of ours is never a refusal. */
import { type CompactJWSHeaderParameters, type CryptoKey, compactVerify, errors } from 'jose';
import { type GatewayError, type UnauthenticatedReason, unauthenticated } from '../errors.ts';
import {
  type AccessClaims,
  accessClaimsFrom,
  notBeforeFrom,
  partiesFrom,
  type RefreshClaims,
  refreshClaimsFrom,
  type TokenClaims,
} from './claims.ts';
import { HEADER_TYPES } from './issue.ts';
import type { VerificationKey } from './keys.ts';
import type { Parties } from './parties.ts';

/** What verification requires of a token. `now` is epoch milliseconds; there is no leeway. */
export interface VerifyPolicy {
  /** By `kid`. */
  readonly keys: ReadonlyMap<string, VerificationKey>;
  readonly parties: Pick<Parties, 'accept'>;
  readonly now: () => number;
}

/** Fails with `UNAUTHENTICATED` unless `token` is a valid access token of ours. */
export function verifyAccess(policy: VerifyPolicy, token: string): Promise<AccessClaims> {
  return verify(policy, token, HEADER_TYPES.access, accessClaimsFrom);
}

/** Fails with `UNAUTHENTICATED` unless `token` is a valid refresh token of ours. */
export function verifyRefresh(policy: VerifyPolicy, token: string): Promise<RefreshClaims> {
  return verify(policy, token, HEADER_TYPES.refresh, refreshClaimsFrom);
}

type ClaimsReader<Claims> = (payload: unknown) => Claims | null;

async function verify<Claims extends TokenClaims>(
  policy: VerifyPolicy,
  token: string,
  headerType: string,
  readClaims: ClaimsReader<Claims>,
): Promise<Claims> {
  if (!isCanonicalCompactJws(token)) throw unauthenticated('TOKEN_MALFORMED');
  const payload = parseJson(await verifySignature(policy, token, headerType));
  const claims = readClaims(payload);
  const parties = partiesFrom(payload);
  const notBefore = notBeforeFrom(payload);
  const isOurs = claims !== null && notBefore !== null && parties !== null;
  if (!isOurs || !(await policy.parties.accept(parties))) {
    throw refuse('TOKEN_INVALID', 'a claim is absent, malformed or not ours');
  }
  if (policy.now() < notBefore * 1000) throw refuse('TOKEN_INVALID', 'the "nbf" is to come');
  if (policy.now() >= claims.expiresAt * 1000) throw unauthenticated('TOKEN_EXPIRED');
  return claims;
}

async function verifySignature(
  policy: VerifyPolicy,
  token: string,
  headerType: string,
): Promise<Uint8Array> {
  try {
    const selectKey = (header: CompactJWSHeaderParameters) =>
      selectVerificationKey(policy.keys, header, headerType);
    const { payload } = await compactVerify(token, selectKey);
    return payload;
  } catch (error) {
    if (error instanceof errors.JWSInvalid) throw refuse('TOKEN_MALFORMED', error.code);
    // With a cause it is the crypto library that failed, not the signature.
    const isRefusal =
      error instanceof errors.JOSENotSupported ||
      (error instanceof errors.JWSSignatureVerificationFailed && error.cause === undefined);
    throw isRefusal ? refuse('TOKEN_INVALID', error.code) : error;
  }
}

/** The key decides the algorithm, never the token (RFC 8725 section 3.1). */
function selectVerificationKey(
  keys: ReadonlyMap<string, VerificationKey>,
  header: CompactJWSHeaderParameters,
  headerType: string,
): CryptoKey {
  const key = header.kid === undefined ? undefined : keys.get(header.kid);
  if (key === undefined) throw refuse('TOKEN_INVALID', 'the "kid" is unknown');
  if (header.alg !== key.alg) throw refuse('TOKEN_INVALID', 'the "alg" is not that of the key');
  if (header.typ !== headerType) throw refuse('TOKEN_INVALID', 'the header "typ" is another');
  // We never sign such a header, and an unencoded payload (RFC 7797) would have a second spelling.
  if (header.crit !== undefined) throw refuse('TOKEN_INVALID', 'the header has "crit"');
  return key.publicKey;
}

/** The second text is for the log and must not quote the token. */
function refuse(reason: UnauthenticatedReason, why: string): GatewayError<'UNAUTHENTICATED'> {
  return unauthenticated(reason, new Error(`Token refused: ${why}`));
}

/** Longer than any token that the largest budget allows; bounds the work for a hostile one. */
const MAXIMUM_TOKEN_LENGTH = 65_536;
const PARTS = 3;

/**
 * Whether there are three parts, each in the only spelling of its bytes: base64url without padding
 * whose unused last bits are zero (RFC 4648 section 3.5). A lenient decoder accepts up to 16
 * spellings of one signature. Decoding natively and comparing was the fastest check of three.
 */
function isCanonicalCompactJws(token: string): boolean {
  if (token.length > MAXIMUM_TOKEN_LENGTH) return false;
  const parts = token.split('.', PARTS + 1);
  return parts.length === PARTS && parts.every(isCanonicalPart);
}

function isCanonicalPart(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
