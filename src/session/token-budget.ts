/**
 * What becomes of a document that would make the `Authorization` header with its token longer than the budget: a
 * user's write is refused; a token for what is stored already, as by a write from outside, leaves it out, and if
 * that is not enough the operator's own claims as well.
 */
import { largestFields } from '../custom-data/size.ts';
import { GatewayError } from '../errors.ts';
import type { IssuedSnapshot, TokenHolder } from '../token/claims.ts';
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
  snapshot: IssuedSnapshot,
): void {
  const size = tokens.accessHeaderSize({ userId, sessionId, customData: snapshot });
  if (snapshot.data === undefined || size <= budgetBytes) return;
  throw new GatewayError('CUSTOM_DATA_TOO_LARGE', {
    size,
    budget: budgetBytes,
    largestFields: largestFields(snapshot.data),
  });
}

/**
 * The snapshot to issue instead if this token, which carries the one given, exceeds the budget; otherwise `null`.
 * Own claims go as a whole: some of them, or their defaults, could say more than the document does.
 */
export function leaveOut(
  { budgetBytes }: Pick<TokenBudget, 'budgetBytes'>,
  token: string,
  { data, ownValues, ...rest }: IssuedSnapshot,
): IssuedSnapshot | null {
  const size = headerSize(token.length);
  if (size <= budgetBytes) return null;
  const own = ownValues === undefined ? {} : { ownValues };
  if (data !== undefined) return { ...rest, ...own, omittedBytes: size };
  return ownValues === undefined || ownValues === null ? null : { ...rest, ownValues: null };
}
