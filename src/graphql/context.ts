/** What every resolver gets: the use cases and the caller. */
import { unauthenticated } from '../errors.ts';
import type { FunctionRequest } from '../functions/functions.ts';
import type { FunctionCalls } from '../session/function-calls.ts';
import type { DocumentHistory } from '../session/history.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Users } from '../session/users.ts';
import { parseBearer } from '../token/bearer.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';

/** The context of one request. */
export interface GraphQLContext {
  readonly sessions: Sessions;
  readonly users: Users;
  readonly functionCalls: FunctionCalls;
  /** The HTTP request, as functions may see it. */
  readonly request: FunctionRequest;
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
  readonly users: Users;
  readonly functionCalls: FunctionCalls;
  readonly history: DocumentHistory;
  readonly tokens: Tokens;
  readonly budgetBytes: number;
}

/** Creates the context of a request with this `Authorization` header value. */
export function createContext(
  { budgetBytes, functionCalls, history, sessions, tokens, users }: ContextParts,
  authorization: string | undefined,
  request: FunctionRequest,
): GraphQLContext {
  let caller: Promise<AccessClaims | null> | undefined;
  const context: GraphQLContext = {
    sessions,
    users,
    functionCalls,
    request,
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
