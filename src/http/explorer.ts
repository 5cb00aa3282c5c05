/** The front door: browsers are led to the explorer, programs get the list of addresses. */
import type { FastifyInstance } from 'fastify';

/** Adds `GET /`. */
export function useExplorer(server: FastifyInstance): void {
  server.get('/', async (request, reply) => {
    void reply.header('vary', 'accept');
    if (request.headers.accept?.includes('text/html') === true) return reply.redirect('graphql');
    return {
      name: 'Custom user data gateway',
      graphql: '/graphql',
      jwks: '/.well-known/jwks.json',
      health: ['/health/live', '/health/ready'],
      metrics: '/metrics',
    };
  });
}
