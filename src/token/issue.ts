/** Makes the text of tokens and signs it, or says beforehand how long it will be. */
import { randomFillSync } from 'node:crypto';
import type { JsonObject } from '../values/json.ts';
import { remembering } from '../values/remembering.ts';
import {
  type AccessClaims,
  createAccessPayload,
  createRefreshPayload,
  type IssuedSnapshot,
  type MakeOwnClaims,
  type RefreshClaims,
  type TokenHolder,
  type TokenType,
} from './claims.ts';
import type { ActiveKey, SigningKeys } from './keys.ts';
import type { Parties } from './parties.ts';
import { signText } from './signature.ts';

/** Whom an access token is for and what it says about the document. */
export interface AccessInput extends TokenHolder {
  readonly customData: IssuedSnapshot;
  /** Epoch seconds; absent: a full life from now. */
  readonly expiresAt?: number;
  /** Epoch seconds; the full life is cut short there. */
  readonly notAfter?: number;
}

/** A signed token and what it says. */
export interface IssuedToken<Claims> {
  readonly token: string;
  readonly claims: Claims;
}

/** What issuing depends on. */
export interface IssueParts {
  readonly keys: Pick<SigningKeys, 'active'>;
  readonly parties: Pick<Parties, 'current'>;
  readonly accessTtlSeconds: number;
  readonly refreshTtlSeconds: number;
  /** Makes the operator's own claims; absent: there are none. */
  readonly makeOwnClaims?: MakeOwnClaims | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Header `typ` of each token. Access tokens follow RFC 9068 section 2.1; refresh tokens have a type
 * of their own, so that nobody who checks RFC 9068 can take one for an access token.
 */
export const HEADER_TYPES: Record<TokenType, string> = { access: 'at+jwt', refresh: 'rt+jwt' };

/** Signs an access token. */
export function issueAccess(parts: IssueParts, input: AccessInput): IssuedToken<AccessClaims> {
  const { claims, payload } = createAccess(parts, input, createTokenId());
  return { token: sign(parts.keys.active, 'access', payload), claims };
}

/**
 * Bytes of `Bearer <token>`, exactly as `issueAccess` would make it now, known without making it. A signature
 * is as long as every other of the same key, and a token id as long as every other.
 */
export function measureAccessHeader(parts: IssueParts, input: AccessInput): number {
  const { active } = parts.keys;
  const { payload } = createAccess(parts, input, ANY_TOKEN_ID);
  const header = encodedHeaders(active).access.length;
  const body = encodedLength(Buffer.byteLength(JSON.stringify(payload)));
  const signature = encodedLength(active.signatureBytes);
  return headerSize(header + '.'.length + body + '.'.length + signature);
}

/** Bytes of the `Authorization` header value of a token of that length. */
export function headerSize(tokenLength: number): number {
  return 'Bearer '.length + tokenLength;
}

/** Length of `bytes` in base64url without padding (RFC 4648 section 5). */
function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

/** Signs a refresh token. */
export function issueRefresh(
  parts: IssueParts,
  { userId, sessionId }: TokenHolder,
): IssuedToken<RefreshClaims> {
  const issuedAt = toSeconds(parts.now());
  const claims: RefreshClaims = {
    userId,
    sessionId,
    tokenId: createTokenId(),
    issuedAt,
    expiresAt: issuedAt + parts.refreshTtlSeconds,
  };
  const payload = createRefreshPayload(claims, parts.parties.current());
  return { token: sign(parts.keys.active, 'refresh', payload), claims };
}

/** What an access token issued now says. */
function createAccess(
  parts: IssueParts,
  input: AccessInput,
  tokenId: string,
): { readonly claims: AccessClaims; readonly payload: JsonObject } {
  const { ownValues = [], ...customData } = input.customData;
  const claims = createAccessClaims(parts, { ...input, customData }, tokenId);
  const { makeOwnClaims } = parts;
  const makeOwn =
    makeOwnClaims === undefined || ownValues === null
      ? undefined
      : (others: JsonObject) => makeOwnClaims(ownValues, others);
  return { claims, payload: createAccessPayload(claims, parts.parties.current(), makeOwn) };
}

/** The claims that the gateway itself reads in an access token issued now. */
function createAccessClaims(parts: IssueParts, input: AccessInput, tokenId: string): AccessClaims {
  const issuedAt = toSeconds(parts.now());
  return {
    userId: input.userId,
    sessionId: input.sessionId,
    tokenId,
    issuedAt,
    expiresAt:
      input.expiresAt ??
      Math.min(issuedAt + parts.accessTtlSeconds, input.notAfter ?? Number.POSITIVE_INFINITY),
    customData: input.customData,
  };
}

/** Random bytes of a token id: 128 bits. */
const TOKEN_ID_BYTES = 16;
/** Asked for many at a time, since asking takes longer than making them. */
const randomPool = Buffer.alloc(256 * TOKEN_ID_BYTES);
let poolPlace = randomPool.length;

/** A fresh `jti`, always of the same length. */
function createTokenId(): string {
  if (poolPlace === randomPool.length) {
    randomFillSync(randomPool);
    poolPlace = 0;
  }
  const place = poolPlace;
  poolPlace += TOKEN_ID_BYTES;
  return randomPool.toString('base64url', place, poolPlace);
}

/** What is measured instead of a fresh one. */
const ANY_TOKEN_ID = Buffer.alloc(TOKEN_ID_BYTES).toString('base64url');

/** The protected headers (RFC 7515 section 4.1), encoded: all tokens of one key and type have the same. */
const encodedHeaders = remembering(({ alg, kid }: ActiveKey): Record<TokenType, string> => {
  const encoded = (type: TokenType) =>
    encode(JSON.stringify({ alg, kid, typ: HEADER_TYPES[type] }));
  return { access: encoded('access'), refresh: encoded('refresh') };
});

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** What is signed: the protected header and the payload (RFC 7515 section 5.1). */
function toSigningInput(key: ActiveKey, type: TokenType, payload: JsonObject): string {
  return `${encodedHeaders(key)[type]}.${encode(JSON.stringify(payload))}`;
}

/** The compact form of a JWS (RFC 7515 section 7.1). */
function sign(key: ActiveKey, type: TokenType, payload: JsonObject): string {
  const input = toSigningInput(key, type, payload);
  return `${input}.${signText(key.alg, key.privateKey, input).toString('base64url')}`;
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
