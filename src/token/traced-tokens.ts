/** Tokens whose verification is traced. */
import type { Tracing } from '../tracing.ts';
import type { Tokens } from './token-service.ts';

/** The same tokens; each verification has a span. */
export function traceTokens(tokens: Tokens, { inSpan, inSpanAtOnce }: Tracing): Tokens {
  return {
    ...tokens,
    verifyAccess: (token) => inSpan('verify access token', {}, () => tokens.verifyAccess(token)),
    verifyAccessAtOnce: (token) =>
      inSpanAtOnce('verify access token', {}, () => tokens.verifyAccessAtOnce(token)),
    verifyRefresh: (token) => inSpan('verify refresh token', {}, () => tokens.verifyRefresh(token)),
  };
}
