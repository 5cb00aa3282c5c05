/** Which origins browsers may call from. Credentials travel in headers, never in cookies. */
import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const APOLLO_STUDIO = 'https://studio.apollographql.com';
const PREFLIGHT_SECONDS = 600;

/** Allows the configured origins; see `isOriginAllowed`. */
export async function useCors(
  server: FastifyInstance,
  origins: readonly string[] | undefined,
  host: string,
): Promise<void> {
  await server.register(fastifyCors, {
    origin: (origin, done) => done(null, isOriginAllowed(origin, origins, host)),
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: ['www-authenticate', 'retry-after', 'x-request-id'],
    maxAge: PREFLIGHT_SECONDS,
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
  return origin === APOLLO_STUDIO || (isLoopback(host) && isLoopbackOrigin(origin));
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
