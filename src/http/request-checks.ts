/** What is wrong with a request before anything is asked of it: its host, the encoding of its body. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatewayError } from '../errors.ts';
import type { AnswersFor } from './loopback.ts';

const NAME = 'host';
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::\d{1,5})?$/i;

/** Whose requests are good. */
export interface RequestChecks {
  readonly trustsProxy: boolean;
  /** `null`: for every host. */
  readonly answersFor: AnswersFor | null;
}

/** Refuses such a request with `BAD_REQUEST`: 400, 415 for an encoding, 421 for the host of somebody else. */
export function useRequestChecks(
  server: FastifyInstance,
  { answersFor, trustsProxy }: RequestChecks,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    assertHost(request, trustsProxy);
    assertOwnHost(request.headers.host, answersFor);
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding.toLowerCase() === 'identity') {
      done();
      return;
    }
    // RFC 9110 section 15.5.16: the answer names the encodings that would be taken.
    void reply.header('accept-encoding', 'identity');
    throw badRequest('The request body must not be encoded', 415);
  });
}

/** RFC 9112 section 3.2: exactly one `Host`, with a value that is one. */
function assertHost({ headers, raw }: FastifyRequest, trustsProxy: boolean): void {
  const count = countHosts(raw.rawHeaders);
  if (count !== 1 && !(count === 0 && raw.httpVersion === '1.0')) {
    throw badRequest('The request must have one Host header');
  }
  if (headers.host !== undefined && !isHost(headers.host)) {
    throw badRequest('The Host header is malformed');
  }
  if (!trustsProxy) return;
  if (!itemsOf(headers['x-forwarded-host']).every(isHost)) {
    throw badRequest('The X-Forwarded-Host header is malformed');
  }
  if (!itemsOf(headers['x-forwarded-proto']).every((item) => /^https?$/i.test(item))) {
    throw badRequest('The X-Forwarded-Proto header must be "http" or "https"');
  }
}

/** RFC 9110 section 15.5.20. HTTP 1.0 needs no `Host`. */
function assertOwnHost(host: string | undefined, answersFor: AnswersFor | null): void {
  if (host === undefined || answersFor === null || answersFor(host)) return;
  throw badRequest('The gateway does not answer for this Host; PUBLIC_URL names its own', 421);
}

/** How many `Host` headers there are, of names and values in turns. */
export function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === NAME.length && name.toLowerCase() === NAME) count += 1;
  }
  return count;
}

/** Each proxy on the way adds an item. */
function itemsOf(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().flatMap((value) => value.split(',').map((item) => item.trim()));
}

/** The host that was asked for last: most requests ask for the same one, and to parse it is slow. */
let lastHost = '';

function isHost(value: string): boolean {
  if (value === lastHost) return true;
  const isOne = HOST.test(value) && URL.canParse(`http://${value}`);
  if (isOne) lastHost = value;
  return isOne;
}

function badRequest(message: string, status = 400): GatewayError<'BAD_REQUEST'> {
  return new GatewayError('BAD_REQUEST', {}, { message, status });
}
