/** The size budget of the access token: checked before a write, honoured when a token is issued. */

import { largestFields } from '../custom-data/size.ts';
import { GatewayError } from '../errors.ts';
import type { AccessClaims, Snapshot, TokenHolder } from '../token/claims.ts';
import { type AccessInput, headerSize, type IssuedToken } from '../token/issue.ts';
import type { Tokens } from '../token/token-service.ts';

/** Keeps `Authorization` header values within the budget. */
export interface TokenBudget {
  /** Fails with `CUSTOM_DATA_TOO_LARGE` if a token with this snapshot would exceed the budget. */
  assertFits(holder: TokenHolder, snapshot: Snapshot): void;
  /** Issues a token with the snapshot, or with that without the document if it is too large. */
  issue(input: AccessInput): Promise<IssuedToken<AccessClaims>>;
}

/** Creates the budget of `budgetBytes`, measured on the whole encoded header value. */
export function createTokenBudget(tokens: Tokens, budgetBytes: number): TokenBudget {
  return {
    assertFits({ userId, sessionId }, snapshot) {
      const size = tokens.accessHeaderSize({ userId, sessionId, customData: snapshot });
      if (snapshot.data === undefined || size <= budgetBytes) return;
      throw new GatewayError('CUSTOM_DATA_TOO_LARGE', {
        size,
        budget: budgetBytes,
        largestFields: largestFields(snapshot.data),
      });
    },

    async issue(input) {
      const issued = await tokens.issueAccess(input);
      const { data, ...rest } = input.customData;
      const size = headerSize(issued.token.length);
      if (data === undefined || size <= budgetBytes) return issued;
      return tokens.issueAccess({ ...input, customData: { ...rest, omittedBytes: size } });
    },
  };
}
