/** What every resolver gets: the use cases and the caller. */
import type { ExecutionArgs } from 'graphql';
import { unauthenticated } from '../errors.ts';
import type { FunctionRequest } from '../session/operator-functions.ts';
import type { UseCases } from '../session/use-cases.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';
import { verifyCaller } from './me.ts';

/** An operation as graphql-js executes it. */
export type Operation = Required<
  Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>
>;

/** What the answer of a request is made of. */
export interface AnswerBasis {
  /** Whether a use case was asked for: then the answer depends on more than claims. */
  hasAskedMore: boolean;
  /** What was answered, if it was made of claims alone; `null` if it was not, or is not known to be yet. */
  claimsAnswer: ClaimsAnswer | null;
}

/** An answer that is made of claims alone. */
export interface ClaimsAnswer {
  /** Epoch milliseconds until when it is good: the token's expiry, which there may be none of. */
  readonly until: number;
  readonly operation: Operation;
}

/** The context of one request. A use case is made when it is asked for. */
export interface GraphQLContext extends Pick<UseCases, 'sessions' | 'users' | 'functionCalls'> {
  /** The HTTP request, as functions may see it. */
  readonly request: FunctionRequest;
  /** Largest `Authorization` header value, in bytes. */
  readonly budgetBytes: number;
  /** What the answer is made of; one object for the request, whatever copies the context. */
  readonly basis: AnswerBasis;
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
  let verified: Promise<AccessClaims | null> | undefined;
  const caller = () => {
    verified ??= verifyCaller(tokens, authorization);
    return verified;
  };
  const basis: AnswerBasis = { hasAskedMore: false, claimsAnswer: null };
  const ask = () => {
    basis.hasAskedMore = true;
    return useCases();
  };
  const made: Pick<GraphQLContext, 'sessions' | 'users' | 'functionCalls'> = {
    get sessions() {
      return ask().sessions;
    },
    get users() {
      return ask().users;
    },
    get functionCalls() {
      return ask().functionCalls;
    },
  };
  // Inherited, because Apollo Server copies the values of a context's own properties for each operation, and
  // so would ask for every use case.
  const context: typeof made = Object.create(made);
  return Object.assign(context, {
    basis,
    request,
    budgetBytes,
    caller,
    async requireCaller() {
      const claims = await caller();
      if (claims === null) throw unauthenticated('TOKEN_MISSING');
      return claims;
    },
  });
}

const MILLISECONDS_PER_SECOND = 1000;

/**
 * Until when, in epoch milliseconds, an answer without an error is good that was made in this context; `null`: it was
 * made of more than claims, or for somebody whose token is not valid.
 */
export async function claimsUntil({ basis, caller }: GraphQLContext): Promise<number | null> {
  if (basis.hasAskedMore) return null;
  const claims = await caller().catch(() => undefined);
  if (claims === undefined) return null;
  return claims === null ? Number.POSITIVE_INFINITY : claims.expiresAt * MILLISECONDS_PER_SECOND;
}
