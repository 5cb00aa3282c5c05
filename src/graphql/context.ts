/** What every resolver gets: the use cases and the caller. */
import { unauthenticated } from '../errors.ts';
import type { FunctionRequest } from '../functions/functions.ts';
import type { UseCases } from '../session/use-cases.ts';
import { parseBearer } from '../token/bearer.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';

/** The context of one request. */
export interface GraphQLContext {
  readonly sessions: UseCases['sessions'];
  readonly users: UseCases['users'];
  readonly functionCalls: UseCases['functionCalls'];
  readonly history: UseCases['history'];
  /** The HTTP request, as functions may see it. */
  readonly request: FunctionRequest;
  /** Largest `Authorization` header value, in bytes. */
  readonly budgetBytes: number;
  /**
   * Until when the answer is good, in epoch milliseconds, if it was made of claims alone; `null` if it was not,
   * or is not known to be yet.
   */
  claimsUntil: number | null;
  /** Whether a use case was asked for: then the answer depends on more than claims. */
  readonly hasAskedMore: boolean;
  /**
   * The caller from verified claims; `null` without a bearer token. Verified at most once
   * a request and only when asked, so operations that need no token ignore a bad one.
   */
  caller(): Promise<AccessClaims | null>;
  /** The same, but fails with `UNAUTHENTICATED` if there is none. */
  requireCaller(): Promise<AccessClaims>;
}

/** What the contexts of all requests share. */
export interface ContextParts {
  readonly tokens: Pick<Tokens, 'verifyAccess'>;
  readonly budgetBytes: number;
}

/** What one request brings along. */
export interface ContextRequest {
  /** Value of the `Authorization` header. */
  readonly authorization: string | undefined;
  /** Called when a use case is asked for: the request's time with the store begins with the first. */
  readonly useCases: () => UseCases;
  readonly request: FunctionRequest;
}

/** Creates the context of a request. */
export function createContext(
  { budgetBytes, tokens }: ContextParts,
  { authorization, request, useCases }: ContextRequest,
): GraphQLContext {
  let caller: Promise<AccessClaims | null> | undefined;
  let hasAskedMore = false;
  const ask = () => {
    hasAskedMore = true;
    return useCases();
  };
  const context: GraphQLContext = {
    get sessions() {
      return ask().sessions;
    },
    get users() {
      return ask().users;
    },
    get functionCalls() {
      return ask().functionCalls;
    },
    get history() {
      return ask().history;
    },
    get hasAskedMore() {
      return hasAskedMore;
    },
    claimsUntil: null,
    request,
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
  tokens: ContextParts['tokens'],
  authorization: string | undefined,
): Promise<AccessClaims | null> {
  const token = parseBearer(authorization);
  return token === null ? null : tokens.verifyAccess(token);
}
