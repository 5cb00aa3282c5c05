/** What every resolver gets: the use cases and the caller. */
import { unauthenticated } from '../errors.ts';
import type { DocumentHistory } from '../session/history.ts';
import type { Sessions } from '../session/sessions.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';

/** The context of one request. */
export interface GraphQLContext {
  readonly sessions: Sessions;
  readonly history: DocumentHistory;
  /** Largest `Authorization` header value, in bytes. */
  readonly budgetBytes: number;
  /**
   * The caller from verified claims; `null` without an `Authorization` header. Verified at most once
   * a request and only when asked, so operations that need no token ignore a bad one.
   */
  caller(): Promise<AccessClaims | null>;
  /** The same, but fails with `UNAUTHENTICATED` if there is none. */
  requireCaller(): Promise<AccessClaims>;
}

/** What the contexts of all requests share. */
export interface ContextParts {
  readonly sessions: Sessions;
  readonly history: DocumentHistory;
  readonly tokens: Tokens;
  readonly budgetBytes: number;
}

/** Creates the context of a request with this `Authorization` header value. */
export function createContext(
  { sessions, history, tokens, budgetBytes }: ContextParts,
  authorization: string | undefined,
): GraphQLContext {
  let caller: Promise<AccessClaims | null> | undefined;
  const context: GraphQLContext = {
    sessions,
    history,
    budgetBytes,
    caller() {
      caller ??= verifyCaller(tokens, authorization);
      return caller;
    },
    async requireCaller() {
      const claims = await context.caller();
      if (claims === null) throw unauthenticated('TOKEN_MISSING');
      return claims;
    },
  };
  return context;
}

async function verifyCaller(
  tokens: Tokens,
  authorization: string | undefined,
): Promise<AccessClaims | null> {
  if (authorization === undefined) return null;
  return tokens.verifyAccess(parseBearer(authorization));
}

/** The token in `Bearer <token>` (RFC 6750 2.1; the scheme's case does not matter, RFC 9110 11.1). */
export function parseBearer(authorization: string): string {
  const match = /^bearer +(\S+)$/i.exec(authorization);
  if (match?.[1] === undefined) throw unauthenticated('TOKEN_MALFORMED');
  return match[1];
}
