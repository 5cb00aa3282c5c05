/** How long each header may be: whatever parses one later, a library included, has a bound for its work. */
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../errors.ts';

/** Characters of a header that nothing here parses: App Services takes 64 KiB. */
export const MAX_HEADER_LENGTH = 65_600;
/** Characters of a header that something parses. nginx and Apache take about as many by default. */
const MAX_PARSED = 8190;
/** A type with its parameters. Fastify looks for them in the square of the length. */
const MAX_CONTENT_TYPE = 256;
/** Tokens of ours and of other issuers (at most 65,536 characters), with the scheme. */
const MAX_TOKEN = 65_600;

/** By name; of any other header `MAX_HEADER_LENGTH`. */
export const HEADER_LIMITS: Readonly<Record<string, number>> = {
  accept: MAX_PARSED,
  'accept-encoding': MAX_PARSED,
  'access-control-request-headers': MAX_PARSED,
  'access-control-request-method': MAX_PARSED,
  apikey: MAX_PARSED,
  authorization: MAX_TOKEN,
  'content-type': MAX_CONTENT_TYPE,
  // Nobody reads them here, and browsers send those of other services on the same host.
  cookie: Number.POSITIVE_INFINITY,
  email: MAX_PARSED,
  host: 512,
  'if-none-match': MAX_PARSED,
  jwttokenstring: MAX_TOKEN,
  origin: MAX_PARSED,
  password: MAX_PARSED,
  'x-forwarded-for': MAX_PARSED,
  'x-forwarded-host': 512,
  'x-forwarded-proto': 64,
};

/** Refuses a request with a header that is too long with `BAD_REQUEST` (RFC 6585 section 5: 431). */
export function useHeaderLimits(server: FastifyInstance): void {
  server.addHook('onRequest', ({ headers }, _reply, done) => {
    for (const [name, value] of Object.entries(headers)) {
      if (lengthOf(value) <= (HEADER_LIMITS[name] ?? MAX_HEADER_LENGTH)) continue;
      // A name of the client's own is not repeated.
      const which = Object.hasOwn(HEADER_LIMITS, name) ? `header "${name}"` : 'value of a header';
      throw new GatewayError(
        'BAD_REQUEST',
        {},
        { message: `The ${which} is too long`, status: 431 },
      );
    }
    done();
  });
}

function lengthOf(value: string | readonly string[] | undefined): number {
  if (typeof value === 'string') return value.length;
  return value?.reduce((sum, { length }) => sum + length, 0) ?? 0;
}
