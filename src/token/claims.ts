/**
 * What our tokens say: the types, the payload built from an allow-list, and the way back.
 *
 * Nothing a user controls can reach a registered claim: a document travels under `user_data` only,
 * and the registered claims are written last.
 */

import type { JsonObject, JsonValue } from '../values/json.ts';

/** What a document has for a leaf of the operator's own claims; `undefined`: nothing. */
export type OwnValue = JsonValue | undefined;

/** Makes the operator's own claims, of what the document has for their leaves and of the token's other claims. */
export type MakeOwnClaims = (values: readonly OwnValue[], claims: JsonObject) => JsonObject;

/** A user's document at one moment, in the shape in which an access token carries it. */
export interface Snapshot {
  /** The document as Extended JSON v2 (`user_data`); absent: there is none, or it was left out. */
  readonly data?: JsonObject;
  /** Revision of the document (`user_data_rev`); absent: there is no document. */
  readonly revision?: string;
  /** When the document was read from the store (`user_data_at`), epoch milliseconds. */
  readonly readAt: number;
  /** Header bytes that the document would have needed, if it was left out (`user_data_bytes`). */
  readonly omittedBytes?: number;
}

/** A snapshot with what a token made of it carries beside it. */
export interface IssuedSnapshot extends Snapshot {
  /**
   * What the document has for the operator's own claims, in the order of their template; absent: there is no
   * document, `null`: the claims are left out.
   */
  readonly ownValues?: readonly OwnValue[] | null;
}

/** Whose token it is. */
export interface TokenHolder {
  /** User id (`sub`), 24 hex digits. */
  readonly userId: string;
  /** Session id (`sid`). */
  readonly sessionId: string;
}

/** What every token of ours says. */
export interface TokenClaims extends TokenHolder {
  /** Id of this token (`jti`), 128 random bits in base64url. */
  readonly tokenId: string;
  /** When the token was issued (`iat`), epoch seconds. */
  readonly issuedAt: number;
  /** When the token stops being valid (`exp`), epoch seconds. */
  readonly expiresAt: number;
}

/** What an access token says. */
export interface AccessClaims extends TokenClaims {
  readonly customData: Snapshot;
}

/** What a refresh token says. */
export type RefreshClaims = TokenClaims;

/** Which of the two a token is: the `typ` claim. */
export type TokenType = 'access' | 'refresh';

/** Who issues tokens (`iss`) and for whom (`aud`; it is the `client_id` of RFC 9068 section 2.2, too). */
export interface TokenParties {
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Builds the payload of an access token from an allow-list: the operator's own claims first, ours over them, and
 * registered claims (RFC 7519 4.1) last.
 */
export function createAccessPayload(
  claims: AccessClaims,
  parties: TokenParties,
  makeOwn?: (claims: JsonObject) => JsonObject,
): JsonObject {
  const { data, revision, readAt, omittedBytes } = claims.customData;
  const common = commonPayload('access', claims, parties);
  return {
    ...makeOwn?.(common),
    ...(data === undefined ? {} : { user_data: data }),
    ...(revision === undefined ? {} : { user_data_rev: revision }),
    user_data_at: readAt,
    ...(omittedBytes === undefined ? {} : { user_data_bytes: omittedBytes }),
    ...common,
  };
}

/** Builds the payload of a refresh token. */
export function createRefreshPayload(claims: RefreshClaims, parties: TokenParties): JsonObject {
  return commonPayload('refresh', claims, parties);
}

function commonPayload(typ: TokenType, claims: TokenClaims, parties: TokenParties): JsonObject {
  return {
    typ,
    sid: claims.sessionId,
    client_id: parties.audience,
    iss: parties.issuer,
    aud: parties.audience,
    sub: claims.userId,
    jti: claims.tokenId,
    iat: claims.issuedAt,
    exp: claims.expiresAt,
  };
}

/**
 * Reads the claims of an access token from a payload whose signature was verified.
 *
 * @returns `null` if any claim is absent, has the wrong shape, or names another token type. Whose token
 * it is says `partiesFrom`.
 */
export function accessClaimsFrom(payload: unknown): AccessClaims | null {
  if (!isJsonObject(payload)) return null;
  const common = commonClaimsFrom('access', payload);
  if (common === null) return null;
  const customData = snapshotFrom(payload);
  return customData === null ? null : { ...common, customData };
}

/** The same for a refresh token. */
export function refreshClaimsFrom(payload: unknown): RefreshClaims | null {
  return isJsonObject(payload) ? commonClaimsFrom('refresh', payload) : null;
}

/** Whom a token says that it is by and for; `null` if it does not say so, or names another client. */
export function partiesFrom(payload: unknown): TokenParties | null {
  if (!isJsonObject(payload)) return null;
  // Tokens of the version before have no "client_id".
  const { iss: issuer, aud: audience, client_id: client = audience } = payload;
  if (typeof issuer !== 'string' || typeof audience !== 'string') return null;
  return client === audience ? { issuer, audience } : null;
}

/**
 * When a token begins to be good (`nbf`, RFC 7519 section 4.1.5), epoch seconds. Ours have none.
 *
 * @returns `null` if the claim is no number.
 */
export function notBeforeFrom(payload: unknown): number | null {
  const { nbf: notBefore = 0 } = isJsonObject(payload) ? payload : { nbf: null };
  return typeof notBefore === 'number' ? notBefore : null;
}

function commonClaimsFrom(typ: TokenType, payload: JsonObject): TokenClaims | null {
  const { sub, sid, jti, iat, exp } = payload;
  if (payload.typ !== typ) return null;
  if (!isUserId(sub) || !isTokenOrSessionId(sid) || !isTokenOrSessionId(jti)) return null;
  if (!isCount(iat) || !isCount(exp)) return null;
  return { userId: sub, sessionId: sid, tokenId: jti, issuedAt: iat, expiresAt: exp };
}

function snapshotFrom(payload: JsonObject): Snapshot | null {
  const { user_data: data, user_data_rev: revision, user_data_at: readAt } = payload;
  const omittedBytes = payload.user_data_bytes;
  if (!isCount(readAt)) return null;
  if (data !== undefined && !isJsonObject(data)) return null;
  if (revision !== undefined && typeof revision !== 'string') return null;
  if (omittedBytes !== undefined && !isCount(omittedBytes)) return null;
  return {
    ...(data === undefined ? {} : { data }),
    ...(revision === undefined ? {} : { revision }),
    readAt,
    ...(omittedBytes === undefined ? {} : { omittedBytes }),
  };
}

/** Whether a parsed JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUserId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{24}$/.test(value);
}

function isTokenOrSessionId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}

/** Times and sizes: integers that a double holds exactly. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
