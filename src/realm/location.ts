/** Where clients find this server: the address that every later request of theirs goes to. */
import type { FastifyRequest } from 'fastify';
import { trimEndOf } from '../trim-end.ts';
import type { JsonObject } from '../values/json.ts';
import { badRequest } from './protocol-error.ts';

/** Characters of a host that are worth repeating: a name has 253 at most. */
const MAX_HOST = 512;

/**
 * The address without a trailing slash: the configured one, or the one that the client used. Behind a
 * trusted proxy that is what the `X-Forwarded-*` headers say.
 */
export function baseUrlOf(request: FastifyRequest, publicUrl: string | undefined): string {
  // Also asked where a header is too long, to say so.
  const host = request.host.slice(0, MAX_HOST);
  return trimEndOf(publicUrl ?? `${request.protocol.slice(0, MAX_HOST)}://${host}`, '/');
}

/** The answer to a client's first request. Fails if the `Host` header is none. */
export function describeLocation(
  request: FastifyRequest,
  publicUrl: string | undefined,
): JsonObject {
  const hostname = baseUrlOf(request, publicUrl);
  if (!URL.canParse(hostname)) throw badRequest('the Host header is malformed');
  return {
    deployment_model: 'LOCAL',
    location: 'US-VA',
    hostname,
    ws_hostname: hostname.replace(/^http/, 'ws'),
  };
}
