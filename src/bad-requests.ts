/** What HTTP itself refuses, on every protocol: paths, methods, types of bodies. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError, isGatewayError } from './errors.ts';
import type { Log } from './log.ts';
import { maskError } from './mask-error.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Methods of every route, by its path. */
    methodsByPath: Map<string, Set<string>>;
  }
}

/** Notes the routes that are added from here on: Fastify does not tell which methods a path knows. */
export function useAllowedMethods(server: FastifyInstance): void {
  const methodsByPath = new Map<string, Set<string>>();
  server.decorate('methodsByPath', methodsByPath);
  server.addHook('onRoute', ({ method, url }) => {
    const methods = methodsByPath.get(url) ?? new Set();
    methodsByPath.set(url, methods);
    // What @fastify/cors adds is for every path.
    if (url !== '*') for (const name of [method].flat()) methods.add(name);
  });
}

/**
 * There is nothing at the path (404), or nothing for the method (405 with `Allow`, RFC 9110 section
 * 15.5.6).
 */
export function nothingHere(
  request: FastifyRequest,
  reply: FastifyReply,
): GatewayError<'BAD_REQUEST'> {
  const allowed = allowedMethods(request);
  // A route that knows the method may find nothing by itself, such as an app of another id.
  if (allowed.length === 0 || allowed.includes(request.method)) {
    const message = 'There is nothing at this path';
    return new GatewayError('BAD_REQUEST', {}, { message, status: 404 });
  }
  void reply.header('allow', allowed.join(', '));
  const message = `The method must be one of ${allowed.join(', ')}`;
  return new GatewayError('BAD_REQUEST', {}, { message, status: 405 });
}

/** Methods that the path of the request knows, in alphabetical order; none if there is no such path. */
function allowedMethods({ server, url }: FastifyRequest): string[] {
  const path = url.split('?', 1)[0] ?? '';
  const segments = path.split('/').filter((segment) => segment !== '');
  const allowed = [...server.methodsByPath]
    .filter(([pattern]) => matches(pattern, segments))
    .flatMap(([, methods]) => [...methods]);
  return [...new Set(allowed)].sort();
}

function matches(pattern: string, segments: readonly string[]): boolean {
  const expected = pattern.split('/').filter((segment) => segment !== '');
  return (
    expected.length === segments.length &&
    expected.every((part, index) => part.startsWith(':') || part === segments[index])
  );
}

const UNSUPPORTED_MEDIA_TYPE = 415;

/** What a handler or Fastify throws, as an error for the client. `bodyLimit` is in bytes; what is masked is logged. */
export function toGatewayError(
  error: FastifyError,
  reply: FastifyReply,
  { bodyLimit, log }: { readonly bodyLimit: number; readonly log: Pick<Log, 'error'> },
): GatewayError {
  if (isGatewayError(error)) return error;
  const { statusCode: status = 500 } = error;
  if (status === 413) return new GatewayError('PAYLOAD_TOO_LARGE', { limit: bodyLimit });
  return status >= 400 && status < 500 ? toBadRequest(error, status, reply) : maskError(log, error);
}

/** A refusal of Fastify's; of a type of body with the one that is wanted (RFC 9110 section 15.5.16). */
function toBadRequest(
  cause: Error,
  status: number,
  reply: FastifyReply,
): GatewayError<'BAD_REQUEST'> {
  if (status !== UNSUPPORTED_MEDIA_TYPE)
    return new GatewayError('BAD_REQUEST', {}, { cause, status });
  void reply.header('accept', 'application/json');
  const message = 'The request body must be application/json';
  return new GatewayError('BAD_REQUEST', {}, { message, cause, status });
}
