/**
 * The JSON body parser.
 *
 * Fastify's own answers an empty body, a `__proto__` key and broken JSON by itself and in its own
 * format. Clients of a GraphQL endpoint must get a GraphQL error with a code, and deciding about
 * keys is the write policy's business.
 */
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../errors.ts';

/** Makes `server` parse `application/json` bodies; an empty one is `undefined`. */
export function useJsonBody(server: FastifyInstance): void {
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseJsonBody(body),
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses a JSON body (RFC 8259). Fails with `BAD_REQUEST` if it is not UTF-8 or not JSON. */
export function parseJsonBody(body: Uint8Array): unknown {
  return parseJsonText(decode(body));
}

/** The same for a body that was decoded already. */
export function parseJsonText(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badRequest('Invalid JSON in the request body', cause);
  }
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw badRequest('The request body is not valid UTF-8', cause);
  }
}

function badRequest(message: string, cause: unknown): GatewayError<'BAD_REQUEST'> {
  return new GatewayError('BAD_REQUEST', {}, { message, cause });
}
