/** What every resolver gets: the use cases and the caller. */
import type { ExecutionArgs } from 'graphql';
import { unauthenticated } from '../errors.ts';
import { lazily } from '../lazily.ts';
import type { SeenRequest } from '../session/seen-request.ts';
import type { UseCases } from '../session/use-cases.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';
import { verifyCaller } from './me.ts';

/** What the contexts of all requests share. */
export interface ContextParts {
  readonly tokens: Pick<Tokens, 'verifyAccess'>;
  /** Largest `Authorization` header value, in bytes. */
  readonly budgetBytes: number;
  /** The use cases of a request: its time with the store begins when they are first asked for. */
  readonly useCases: (request: SeenRequest) => UseCases;
}

/** An operation as graphql-js executes it, but for its variables. */
export interface Operation
  extends Required<Pick<ExecutionArgs, 'schema' | 'document' | 'operationName'>> {
  /** Whether it changes nothing. */
  readonly isQuery: boolean;
}

/** What the answer of a request is made of. */
export interface AnswerBasis {
  /** Whether it was asked who calls: otherwise the answer is good for anybody, with a valid token or not. */
  hasAskedCaller: boolean;
  /** Whether a use case was asked for: then the answer depends on more than claims. */
  hasAskedMore: boolean;
  /** What came of the fields of a mutation, by their response keys. */
  readonly outcomes: Map<string | number, Promise<unknown>>;
  /** What was answered without an error; `null` if nothing was yet. */
  answered: Answered | null;
}

/** An answer without an error. */
export interface Answered {
  /**
   * Epoch milliseconds until when it is good: the token's expiry, which there may be none of. `null`: it was made of
   * more than claims.
   */
  readonly until: number | null;
  readonly operation: Operation;
}

interface ContextGiven {
  readonly request: SeenRequest;
  /** Value of the `Authorization` header. */
  readonly authorization: string | undefined;
  /** One object for the request, whatever copies the context. */
  readonly basis: AnswerBasis;
}

interface ContextMade
  extends Pick<UseCases, 'sessions' | 'users' | 'functionCalls' | 'subscriptions'> {
  /**
   * The caller from verified claims; `null` without a bearer token. Verified at most once
   * a request and only when asked, so operations that need no token ignore a bad one.
   */
  readonly caller: Promise<AccessClaims | null>;
  /** The same, but fails with `UNAUTHENTICATED` if there is none. */
  readonly requireCaller: () => Promise<AccessClaims>;
}

/** The context of one request. A use case is made when it is asked for. */
export type GraphQLContext = ContextParts & ContextGiven & ContextMade;

// Inherited members, because Apollo Server copies the values of a context's own properties for each operation,
// and so would ask for every use case.
const openContext = lazily<ContextParts, ContextGiven, ContextMade>({
  sessions: (own) => askMore(own).sessions,
  users: (own) => askMore(own).users,
  functionCalls: (own) => askMore(own).functionCalls,
  subscriptions: (own) => askMore(own).subscriptions,
  caller: ({ authorization, basis, request, tokens }) => {
    basis.hasAskedCaller = true;
    return verifyCaller(tokens, authorization, request.facts);
  },
  requireCaller: (own) => async () => {
    const claims = await own.caller;
    if (claims === null) throw unauthenticated('TOKEN_MISSING');
    return claims;
  },
});

function askMore({ basis, request, useCases }: ContextParts & ContextGiven): UseCases {
  basis.hasAskedMore = true;
  return useCases(request);
}

/** Creates the context of a request. */
export function createContext(
  parts: ContextParts,
  request: SeenRequest,
  authorization: string | undefined = request.headers.authorization,
): GraphQLContext {
  const basis: AnswerBasis = {
    hasAskedCaller: false,
    hasAskedMore: false,
    outcomes: new Map(),
    answered: null,
  };
  return openContext(parts, { request, authorization, basis });
}

/**
 * Until when, in epoch milliseconds, an answer without an error is good that was made in this context; `null`: it was
 * made of more than claims, or for somebody whose token is not valid.
 */
export async function claimsUntil(context: GraphQLContext): Promise<number | null> {
  const { basis } = context;
  if (basis.hasAskedMore) return null;
  if (!basis.hasAskedCaller) return Number.POSITIVE_INFINITY;
  const claims = await context.caller.catch(() => undefined);
  return claims === undefined ? null : goodUntil(claims);
}

const MILLISECONDS_PER_SECOND = 1000;

/** Until when, in epoch milliseconds, an answer is good that is made of these claims; `null` stands for no token. */
export function goodUntil(claims: AccessClaims | null): number {
  return claims === null ? Number.POSITIVE_INFINITY : claims.expiresAt * MILLISECONDS_PER_SECOND;
}
