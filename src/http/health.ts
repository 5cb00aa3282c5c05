/** Liveness (the process answers) and readiness (it may be sent requests). */
import type { FastifyInstance } from 'fastify';
import { serviceUnavailable } from '../errors.ts';
import type { Store } from '../store/port.ts';

/**
 * Adds `GET /health/live` and `GET /health/ready`. Ready is a gateway that has started, does not stop and whose
 * store reads and writes; `?exclude=store` leaves the store out, since `me` needs none. An unready one
 * answers 503.
 */
export function useHealth(server: FastifyInstance, store: Store): void {
  server.get('/health/live', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    return { status: 'live' };
  });
  server.get<{ Querystring: { readonly exclude?: string | string[] } }>(
    '/health/ready',
    async ({ query }, reply) => {
      void reply.header('cache-control', 'no-store');
      const { isStarted, isStopping } = server.lifecycle;
      if (isStopping) throw serviceUnavailable(new Error('The gateway stops'));
      if (!isStarted) throw serviceUnavailable(new Error('The gateway starts'));
      if ([query.exclude].flat().includes('store')) return { status: 'ready' };
      await store.ping();
      return { status: 'ready', store: store.kind };
    },
  );
}
