/** One line in the log and one observation for each request, whichever way it is answered. */
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { Bindings } from 'pino';
import { createLineWriter, type Log } from '../log.ts';
import { factsOf, type RequestFacts } from '../session/seen-request.ts';
import { boundAddress } from './client-address.ts';
import type { Metrics } from './metrics.ts';

/** A request that is answered. */
export interface AnsweredRequest {
  readonly id: string;
  /** Of the client. */
  readonly address: string;
  readonly facts: RequestFacts;
  /** How long it took. */
  readonly milliseconds: number;
}

/** Told of a request that is answered. */
export type NoteRequest = (request: AnsweredRequest) => void;

/** The note-takers of requests, by what many have in common: a bounded number of routes, methods and statuses. */
export type RequestNotes = (method: string, route: string, status: number) => NoteRequest;

const MILLISECONDS_PER_SECOND = 1000;
/** In the order of the line. */
const FIELDS = [
  'reqId',
  'address',
  'operation',
  'endpoint',
  'userId',
  'code',
  'milliseconds',
] as const;

/** Creates what takes notes. The query string stays out of them: it may hold a document. */
export function createRequestNotes(
  log: Log,
  { observeRequests }: Pick<Metrics, 'observeRequests'>,
): RequestNotes {
  const known = new Map<string, NoteRequest>();
  return (method, route, status) => {
    const name = `${method} ${route} ${status}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const common = { method, route, status };
    const observe = observeRequests(common);
    const writeLine = createLineWriter(log, { common, names: FIELDS, message: 'request' });
    const note: NoteRequest = ({ address, facts, id: reqId, milliseconds: exact }) => {
      observe(exact / MILLISECONDS_PER_SECOND);
      const { endpoint, errorCode: code, operation, userId } = facts;
      const milliseconds = Math.round(exact * 10) / 10;
      writeLine({ reqId, address, operation, endpoint, userId, code, milliseconds });
    };
    known.set(name, note);
    return note;
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    readonly facts: RequestFacts;
  }
}

/** Takes notes of every request that gets as far as Fastify, and gives each answer its id. */
export function useRequestLog(server: FastifyInstance, notes: RequestNotes): void {
  // Hooks that come before ours may ask for them, and those of a request that none of ours has seen.
  server.decorateRequest('facts', {
    getter(this: FastifyRequest) {
      return factsOf(this.raw);
    },
  });
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, { elapsedTime: milliseconds, statusCode }, done) => {
    const { facts, id, ip, method, routeOptions } = request;
    const address = boundAddress(ip);
    notes(method, routeOptions.url ?? 'unknown', statusCode)({ id, address, facts, milliseconds });
    done();
  });
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** The log of one request, which is made when it first writes: hardly any does. */
class RequestLog {
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: Bindings;
  #made: FastifyBaseLogger | undefined;

  constructor(parent: FastifyBaseLogger, bindings: Bindings) {
    this.#parent = parent;
    this.#bindings = bindings;
  }

  get made(): FastifyBaseLogger {
    this.#made ??= this.#parent.child(this.#bindings);
    return this.#made;
  }

  get level(): string {
    return this.#parent.level;
  }

  child(...args: Parameters<FastifyBaseLogger['child']>): FastifyBaseLogger {
    return this.made.child(...args);
  }

  silent(): void {
    // Says nothing, as pino's.
  }
}

for (const level of LEVELS) {
  Object.defineProperty(RequestLog.prototype, level, {
    value(this: RequestLog, ...args: Parameters<FastifyBaseLogger['info']>) {
      this.made[level](...args);
    },
  });
}

/** Makes the log of a request. */
export function openRequestLog(parent: FastifyBaseLogger, bindings: Bindings): FastifyBaseLogger {
  return new RequestLog(parent, bindings) as unknown as FastifyBaseLogger;
}
