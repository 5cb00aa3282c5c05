/** The one object the rest of the gateway issues and verifies tokens with. */
import type { AccessClaims, RefreshClaims, TokenHolder } from './claims.ts';
import {
  type AccessInput,
  type IssuedToken,
  issueAccess,
  issueRefresh,
  measureAccessHeader,
} from './issue.ts';
import type { PublicJwk } from './jwk.ts';
import type { SigningKeys } from './keys.ts';
import type { Parties } from './parties.ts';
import { verifyAccess, verifyRefresh } from './verify.ts';

/** Issues, verifies and measures our tokens; touches the store only for a token of parties it does not know. */
export interface Tokens {
  /** Signs an access token. */
  issueAccess(input: AccessInput): Promise<IssuedToken<AccessClaims>>;
  /** Signs a refresh token. */
  issueRefresh(holder: TokenHolder): Promise<IssuedToken<RefreshClaims>>;
  /**
   * Fails with `UNAUTHENTICATED` and a reason unless the token is a valid access token of ours, and with
   * `SERVICE_UNAVAILABLE` if the store does not say whether it is.
   */
  verifyAccess(token: string): Promise<AccessClaims>;
  /** The same for a refresh token. */
  verifyRefresh(token: string): Promise<RefreshClaims>;
  /** Bytes of `Bearer <token>` for the token that `issueAccess` would make of the same input now. */
  accessHeaderSize(input: AccessInput): number;
  /** The public keys (RFC 7517 section 5). */
  jwks(): { keys: readonly PublicJwk[] };
}

/** What `createTokens` needs. */
export interface TokenSettings {
  readonly keys: SigningKeys;
  readonly parties: Parties;
  readonly accessTtlSeconds: number;
  readonly refreshTtlSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Ties keys, parties and clock together. */
export function createTokens(settings: TokenSettings): Tokens {
  const { keys, parties, now } = settings;
  const policy = { keys: keys.verification, parties, now };
  const parts = {
    key: keys.active,
    parties: parties.current,
    accessTtlSeconds: settings.accessTtlSeconds,
    refreshTtlSeconds: settings.refreshTtlSeconds,
    now,
  };
  return {
    issueAccess: async (input) => issueAccess(parts, input),
    issueRefresh: async (holder) => issueRefresh(parts, holder),
    verifyAccess: (token) => verifyAccess(policy, token),
    verifyRefresh: (token) => verifyRefresh(policy, token),
    accessHeaderSize: (input) => measureAccessHeader(parts, input),
    jwks: () => ({ keys: keys.published }),
  };
}
