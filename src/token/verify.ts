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
  type TokenParties,
} from './claims.ts';
import { type CompactJws, decodeCompact } from './compact-jws.ts';
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
  readonly parties: Pick<Parties, 'accept' | 'isKnown'>;
  readonly now: () => number;
  /** Access tokens that were verified before, if they are remembered. */
  readonly verified?: VerifiedTokens;
}

/** Fails with `UNAUTHENTICATED` unless `token` is a valid access token of ours. */
export async function verifyAccess(policy: VerifyPolicy, token: string): Promise<AccessClaims> {
  return (
    verifyAccessAtOnce(policy, token) ??
    acceptAccess(policy, token, await verify(policy, token, ACCESS))
  );
}

/**
 * The same without waiting for anything. `undefined`: that takes the store, because its key or its parties are not
 * known to this process.
 */
export function verifyAccessAtOnce(policy: VerifyPolicy, token: string): AccessClaims | undefined {
  const known = policy.verified?.find(token);
  if (known !== undefined) {
    assertNotExpired(policy, known);
    assertNotLater(policy, known);
    return known;
  }
  const decoded = decode(token, ACCESS);
  const key = policy.keys.verification.get(decoded.kid);
  if (key === undefined) return undefined;
  const signed = readSigned(token, decoded, key, ACCESS);
  if (!policy.parties.isKnown(signed.parties)) return undefined;
  assertInTime(policy, signed);
  return acceptAccess(policy, token, signed);
}

/** The claims of a token that has been verified, which is remembered. */
function acceptAccess(
  policy: VerifyPolicy,
  token: string,
  { claims, key, kid }: Signed<AccessClaims>,
): AccessClaims {
  assertNotLater(policy, claims);
  policy.verified?.keep({ token, kid, key, claims });
  return claims;
}

/** Fails with `UNAUTHENTICATED` unless `token` is a valid refresh token of ours. */
export async function verifyRefresh(policy: VerifyPolicy, token: string): Promise<RefreshClaims> {
  const { claims } = await verify(policy, token, REFRESH);
  return claims;
}

function assertNotExpired({ now }: VerifyPolicy, { expiresAt }: TokenClaims): void {
  if (now() >= expiresAt * 1000) throw unauthenticated('TOKEN_EXPIRED');
}

/** To a client it is an expired one: it refreshes. Refresh tokens stay good, or a clock would end sessions. */
function assertNotLater({ now }: VerifyPolicy, { issuedAt }: TokenClaims): void {
  if (issuedAt * 1000 - now() > CLOCK_TOLERANCE) throw unauthenticated('TOKEN_EXPIRED');
}

/** What tokens of one kind have in common. */
interface TokenKind<Claims extends TokenClaims> {
  /** The "typ" of their header. */
  readonly headerType: string;
  readonly readClaims: (payload: unknown) => Claims | null;
}

const ACCESS: TokenKind<AccessClaims> = {
  headerType: HEADER_TYPES.access,
  readClaims: accessClaimsFrom,
};
const REFRESH: TokenKind<RefreshClaims> = {
  headerType: HEADER_TYPES.refresh,
  readClaims: refreshClaimsFrom,
};

/** What a signature that is good has signed. */
interface Signed<Claims extends TokenClaims> {
  readonly claims: Claims;
  /** Epoch seconds. */
  readonly notBefore: number;
  readonly parties: TokenParties;
  readonly kid: string;
  readonly key: VerificationKey;
}

async function verify<Claims extends TokenClaims>(
  policy: VerifyPolicy,
  token: string,
  kind: TokenKind<Claims>,
): Promise<Signed<Claims>> {
  const { keys, parties } = policy;
  const decoded = decode(token, kind);
  const { kid } = decoded;
  const key = keys.verification.get(kid) ?? (KID.test(kid) ? await keys.lookFor(kid) : undefined);
  if (key === undefined) throw refuse('TOKEN_INVALID', 'the "kid" is unknown');
  const signed = readSigned(token, decoded, key, kind);
  if (!(await parties.accept(signed.parties))) throw notOurs();
  assertInTime(policy, signed);
  return signed;
}

/** What the token says, whose signature has to be that of the key. */
function readSigned<Claims extends TokenClaims>(
  token: string,
  { header, kid, payload: bytes, signature }: Decoded,
  key: VerificationKey,
  { readClaims }: TokenKind<Claims>,
): Signed<Claims> {
  // The key decides the algorithm, never the token (RFC 8725 section 3.1).
  if (header.alg !== key.alg) throw refuse('TOKEN_INVALID', 'the "alg" is not that of the key');
  // We never sign such headers, and an unencoded payload (RFC 7797) would have a second spelling.
  if (header.crit !== undefined) throw refuse('TOKEN_INVALID', 'the header has "crit"');
  if (header.b64 !== undefined) throw refuse('TOKEN_INVALID', 'the header has "b64"');
  if (!isSignatureOf(key.alg, key.publicKey, signingInputOf(token), signature)) {
    throw refuse('TOKEN_INVALID', 'the signature is not that of the key');
  }
  const payload = parseJson(bytes);
  const claims = readClaims(payload);
  const parties = partiesFrom(payload);
  const notBefore = notBeforeFrom(payload);
  if (claims === null || notBefore === null || parties === null) throw notOurs();
  return { claims, notBefore, parties, kid, key };
}

function assertInTime(policy: VerifyPolicy, { claims, notBefore }: Signed<TokenClaims>): void {
  if (policy.now() < notBefore * 1000) throw refuse('TOKEN_INVALID', 'the "nbf" is to come');
  assertNotExpired(policy, claims);
}

const notOurs = () => refuse('TOKEN_INVALID', 'a claim is absent, malformed or not ours');

/** What a key of ours may be called. */
const KID = /^[\x21-\x7e]{1,128}$/;

/** The second text is for the log and must not quote the token. */
function refuse(reason: UnauthenticatedReason, why: string): GatewayError<'UNAUTHENTICATED'> {
  return unauthenticated(reason, new Error(`Token refused: ${why}`));
}

/** A token whose signature has not been looked at. */
interface Decoded extends Omit<CompactJws, 'header'> {
  readonly header: JsonObject;
  /** Of the key that it names, the empty text if it names none. */
  readonly kid: string;
}

/** The parts of a token of ours; fails with `TOKEN_MALFORMED`, or `TOKEN_INVALID` if it is of another kind. */
function decode(
  token: string,
  { headerType }: Pick<TokenKind<TokenClaims>, 'headerType'>,
): Decoded {
  const parts = decodeCompact(token);
  if (parts === null) {
    throw refuse('TOKEN_MALFORMED', 'it is too long, or no compact JWS in its one spelling');
  }
  const header = parseJson(parts.header);
  // RFC 7515 section 4.1.1: "alg" must be there.
  if (!isJsonObject(header) || typeof header.alg !== 'string' || header.alg === '') {
    throw refuse('TOKEN_MALFORMED', 'the header is no object with an "alg"');
  }
  // Before a key is looked for in the store: tokens of others are none of ours, whatever their key.
  if (header.typ !== headerType) throw refuse('TOKEN_INVALID', 'the header "typ" is another');
  const kid = typeof header.kid === 'string' ? header.kid : '';
  return { ...parts, header, kid };
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
