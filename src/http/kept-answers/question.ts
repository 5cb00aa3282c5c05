/** What a request asks, as far as an answer can depend on it. */
import type { IncomingMessage } from 'node:http';

/** Longer bodies and headers are rare, and cost more to look up than they are worth. */
const MAX_BODY = 16_384;
const MAX_HEADERS = 32_768;
const MAX_HEADER_COUNT = 64;

/**
 * Headers that the gateway or a library of it answers by. Any other is only checked for its length, and all
 * together are short here.
 */
const ASKED = [
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

/** The length of the body, if the request may be answered by what is kept; `null`: it goes the long way. */
export function expectedBody(request: IncomingMessage): number | null {
  const { headers, httpVersion, method, rawHeaders, url } = request;
  if (method !== 'POST' || url !== '/graphql' || httpVersion !== '1.1') return null;
  const length = Number(headers['content-length']);
  if (!(length > 0 && length <= MAX_BODY)) return null;
  if (headers['content-encoding'] !== undefined || headers.expect !== undefined) return null;
  return areOrdinary(rawHeaders) ? length : null;
}

/** Whether there is one `Host`, and little enough of all headers. */
function areOrdinary(rawHeaders: readonly string[]): boolean {
  if (rawHeaders.length > 2 * MAX_HEADER_COUNT) return false;
  let hosts = 0;
  let characters = 0;
  for (const [index, text] of rawHeaders.entries()) {
    characters += text.length;
    if (index % 2 === 0 && text.length === 'host'.length && text.toLowerCase() === 'host')
      hosts += 1;
  }
  return hosts === 1 && characters <= MAX_HEADERS;
}

/** The text that two requests share exactly if they ask the same. */
export function questionOf({ headers }: IncomingMessage, body: Buffer): string {
  // A header holds no line break.
  let question = '';
  for (const name of ASKED) question += `${String(headers[name] ?? '')}\n`;
  return question + body.toString('latin1');
}
