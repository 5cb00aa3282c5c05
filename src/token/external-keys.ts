/** Where the keys of an external issuer come from: given inline, or fetched and cached. */
import {
  base64url,
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { serviceUnavailable } from '../errors.ts';
import type { ExternalIssuerConfig, InlineJwk } from './issuers-config.ts';

/** How remote keys are fetched, and the clock that their tokens are checked by. */
export interface RemoteKeySettings {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Replaces the global `fetch`. */
  readonly fetch?: FetchImplementation;
  /** Least time between two fetches of one key set, in milliseconds; 10 s unless given. */
  readonly keyCooldownMs?: number;
}

const DEFAULT_COOLDOWN_MS = 10_000;
/** The HTTP answer to the client must be out within five seconds. */
const FETCH_TIMEOUT_MS = 3_500;
/** Long enough to spare an issuer in trouble, short enough to notice that it is back. */
const FAILURE_PAUSE_MS = 1_000;
const HTTP_OK = 200;
const CACHE_MAX_AGE_MS = 600_000;

/** Creates the function that finds the key for a token's header. */
export function createKeySource(
  issuer: ExternalIssuerConfig,
  settings: RemoteKeySettings,
): JWTVerifyGetKey {
  if (issuer.jwksUrl !== undefined) return createRemoteSource(issuer.jwksUrl, settings);
  if (issuer.algorithms.includes('HS256')) return createSecretSource(issuer.keys);
  return createLocalJWKSet({ keys: [...issuer.keys] } as JSONWebKeySet);
}

/** Verifies with the one key that fits, or with each if a token without `kid` leaves several open. */
export async function tryKeys<Result>(
  source: JWTVerifyGetKey,
  verifyWith: (key: JWTVerifyGetKey) => Promise<Result>,
): Promise<Result> {
  try {
    return await verifyWith(source);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const candidate of error) {
      try {
        return await verifyWith(async () => candidate);
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/**
 * Keys that are fetched from `url`, each time within `timeoutDuration` milliseconds.
 *
 * An unknown `kid` fetches the keys again, at most once per cool-down: a storm of invented `kid`s
 * must not become a storm of fetches, whether the issuer answers or not.
 */
export function createRemoteSource(
  url: string,
  settings: RemoteKeySettings,
  timeoutDuration: number = FETCH_TIMEOUT_MS,
): JWTVerifyGetKey {
  const cooldownDuration = settings.keyCooldownMs ?? DEFAULT_COOLDOWN_MS;
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration,
    cooldownDuration,
    cacheMaxAge: CACHE_MAX_AGE_MS,
    [customFetch]: pauseAfterFailure(settings.fetch ?? fetch),
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (isTokenFault(error)) throw error;
      throw serviceUnavailable(error);
    }
  };
}

/** jose's own cool-down counts successful fetches only, so failed ones need one of their own. */
export function pauseAfterFailure(fetchOnce: FetchImplementation): FetchImplementation {
  let failure: { readonly at: number; readonly cause: unknown } | undefined;
  return async (url, options) => {
    if (failure !== undefined && performance.now() - failure.at < FAILURE_PAUSE_MS) {
      throw new Error('The issuer did not answer a moment ago', { cause: failure.cause });
    }
    failure = undefined;
    try {
      const response = await fetchOnce(url, options);
      if (response.status !== HTTP_OK) throw new Error(`The issuer answered ${response.status}`);
      return response;
    } catch (cause) {
      failure = { at: performance.now(), cause };
      throw cause;
    }
  };
}

/** The keys are there and none, or more than one, fits; anything else is the issuer's outage. */
function isTokenFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/** Shared secrets; a token's `kid` selects one, and without `kid` there must be only one. */
function createSecretSource(keys: readonly InlineJwk[]): JWTVerifyGetKey {
  const secrets = keys.map((jwk) => ({ kid: jwk.kid, secret: base64url.decode(jwk.k ?? '') }));
  return ({ kid }) => {
    const fitting = kid === undefined ? secrets : secrets.filter((secret) => secret.kid === kid);
    const [first] = fitting;
    if (first === undefined || fitting.length > 1) throw new errors.JWKSNoMatchingKey();
    return first.secret;
  };
}
