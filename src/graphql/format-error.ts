/**
 * The one place where something thrown becomes an error a client sees. It cannot throw.
 *
 * A `GatewayError` is meant for the client. Anything else is masked under an id that is also logged.
 */
import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { ERROR_CATALOGUE, type GatewayError, isGatewayError, isWorthRetrying } from '../errors.ts';
import type { Log } from '../log.ts';
import { maskError } from '../mask-error.ts';

/** Turns anything thrown into the error the client sees. */
export type ErrorTranslator = (error: unknown) => GraphQLError;

/** Creates the translator. `realm` names the protection space in `WWW-Authenticate` (RFC 9110 11.5). */
export function createErrorTranslator(log: Log, realm: string): ErrorTranslator {
  return (error) => {
    // Apollo's and graphql-js's own errors are about the client's operation.
    if (error instanceof GraphQLError && error.originalError === undefined) return error;
    const cause = error instanceof GraphQLError ? error.originalError : error;
    if (cause instanceof GraphQLError) return cause;
    const meant = isGatewayError(cause) ? cause : maskError(log, cause);
    if (meant.code === 'SERVICE_UNAVAILABLE') log.warn({ err: meant }, 'service unavailable');
    return new GraphQLError(meant.message, { extensions: toExtensions(meant, realm) });
  };
}

function toExtensions(error: GatewayError, realm: string): GraphQLErrorExtensions {
  const headers = toHeaders(error, realm);
  return {
    ...error.details,
    code: error.code,
    // Apollo applies `http` to the response and removes it from the error.
    http: { ...(error.status === 200 ? {} : { status: error.status }), headers },
  };
}

/** Headers of the answer: who may come (RFC 6750 section 3), when to come again. */
export function toHeaders(error: GatewayError, realm: string): HeaderMap {
  const headers = new HeaderMap();
  if (isGatewayError(error, 'UNAUTHENTICATED')) {
    headers.set('www-authenticate', challenge(error.details.reason, error.message, realm));
  } else if (error.code === 'INVALID_CREDENTIALS') {
    headers.set('www-authenticate', `Bearer realm="${realm}"`);
  } else if (isWorthRetrying(error)) {
    headers.set('retry-after', String(error.details.retryAfterSeconds));
  }
  return headers;
}

/** RFC 6750 3: a request without a token gets no error code. */
function challenge(reason: string, description: string, realm: string): string {
  const base = `Bearer realm="${realm}"`;
  if (reason === 'TOKEN_MISSING') return base;
  return `${base}, error="invalid_token", error_description="${description}"`;
}

/** The body of an error answered outside GraphQL execution, in the shape GraphQL clients read. */
export function toErrorBody(error: GatewayError): string {
  const { code, details, message } = error;
  return JSON.stringify({ errors: [{ message, extensions: { ...details, code } }] });
}

/** Whether a code is one of ours. */
export function isOwnCode(code: unknown): boolean {
  return typeof code === 'string' && Object.hasOwn(ERROR_CATALOGUE, code);
}
