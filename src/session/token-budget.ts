/**
 * What becomes of a document that would make the `Authorization` header with its token longer than the budget: a
 * user's write is refused; a token for what is stored already, as by a write from outside, leaves it out.
 */
import { largestFields } from '../custom-data/size.ts';
import { GatewayError } from '../errors.ts';
import type { Snapshot, TokenHolder } from '../token/claims.ts';
import { headerSize } from '../token/issue.ts';
import type { Tokens } from '../token/token-service.ts';

/** What holding tokens to the budget takes. */
export interface TokenBudget {
  readonly tokens: Pick<Tokens, 'accessHeaderSize'>;
  /** Of the whole encoded header value. */
  readonly budgetBytes: number;
}

/** Fails with `CUSTOM_DATA_TOO_LARGE` if a token with this snapshot would exceed the budget. */
export function assertFits(
  { budgetBytes, tokens }: TokenBudget,
  { userId, sessionId }: TokenHolder,
  snapshot: Snapshot,
): void {
  const size = tokens.accessHeaderSize({ userId, sessionId, customData: snapshot });
  if (snapshot.data === undefined || size <= budgetBytes) return;
  throw new GatewayError('CUSTOM_DATA_TOO_LARGE', {
    size,
    budget: budgetBytes,
    largestFields: largestFields(snapshot.data),
  });
}

/** The snapshot that leaves the document out, if this token, which carries it, exceeds the budget; otherwise `null`. */
export function leaveOut(
  { budgetBytes }: Pick<TokenBudget, 'budgetBytes'>,
  token: string,
  { data, ...rest }: Snapshot,
): Snapshot | null {
  const size = headerSize(token.length);
  return data === undefined || size <= budgetBytes ? null : { ...rest, omittedBytes: size };
}
