/**
 * Checks ID tokens of OpenID Connect providers (OpenID Connect Core 1.0, section 3.1.3.7).
 *
 * Where the keys are is what the provider's discovery document says (OpenID Connect Discovery 1.0).
 */
import type { FetchImplementation, JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { serviceUnavailable } from '../errors.ts';
import { createRemoteSource, pauseAfterFailure, type RemoteKeySettings } from './external-keys.ts';
import {
  createExternalTokens,
  type ExternalTokens,
  TokenRefusedError,
  type TrustedIssuer,
} from './external-token.ts';
import { isHttpsOrLoopback } from './issuers-config.ts';

/** An OpenID Connect provider. */
export interface OpenIdProvider {
  /** Issuer URL. */
  readonly issuer: string;
  /** Whether tokens may name the issuer without `https://`, as some of Google's do. */
  readonly allowBareIssuer?: boolean;
  /** The client ids that tokens may be for. */
  readonly clientIds: readonly string[];
}

/** What the tokens may be signed with: public-key algorithms only. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
/** Field of the user's data → claim (OpenID Connect Core 1.0, section 5.1). The fields are App Services'. */
const METADATA = {
  email: 'email',
  email_verified: 'email_verified',
  name: 'name',
  first_name: 'given_name',
  last_name: 'family_name',
  picture: 'picture',
  locale: 'locale',
} as const;

/** Both together within the five seconds in which a client should hear. */
const DISCOVERY_TIMEOUT_MS = 2000;
const KEYS_TIMEOUT_MS = 2500;
const DISCOVERY_MAX_AGE_MS = 3_600_000;

/**
 * Creates the check; nothing is fetched before the first token.
 *
 * @throws Error if the keys could be replaced on the way: the issuer is not an https URL.
 */
export function createIdTokens(
  provider: OpenIdProvider,
  settings: RemoteKeySettings,
): ExternalTokens {
  const { issuer, clientIds } = provider;
  if (!isHttpsOrLoopback(issuer)) {
    throw new Error(`The OpenID Connect issuer ${issuer} must be an https URL`);
  }
  const trusted: TrustedIssuer = {
    keys: createDiscoveredSource(issuer, settings),
    issuer: provider.allowBareIssuer ? [issuer, issuer.replace(/^https?:\/\//, '')] : issuer,
    audience: clientIds,
    algorithms: ALGORITHMS,
    userIdClaim: 'sub',
    metadata: METADATA,
    assertClaims: (payload) => assertAuthorizedParty(payload, clientIds),
  };
  return createExternalTokens(() => trusted, settings.now);
}

/** A token for several parties must say which one it was made for, and all must be the operator's. */
function assertAuthorizedParty({ aud, azp }: JWTPayload, clientIds: readonly string[]): void {
  if (!Array.isArray(aud) || aud.length === 1) return;
  const isOurs = (party: unknown) => typeof party === 'string' && clientIds.includes(party);
  if (!aud.every(isOurs) || !isOurs(azp)) {
    throw new TokenRefusedError('The token is for other parties too');
  }
}

/** The discovery document, as far as it matters here. */
const discoveryDocument = z.looseObject({ issuer: z.string(), jwks_uri: z.string() });

interface Discovered {
  readonly keysUrl: string;
  readonly keys: JWTVerifyGetKey;
  readonly at: number;
}

/** The keys that the discovery document leads to; it is read again from time to time. */
function createDiscoveredSource(issuer: string, settings: RemoteKeySettings): JWTVerifyGetKey {
  const fetchOnce = pauseAfterFailure(settings.fetch ?? fetch);
  let known: Discovered | undefined;
  let running: Promise<Discovered> | undefined;

  const discover = async (): Promise<Discovered> => {
    try {
      const keysUrl = await fetchKeysUrl(issuer, fetchOnce);
      const keys =
        known?.keysUrl === keysUrl
          ? known.keys
          : createRemoteSource(keysUrl, settings, KEYS_TIMEOUT_MS);
      known = { keysUrl, keys, at: performance.now() };
      return known;
    } catch (error) {
      // What was true an hour ago is better than no log-in at all.
      if (known !== undefined) return known;
      throw serviceUnavailable(error);
    } finally {
      running = undefined;
    }
  };

  const current = (): Promise<Discovered> => {
    if (known !== undefined && performance.now() - known.at < DISCOVERY_MAX_AGE_MS) {
      return Promise.resolve(known);
    }
    running ??= discover();
    return running;
  };

  return async (header, token) => (await current()).keys(header, token);
}

/** Where the discovery document says that the keys are. */
export async function fetchKeysUrl(
  issuer: string,
  fetchOnce: FetchImplementation,
): Promise<string> {
  const response = await fetchOnce(`${issuer}/.well-known/openid-configuration`, {
    headers: new Headers({ accept: 'application/json' }),
    method: 'GET',
    redirect: 'manual',
    signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
  });
  const document = discoveryDocument.parse(await response.json());
  // Section 4.3: a document that names another issuer must not be used.
  if (document.issuer !== issuer) throw new Error('The discovery document names another issuer');
  if (!isHttpsOrLoopback(document.jwks_uri)) {
    throw new Error('The discovery document leads to keys that are not at an https URL');
  }
  return document.jwks_uri;
}
