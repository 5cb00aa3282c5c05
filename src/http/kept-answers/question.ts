/** What a request asks, as far as an answer can depend on it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { countHosts } from '../request-checks.ts';

/** Longer bodies and headers are rare, and cost more to look up than they are worth. */
const MAX_BODY = 16_384;
/**
 * Characters of all headers but the authorization. None of those that are not part of the question can then be so
 * long that it would be refused.
 */
const MAX_HEADERS = 8000;
const MAX_HEADER_COUNT = 64;

/** A question: two ask the same exactly if their bodies, and their values of every header in `ASKED_BY`, are equal. */
export interface Question {
  readonly headers: IncomingHttpHeaders;
  /** A character for each byte. */
  readonly body: string;
}

/** The length of the body, if the request may be answered by what is kept; `null`: it goes the long way. */
export function expectedBody(request: IncomingMessage): number | null {
  const { headers, httpVersion, method, url } = request;
  if (method !== 'POST' || url !== '/graphql' || httpVersion !== '1.1') return null;
  const length = Number(headers['content-length']);
  if (!(length > 0 && length <= MAX_BODY)) return null;
  if (headers['content-encoding'] !== undefined || headers.expect !== undefined) return null;
  // A trace of how this very answer was made is part of it.
  if (headers['apollo-federation-include-trace'] !== undefined) return null;
  return areOrdinary(request) ? length : null;
}

/** Whether there is one `Host`, and little enough of all headers. */
function areOrdinary({ headers, rawHeaders }: IncomingMessage): boolean {
  if (rawHeaders.length > 2 * MAX_HEADER_COUNT) return false;
  let characters = -(headers.authorization?.length ?? 0);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    characters += (rawHeaders[index] as string).length + (rawHeaders[index + 1] as string).length;
  }
  return characters <= MAX_HEADERS && countHosts(rawHeaders) === 1;
}

/**
 * Every header that the gateway or a library of it answers by. Any other is only checked for its length, and all
 * together are short here.
 */
const ASKED_BY = [
  'authorization',
  'accept',
  'content-type',
  'origin',
  'host',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'x-forwarded-host',
  'x-forwarded-proto',
] as const;

/** The values of those headers, by which a question is compared with others of the same body. */
export type HeaderValues = readonly (string | string[] | undefined)[];

/** What a question is compared by. */
export function valuesOf({ headers }: Question): HeaderValues {
  return ASKED_BY.map((name) => headers[name]);
}

/** A text that two questions have in common exactly if they ask with the same headers but the token. */
export function askedOf(question: Question): string {
  const [_authorization, ...values] = valuesOf(question);
  // A header holds no line break.
  return values.join('\n');
}

/** Whether a question has these values. */
export function hasValues({ headers }: Question, values: HeaderValues): boolean {
  for (let index = 0; index < ASKED_BY.length; index += 1) {
    if (headers[ASKED_BY[index] as (typeof ASKED_BY)[number]] !== values[index]) return false;
  }
  return true;
}
