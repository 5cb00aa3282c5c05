/**
 * Answers whose content type is exactly right.
 *
 * Native clients read error bodies only if the type is exactly `application/json`, without the
 * charset that Fastify adds to text and objects; bytes it leaves alone. Clients parse whatever has
 * that type, so an answer without a body must have none.
 */
import type { FastifyReply } from 'fastify';
import type { JsonValue } from '../values/json.ts';

/** Answers JSON. */
export function sendJson(reply: FastifyReply, value: JsonValue, status = 200): FastifyReply {
  const bytes = Buffer.from(JSON.stringify(value));
  return reply.code(status).header('content-type', 'application/json').send(bytes);
}

/** Answers that it was done, without a body. */
export function sendNothing(reply: FastifyReply, status = 204): FastifyReply {
  return reply.code(status).send();
}
