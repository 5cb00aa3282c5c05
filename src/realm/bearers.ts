/** Whose request it is. Access and refresh tokens travel in the same header, each to its own routes. */
import type { FastifyRequest } from 'fastify';
import { isGatewayError, unauthenticated } from '../errors.ts';
import { parseBearer } from '../token/bearer.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';
import { ProtocolError } from './protocol-error.ts';

/** What telling the caller takes. `now` is epoch milliseconds. */
export interface BearerParts {
  readonly tokens: Pick<Tokens, 'verifyAccess'>;
  readonly now: () => number;
}

/** The token of the request. Fails with `UNAUTHENTICATED` if there is none. */
export function requireBearer({ headers }: FastifyRequest): string {
  const token = parseBearer(headers.authorization);
  if (token === null) throw unauthenticated('TOKEN_MISSING');
  return token;
}

/** Younger than this, a token cannot have become invalid by itself. */
const YOUNG_MILLISECONDS = 5000;

/**
 * The caller of a request with an access token. Fails with `UNAUTHENTICATED`.
 *
 * A refused token makes realm-web refresh it and repeat the request, without end. If the new one is
 * refused as well, something else is wrong, such as another gateway at this address with other keys:
 * 403 stops the client.
 */
export async function requireCaller(
  { tokens, now }: BearerParts,
  request: FastifyRequest,
): Promise<AccessClaims> {
  const token = requireBearer(request);
  try {
    const claims = await tokens.verifyAccess(token);
    request.facts.userId = claims.userId;
    return claims;
  } catch (error) {
    if (!isGatewayError(error, 'UNAUTHENTICATED')) throw error;
    const { reason } = error.details;
    if (reason === 'TOKEN_EXPIRED' || !isYoung(token, now())) throw error;
    request.log.warn({ reason }, 'a new token is not valid here: a gateway with other keys?');
    const text = 'the token was issued a moment ago and is not valid here';
    throw new ProtocolError(403, text, 'AuthError');
  }
}

function isYoung(token: string, now: number): boolean {
  const issuedAt = readUnverifiedIssuedAt(token);
  return issuedAt !== null && now - issuedAt * 1000 < YOUNG_MILLISECONDS;
}

/** `iat` of a token that nobody has verified, epoch seconds. */
function readUnverifiedIssuedAt(token: string): number | null {
  try {
    const payload: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    const { iat } = payload as { readonly iat?: unknown };
    return typeof iat === 'number' ? iat : null;
  } catch {
    return null;
  }
}
