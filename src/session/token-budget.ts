/** The size budget of the access token: checked before a write, honoured when a token is issued. */

import { largestFields } from '../custom-data/size.ts';
import type { Snapshot } from '../custom-data/snapshot.ts';
import { GatewayError } from '../errors.ts';
import type { Tokens } from '../token/token-service.ts';

/** Whose token it is. */
export interface TokenHolder {
  readonly userId: string;
  readonly sessionId: string;
}

/** Keeps `Authorization` header values within the budget. */
export interface TokenBudget {
  /** Fails with `CUSTOM_DATA_TOO_LARGE` if a token with this snapshot would exceed the budget. */
  assertFits(holder: TokenHolder, snapshot: Snapshot): void;
  /** The snapshot as the token can carry it: without the document if that is too large. */
  fit(holder: TokenHolder, snapshot: Snapshot): Snapshot;
}

/** Creates the budget of `budgetBytes`, measured on the whole encoded header value. */
export function createTokenBudget(tokens: Tokens, budgetBytes: number): TokenBudget {
  const measure = ({ userId, sessionId }: TokenHolder, customData: Snapshot) =>
    tokens.accessHeaderSize({ userId, sessionId, customData });

  return {
    assertFits(holder, snapshot) {
      const size = measure(holder, snapshot);
      if (snapshot.data === undefined || size <= budgetBytes) return;
      throw new GatewayError('CUSTOM_DATA_TOO_LARGE', {
        size,
        budget: budgetBytes,
        largestFields: largestFields(snapshot.data),
      });
    },

    fit(holder, snapshot) {
      if (snapshot.data === undefined) return snapshot;
      const size = measure(holder, snapshot);
      if (size <= budgetBytes) return snapshot;
      const { data: _tooLarge, ...rest } = snapshot;
      return { ...rest, omittedBytes: size };
    },
  };
}
