/** One line in the log and one observation for each request, whichever way it is answered. */
import type { FastifyInstance } from 'fastify';
import { type Log, withoutRedaction } from '../log.ts';
import type { Metrics } from './metrics.ts';

/** Told of a request that is answered: its id, and how long it took. */
export type NoteRequest = (id: string, milliseconds: number) => void;

/** The note-takers of requests, by what many have in common: a bounded number of routes, methods and statuses. */
export type RequestNotes = (method: string, route: string, status: number) => NoteRequest;

const MILLISECONDS_PER_SECOND = 1000;

/** Creates what takes notes. The query string stays out of them: it may hold a document. */
export function createRequestNotes(log: Log, { observeRequests }: Metrics): RequestNotes {
  const lines = withoutRedaction(log);
  const known = new Map<string, NoteRequest>();
  return (method, route, status) => {
    const name = `${method} ${route} ${status}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const common = { method, route, status };
    const observe = observeRequests(common);
    // What they have in common is made text once.
    const line = lines.child(common);
    const note: NoteRequest = (reqId, exact) => {
      observe(exact / MILLISECONDS_PER_SECOND);
      line.info({ reqId, milliseconds: Math.round(exact * 10) / 10 }, 'request');
    };
    known.set(name, note);
    return note;
  };
}

/** Takes notes of every request that gets as far as Fastify, and gives each answer its id. */
export function useRequestLog(server: FastifyInstance, notes: RequestNotes): void {
  server.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  server.addHook('onResponse', async ({ id, method, routeOptions }, { elapsedTime, statusCode }) =>
    notes(method, routeOptions.url ?? 'unknown', statusCode)(id, elapsedTime),
  );
}
