/** Tokens of other issuers: how they are verified, read and refused, whoever the issuer is. */
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { GatewayError, isGatewayError } from '../errors.ts';
import { type JsonObject, type JsonValue, valueAt } from '../values/json.ts';
import { decodeCompact } from './compact-jws.ts';
import { tryKeys } from './external-keys.ts';

/** Who an external token is about. */
export interface ExternalIdentity {
  /** The `iss` claim. */
  readonly issuer: string;
  /** The user's id at the issuer; two issuers may use the same one for different people. */
  readonly externalId: string;
  /** Claims that the configuration maps to metadata. */
  readonly metadata: JsonObject;
}

/** Clocks of two companies differ; a few seconds must not refuse a token issued just now. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Identities are index keys, which the embedded store limits to about 1900 bytes. */
const MAXIMUM_ID_LENGTH = 255;

/** A token that is refused; `message` is for the log and quotes nothing of the token. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';
}

/** Checks tokens of other issuers. */
export interface ExternalTokens {
  /**
   * Fails with `INVALID_CREDENTIALS` if the token is refused, and with `SERVICE_UNAVAILABLE` if the
   * issuer's keys cannot be fetched now.
   */
  verify(token: string): Promise<ExternalIdentity>;
}

/** An issuer that is trusted: what a token of it must say, and what is read of it. */
export interface TrustedIssuer {
  readonly keys: JWTVerifyGetKey;
  /** The `iss` claim: one of these, of which the first names the issuer; absent: any or none, the keys decide. */
  readonly issuer?: string | readonly string[] | undefined;
  /** The `aud` claim: one of these. */
  readonly audience: readonly string[];
  /** Signature algorithms (JWA names). */
  readonly algorithms: readonly string[];
  readonly userIdClaim: string;
  /** Field of the user's data → claim. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What else must be so. Fails with `TokenRefusedError`. */
  readonly assertClaims?: (payload: JWTPayload) => void;
}

/** Creates the check; `issuerOf` picks the issuer to verify with. `now` is epoch milliseconds. */
export function createExternalTokens(
  issuerOf: (token: string) => TrustedIssuer,
  now: () => number,
): ExternalTokens {
  return {
    async verify(token) {
      try {
        // The library takes white space, padding and bits that nothing is made of.
        if (decodeCompact(token) === null) {
          throw new TokenRefusedError(
            'The token is too long, or no compact JWS in its one spelling',
          );
        }
        const trusted = issuerOf(token);
        const payload = await verifyClaims(token, trusted, now());
        trusted.assertClaims?.(payload);
        return {
          issuer: [trusted.issuer].flat()[0] ?? '',
          externalId: externalIdFrom(payload, trusted.userIdClaim),
          metadata: metadataFrom(payload, trusted.metadata),
        };
      } catch (error) {
        throw toRefusal(error);
      }
    },
  };
}

/** The claims of a token whose signature, parties and times are right. Fails with an error of jose. */
async function verifyClaims(
  token: string,
  { algorithms, audience, issuer, keys }: TrustedIssuer,
  now: number,
): Promise<JWTPayload> {
  const verifyWith = async (key: JWTVerifyGetKey) =>
    jwtVerify(token, key, {
      ...(issuer === undefined ? {} : { issuer: [issuer].flat() }),
      audience: [...audience],
      algorithms: [...algorithms],
      requiredClaims: ['exp'],
      currentDate: new Date(now),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
  const { payload } = await tryKeys(keys, verifyWith);
  return payload;
}

/** The user's id at the issuer. Fails with `TokenRefusedError`. */
function externalIdFrom(payload: JWTPayload, claim: string): string {
  const value = claimAt(payload, claim);
  const id = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof id !== 'string' || id === '' || id.length > MAXIMUM_ID_LENGTH) {
    throw new TokenRefusedError('The user id claim is absent or not a short string');
  }
  return id;
}

/** The claims that `mapping` names by the field they become, as far as they are scalars or lists of them. */
function metadataFrom(
  payload: JWTPayload,
  mapping: Readonly<Record<string, string>>,
): Record<string, JsonValue> {
  const entries = Object.entries(mapping).map(([field, claim]) => [field, claimAt(payload, claim)]);
  return Object.fromEntries(entries.filter(([, value]) => isMetadataValue(value)));
}

/** A claim by its name, which may hold dots, else by a dotted path of member names. */
function claimAt(payload: JWTPayload, claim: string): unknown {
  return Object.hasOwn(payload, claim) ? payload[claim] : valueAt(payload, claim.split('.'));
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
