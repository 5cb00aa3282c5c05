/** Liveness (the process answers) and readiness (the store answers too). */
import type { FastifyInstance } from 'fastify';
import type { Store } from '../store/port.ts';

/** Adds `GET /health/live` and `GET /health/ready`. An unready gateway answers 503. */
export function useHealth(server: FastifyInstance, store: Store): void {
  server.get('/health/live', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    return { status: 'live' };
  });
  server.get('/health/ready', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    await store.ping();
    return { status: 'ready', store: store.kind };
  });
}
