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

/** What the page of Apollo Sandbox needs beside its own policy, which names its hosts and its nonce. */
const SANDBOX_POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  'font-src https://fonts.gstatic.com',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The policy that the page carries in a `meta` element, where a browser does not take `frame-ancestors`. */
const OWN_POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]{1,2000})"/;

/**
 * Gives the answers of the route that serves Apollo Sandbox a policy, if they are pages: the one that the page brings
 * along, and nothing else from anywhere.
 */
export function addPagePolicy(reply: FastifyReply, payload: unknown): void {
  const type = reply.getHeader('content-type');
  if (typeof type !== 'string' || !type.startsWith('text/html')) return;
  const own = typeof payload === 'string' ? OWN_POLICY.exec(payload)?.[1] : undefined;
  const policy = own === undefined ? SANDBOX_POLICY : `${SANDBOX_POLICY}; ${own}`;
  void reply.header('content-security-policy', policy);
}
