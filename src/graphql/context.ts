/** What every resolver gets: the use cases and the caller. */
import type { FastifyRequest } from 'fastify';
import { unauthenticated } from '../errors.ts';
import { lazily } from '../lazily.ts';
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
  readonly useCases: (request: FastifyRequest) => UseCases;
}

interface ContextGiven extends ContextParts {
  readonly request: FastifyRequest;
  /** Value of the `Authorization` header. */
  readonly authorization: string | undefined;
}

interface ContextMade extends Pick<UseCases, 'sessions' | 'users' | 'functionCalls'> {
  /**
   * The caller from verified claims; `null` without a bearer token. Verified at most once
   * a request and only when asked, so operations that need no token ignore a bad one.
   */
  readonly caller: Promise<AccessClaims | null>;
  /** The same, but fails with `UNAUTHENTICATED` if there is none. */
  readonly requireCaller: () => Promise<AccessClaims>;
}

/** The context of one request. A use case is made when it is asked for. */
export type GraphQLContext = ContextGiven & ContextMade;

// Inherited members, because Apollo Server copies the values of a context's own properties for each operation,
// and so would ask for every use case.
const openContext = lazily<ContextGiven, ContextMade>({
  sessions: ({ request, useCases }) => useCases(request).sessions,
  users: ({ request, useCases }) => useCases(request).users,
  functionCalls: ({ request, useCases }) => useCases(request).functionCalls,
  caller: ({ authorization, tokens }) => verifyCaller(tokens, authorization),
  requireCaller: (own) => async () => {
    const claims = await own.caller;
    if (claims === null) throw unauthenticated('TOKEN_MISSING');
    return claims;
  },
});

/** Creates the context of a request. */
export function createContext(
  { budgetBytes, tokens, useCases }: ContextParts,
  request: FastifyRequest,
  authorization: string | undefined = request.headers.authorization,
): GraphQLContext {
  return openContext({ budgetBytes, tokens, useCases, request, authorization });
}
