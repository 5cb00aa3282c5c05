/** For whom an endpoint runs its function. */
import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../errors.ts';
import { readHeaderCredentials } from '../session/header-credentials.ts';
import type { FunctionFacts } from '../session/operator-functions.ts';
import type { UseCases } from '../session/use-cases.ts';
import { parseBearer } from '../token/bearer.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';

/** What telling takes. */
export interface CallerParts {
  readonly tokens: Pick<Tokens, 'verifyAccess'>;
  /** The use cases of a request. */
  readonly useCases: (request: FastifyRequest) => UseCases;
  /** The same with a deadline that begins now, for what is left to do when the function is done. */
  readonly openUseCases: (request: FastifyRequest) => UseCases;
}

/** Whether who sends a request has to say who it is: the function runs neither as the system nor as a user of the app's. */
export function needsCaller({ runAsSystem, runAsUserId }: FunctionFacts): boolean {
  return !runAsSystem && runAsUserId === undefined;
}

/**
 * Runs something for the user whose access token or credentials a request carries. Credentials make a session that ends
 * when it is done.
 *
 * Fails with `UNAUTHENTICATED`, as a log-in does, or with `BAD_USER_INPUT` if it carries neither.
 */
export async function runForCaller<Result>(
  parts: CallerParts,
  request: FastifyRequest,
  createsUsers: boolean,
  run: (caller: AccessClaims) => Promise<Result>,
): Promise<Result> {
  const token = readToken(request);
  if (token !== null) {
    const caller = await parts.tokens.verifyAccess(token);
    request.facts.userId = caller.userId;
    return run(caller);
  }
  const credentials = readHeaderCredentials(request.headers);
  if (credentials === null) {
    // The text is that of the original, which clients know.
    const message = 'no authentication methods were specified';
    throw new GatewayError('BAD_USER_INPUT', {}, { message, status: 400 });
  }
  const { sessions } = parts.useCases(request);
  const { claims } = createsUsers
    ? await sessions.logIn(credentials)
    : await sessions.logInKnown(credentials);
  request.facts.userId = claims.userId;
  try {
    return await run(claims);
  } finally {
    await endSession(parts, request, claims);
  }
}

/** Credentials of another scheme are not for us: those in other headers count then. */
function readToken({ headers: { authorization } }: FastifyRequest): string | null {
  return /^\s{0,100}bearer\b/i.test(authorization ?? '') ? parseBearer(authorization) : null;
}

/** The function is done, and nobody is left to tell: the session ends by itself if not now. */
async function endSession(
  { openUseCases }: CallerParts,
  request: FastifyRequest,
  claims: AccessClaims,
): Promise<void> {
  try {
    await openUseCases(request).sessions.logOut(claims);
  } catch (error) {
    request.log.warn({ err: error }, 'session not ended');
  }
}
