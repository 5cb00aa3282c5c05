/** Headers that tell browsers what an answer is not for: to be taken for another type, or shown in somebody's frame. */
import type { FastifyInstance, FastifyReply } from 'fastify';

/** On every answer, whoever makes it: names and values in turns. */
export const SECURITY_HEADERS = ['x-content-type-options', 'nosniff'] as const;

/** Puts them on every answer of `server` that a hook sees; what is answered before or past hooks adds them itself. */
export function useSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (_request, reply, done) => {
    addSecurityHeaders(reply);
    done();
  });
}

/** Puts them on one answer. */
export function addSecurityHeaders(reply: FastifyReply): void {
  void reply.header(...SECURITY_HEADERS);
}
