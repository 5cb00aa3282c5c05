/** Checks tokens of the issuers that the operator trusts for the `custom-jwt` log-in. */
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { GatewayError, isGatewayError } from '../errors.ts';
import type { JsonObject, JsonValue } from './claims.ts';
import { createKeySource, type RemoteKeySettings, tryKeys } from './external-keys.ts';
import type { ExternalIssuerConfig } from './issuers-config.ts';

/** Who an external token is about. */
export interface ExternalIdentity {
  /** The `iss` claim. */
  readonly issuer: string;
  /** The user's id at the issuer; two issuers may use the same one for different people. */
  readonly externalId: string;
  /** Claims that the configuration maps to metadata. */
  readonly metadata: JsonObject;
}

/** The issuers the operator trusts. */
export interface ExternalIssuers {
  /**
   * Fails with `INVALID_CREDENTIALS` if the token is refused, and with `SERVICE_UNAVAILABLE` if the
   * issuer's keys cannot be fetched now.
   */
  verify(token: string): Promise<ExternalIdentity>;
}

/** What checking external tokens needs beside the configuration. */
export interface ExternalIssuersSettings extends RemoteKeySettings {
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates the check; keys of remote issuers are fetched when first needed. */
export function createExternalIssuers(
  config: readonly ExternalIssuerConfig[],
  settings: ExternalIssuersSettings,
): ExternalIssuers {
  const trusted = new Map(
    config.map((issuer) => [issuer.issuer, { issuer, keys: createKeySource(issuer, settings) }]),
  );
  return {
    async verify(token) {
      try {
        const found = trusted.get(unverifiedIssuerOf(token));
        if (found === undefined) throw new TokenRefusedError('The issuer is not configured');
        const payload = await verifyClaims(token, found.issuer, found.keys, settings.now());
        return {
          issuer: found.issuer.issuer,
          externalId: externalIdFrom(payload, found.issuer.userIdClaim),
          metadata: metadataFrom(payload, found.issuer.metadata),
        };
      } catch (error) {
        throw toRefusal(error);
      }
    },
  };
}

/** Longest token worth looking at, in characters. */
const MAXIMUM_TOKEN_LENGTH = 65_536;
/** Clocks of two companies differ; a few seconds must not refuse a token issued just now. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Identities are index keys, which the embedded store limits to about 1900 bytes. */
const MAXIMUM_ID_LENGTH = 255;

/** A token that is refused; `message` is for the log and quotes nothing of the token. */
class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';
}

/** Only picks the configuration to verify with; nothing of it is believed before that. */
function unverifiedIssuerOf(token: string): string {
  if (token.length > MAXIMUM_TOKEN_LENGTH) throw new TokenRefusedError('The token is too long');
  const { iss } = decodeJwt(token);
  if (typeof iss !== 'string') throw new TokenRefusedError('The "iss" claim is absent');
  return iss;
}

async function verifyClaims(
  token: string,
  issuer: ExternalIssuerConfig,
  keys: JWTVerifyGetKey,
  now: number,
): Promise<JWTPayload> {
  const verifyWith = async (key: JWTVerifyGetKey) =>
    jwtVerify(token, key, {
      issuer: issuer.issuer,
      audience: [...issuer.audience],
      algorithms: [...issuer.algorithms],
      requiredClaims: ['exp'],
      currentDate: new Date(now),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
  const { payload } = await tryKeys(keys, verifyWith);
  return payload;
}

function externalIdFrom(payload: JWTPayload, claim: string): string {
  const value = claimAt(payload, claim);
  const id = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof id !== 'string' || id === '' || id.length > MAXIMUM_ID_LENGTH) {
    throw new TokenRefusedError('The user id claim is absent or not a short string');
  }
  return id;
}

function metadataFrom(
  payload: JWTPayload,
  mapping: ExternalIssuerConfig['metadata'],
): Record<string, JsonValue> {
  const entries = Object.entries(mapping).map(([field, claim]) => [field, claimAt(payload, claim)]);
  return Object.fromEntries(entries.filter(([, value]) => isMetadataValue(value)));
}

/** A claim by its name, which may hold dots, else by a dotted path of member names. */
function claimAt(payload: JWTPayload, claim: string): unknown {
  if (Object.hasOwn(payload, claim)) return payload[claim];
  let value: unknown = payload;
  for (const name of claim.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Scalars and lists of them. An object could bring keys that the store treats as operators. */
function isMetadataValue(value: unknown): boolean {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Bad tokens become a refusal; an outage and a fault of ours stay what they are. */
function toRefusal(error: unknown): unknown {
  if (isGatewayError(error)) return error;
  if (error instanceof TokenRefusedError) {
    return new GatewayError('INVALID_CREDENTIALS', {}, { cause: error });
  }
  if (error instanceof errors.JOSEError) {
    // jose's error carries the claims; the log must not.
    const cause = new TokenRefusedError(`${error.code}: ${error.message}`);
    return new GatewayError('INVALID_CREDENTIALS', {}, { cause });
  }
  return error;
}
