/** The one object the rest of the gateway issues and verifies tokens with. */
import type { AccessClaims, RefreshClaims } from './claims.ts';
import { measureAccessHeader } from './header-size.ts';
import {
  type AccessInput,
  type IssuedToken,
  issueAccess,
  issueRefresh,
  type RefreshInput,
} from './issue.ts';
import type { PublicJwk } from './jwk.ts';
import type { SigningKeys } from './keys.ts';
import { verifyAccess, verifyRefresh } from './verify.ts';

/** Issues, verifies and measures our tokens; never touches the store. */
export interface Tokens {
  /** Signs an access token. */
  issueAccess(input: AccessInput): Promise<IssuedToken<AccessClaims>>;
  /** Signs a refresh token. */
  issueRefresh(input: RefreshInput): Promise<IssuedToken<RefreshClaims>>;
  /** Fails with `UNAUTHENTICATED` and a reason unless the token is a valid access token of ours. */
  verifyAccess(token: string): Promise<AccessClaims>;
  /** Fails with `UNAUTHENTICATED` and a reason unless the token is a valid refresh token of ours. */
  verifyRefresh(token: string): Promise<RefreshClaims>;
  /** Bytes of `Bearer <token>` for the token that `issueAccess` would make of the same input now. */
  accessHeaderSize(input: AccessInput): number;
  /** The public keys (RFC 7517 section 5). */
  jwks(): { keys: readonly PublicJwk[] };
}

/** What `createTokens` needs. */
export interface TokenSettings {
  readonly keys: SigningKeys;
  /** The `iss` claim. Asked each time: the URL may be known only once the server listens. */
  readonly issuer: () => string;
  /** The `aud` claim. */
  readonly audience: string;
  readonly accessTtlSeconds: number;
  readonly refreshTtlSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Ties keys, parties and clock together. */
export function createTokens(settings: TokenSettings): Tokens {
  const { keys, audience, now } = settings;
  const parties = () => ({ issuer: settings.issuer(), audience });
  const policy = { keys: keys.verification, parties, now };
  const parts = {
    key: keys.active,
    parties,
    accessTtlSeconds: settings.accessTtlSeconds,
    refreshTtlSeconds: settings.refreshTtlSeconds,
    now,
  };
  return {
    issueAccess: (input) => issueAccess(parts, input),
    issueRefresh: (input) => issueRefresh(parts, input),
    verifyAccess: (token) => verifyAccess(policy, token),
    verifyRefresh: (token) => verifyRefresh(policy, token),
    accessHeaderSize: (input) => measureAccessHeader(parts, input),
    jwks: () => ({ keys: keys.published }),
  };
}
