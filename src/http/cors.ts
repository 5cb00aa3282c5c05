/** Which origins browsers may call from. Credentials travel in headers, never in cookies. */
import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from './loopback.ts';

/** Apollo Studio and its Sandbox, and where they run preflight scripts. */
const APOLLO_STUDIO: readonly string[] = [
  'https://studio.apollographql.com',
  'https://preflight-request.apollographql.com',
];
/** Origins that the log names once; more tell an operator nothing. */
const MAX_LOGGED_ORIGINS = 100;
const PREFLIGHT_SECONDS = 600;

/** Allows the configured origins; see `isOriginAllowed`. */
export async function useCors(
  server: FastifyInstance,
  origins: readonly string[] | undefined,
  host: string,
): Promise<void> {
  logRefusals(server, (origin) => isOriginAllowed(origin, origins, host));
  await server.register(fastifyCors, {
    origin: (origin, done) => done(null, isOriginAllowed(origin, origins, host)),
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['www-authenticate', 'retry-after', 'x-request-id'],
    maxAge: PREFLIGHT_SECONDS,
  });
}

/** A browser tells only its own console why a page does not work; the operator looks here. */
function logRefusals(server: FastifyInstance, isAllowed: (origin: string) => boolean): void {
  const logged = new Set<string>();
  server.addHook('onRequest', ({ headers, log, method }, _reply, done) => {
    done();
    const { origin } = headers;
    const isPreflight = method === 'OPTIONS' && 'access-control-request-method' in headers;
    if (!isPreflight || origin === undefined || isAllowed(origin)) return;
    if (logged.has(origin) || logged.size === MAX_LOGGED_ORIGINS) return;
    logged.add(origin);
    log.warn({ origin }, 'pages of this origin may not call; CORS_ORIGINS names those that may');
  });
}

/**
 * Whether a page of `origin` may read our answers.
 *
 * Without configured origins: Apollo Studio, and pages on this machine while the gateway listens to
 * this machine only.
 */
export function isOriginAllowed(
  origin: string | undefined,
  origins: readonly string[] | undefined,
  host: string,
): boolean {
  if (origin === undefined) return false;
  if (origins !== undefined) return origins.includes('*') || origins.includes(origin);
  return APOLLO_STUDIO.includes(origin) || (isLoopback(host) && isLoopbackOrigin(origin));
}

function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname, protocol } = new URL(origin);
  return (protocol === 'http:' || protocol === 'https:') && isLoopback(hostname);
}
