/** The one object the rest of the gateway issues and verifies tokens with. */
import type { TokenHolder } from './claims.ts';
import {
  type AccessInput,
  type IssueParts,
  issueAccess,
  issueRefresh,
  measureAccessHeader,
} from './issue.ts';
import type { SigningKeys } from './keys.ts';
import type { Parties } from './parties.ts';
import { type VerifyPolicy, verifyAccess, verifyAccessAtOnce, verifyRefresh } from './verify.ts';

/** Issues, verifies and measures our tokens; touches the store only for a token of parties it does not know. */
export type Tokens = ReturnType<typeof createTokens>;

/** What `createTokens` needs. */
export interface TokenSettings extends IssueParts, VerifyPolicy {
  readonly keys: SigningKeys;
  readonly parties: Pick<Parties, 'current' | 'accept' | 'isKnown'>;
  /** Told of each access token how many bytes it has. */
  readonly onAccessToken?: (bytes: number) => void;
}

/** Ties keys, parties and clock together. */
export function createTokens(settings: TokenSettings) {
  return {
    /** Signs an access token. */
    async issueAccess(input: AccessInput) {
      const issued = issueAccess(settings, input);
      settings.onAccessToken?.(issued.token.length);
      return issued;
    },
    /** Signs a refresh token. */
    issueRefresh: async (holder: TokenHolder) => issueRefresh(settings, holder),
    /**
     * Fails with `UNAUTHENTICATED` and a reason unless the token is a valid access token of ours, and with
     * `SERVICE_UNAVAILABLE` if the store does not say whether it is.
     */
    verifyAccess: (token: string) => verifyAccess(settings, token),
    /** The same without waiting; `undefined`: the store would have to be asked. */
    verifyAccessAtOnce: (token: string) => verifyAccessAtOnce(settings, token),
    /** The same as `verifyAccess` for a refresh token. */
    verifyRefresh: (token: string) => verifyRefresh(settings, token),
    /** Bytes of `Bearer <token>` for the token that `issueAccess` would make of the same input now. */
    accessHeaderSize: (input: AccessInput) => measureAccessHeader(settings, input),
    /** The public keys (RFC 7517 section 5). */
    jwks: () => ({ keys: settings.keys.published }),
    /** How often a key has ceased to verify: what was known of its tokens before is not so any more. */
    withdrawals: () => settings.keys.withdrawals(),
  };
}
