/** What a request asks, as far as an answer can depend on it. */
import type { IncomingMessage } from 'node:http';

/** Longer bodies and headers are rare, and cost more to look up than they are worth. */
const MAX_BODY = 16_384;
/**
 * Characters of all headers but the authorization. None of those that are not part of the question can then be so
 * long that it would be refused.
 */
const MAX_HEADERS = 8000;
const MAX_HEADER_COUNT = 64;

/** A question: two ask the same exactly if `authorization` and `asked` are equal. */
export interface Question {
  /** Value of the `Authorization` header; empty if there is none. */
  readonly authorization: string;
  /** The rest. */
  readonly asked: string;
  /** The rest, and so much of the authorization that hardly two have it in common: to look the answer up by. */
  readonly key: string;
}

/** The length of the body, if the request may be answered by what is kept; `null`: it goes the long way. */
export function expectedBody(request: IncomingMessage): number | null {
  const { headers, httpVersion, method, url } = request;
  if (method !== 'POST' || url !== '/graphql' || httpVersion !== '1.1') return null;
  const length = Number(headers['content-length']);
  if (!(length > 0 && length <= MAX_BODY)) return null;
  if (headers['content-encoding'] !== undefined || headers.expect !== undefined) return null;
  return areOrdinary(request) ? length : null;
}

const HOST = 'host';

/** Whether there is one `Host`, and little enough of all headers. */
function areOrdinary({ headers, rawHeaders }: IncomingMessage): boolean {
  if (rawHeaders.length > 2 * MAX_HEADER_COUNT) return false;
  let hosts = 0;
  let characters = -(headers.authorization?.length ?? 0);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    characters += name.length + (rawHeaders[index + 1] as string).length;
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  return hosts === 1 && characters <= MAX_HEADERS;
}

/** Of a token, most of its signature. */
const TAIL = 40;

/**
 * The question of a request: its body and every header that the gateway or a library of it answers by. Any other
 * is only checked for its length, and all together are short here.
 */
export function questionOf({ headers }: IncomingMessage, body: Buffer): Question {
  const { authorization = '' } = headers;
  // A header holds no line break.
  const asked = `${headers.accept ?? ''}
${headers['content-type'] ?? ''}
${headers.origin ?? ''}
${headers.host ?? ''}
${headers['apollo-require-preflight'] ?? ''}
${headers['x-apollo-operation-name'] ?? ''}
${headers['x-forwarded-host'] ?? ''}
${headers['x-forwarded-proto'] ?? ''}
${body.toString('latin1')}`;
  return { authorization, asked, key: `${authorization.slice(-TAIL)}\n${asked}` };
}
