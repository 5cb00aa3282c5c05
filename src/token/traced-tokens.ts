/** Tokens whose verification is traced. */
import type { Tracing } from '../tracing.ts';
import type { Tokens } from './token-service.ts';

/** The same tokens; each verification has a span. */
export function traceTokens(tokens: Tokens, { inSpan }: Tracing): Tokens {
  return {
    ...tokens,
    verifyAccess: (token) => inSpan('verify access token', {}, () => tokens.verifyAccess(token)),
    verifyRefresh: (token) => inSpan('verify refresh token', {}, () => tokens.verifyRefresh(token)),
  };
}
