/** A request to an endpoint, as its function sees it. */
import type { FastifyRequest } from 'fastify';
import { Binary } from '../bson.ts';
import { CREDENTIAL_HEADERS } from '../session/header-credentials.ts';
import type { EndpointRequest } from '../session/operator-functions.ts';
import { trimEndOf } from '../trim-end.ts';
import type { Document } from '../values/documents.ts';
import type { Endpoint } from './endpoint.ts';
import type { QueryString } from './query-string.ts';

/** What a request is described by, beside itself. */
export interface DescribedBy {
  readonly endpoint: Endpoint;
  readonly query: QueryString;
  readonly publicUrl: string | undefined;
  /** Whether the credentials in its headers are for the gateway, and nobody else's business. */
  readonly hidesCredentials: boolean;
}

const HIDDEN: ReadonlySet<string> = new Set(['authorization', ...CREDENTIAL_HEADERS]);
const NOTHING: ReadonlySet<string> = new Set();

/** `context.request` and the first argument of the function. */
export function describeEndpointRequest(
  request: FastifyRequest,
  { endpoint, hidesCredentials, publicUrl, query }: DescribedBy,
): { readonly request: EndpointRequest; readonly argument: Document } {
  const { body, headers: parsed, ip, method, raw } = request;
  const requestHeaders = listHeaders(raw.rawHeaders, hidesCredentials ? HIDDEN : NOTHING);
  const { referer, 'user-agent': httpUserAgent = '' } = parsed;
  const common = {
    remoteIPAddress: ip,
    httpMethod: method,
    httpUserAgent,
    ...(referer === undefined ? {} : { httpReferrer: referer }),
    rawQueryString: query.raw,
    webhookUrl: endpoint.route,
  };
  return {
    request: { ...common, requestHeaders, headers: firstValues(requestHeaders) },
    argument: {
      query: query.values,
      headers: requestHeaders,
      ...(hasBytes(body) ? { body: new Binary(body) } : {}),
      ...common,
      requestUrl: requestUrlOf(request, publicUrl),
    },
  };
}

/** The body of a request: bytes, none if it has no body. */
export function bodyOf({ body }: FastifyRequest): Uint8Array {
  return hasBytes(body) ? body : new Uint8Array();
}

function hasBytes(body: unknown): body is Uint8Array {
  return body instanceof Uint8Array && body.length > 0;
}

/** As the client used it, without the query string. */
function requestUrlOf(
  { host, protocol, url }: FastifyRequest,
  publicUrl: string | undefined,
): string {
  const base = trimEndOf(publicUrl ?? `${protocol}://${host}`, '/');
  return `${base}${url.split('?', 1)[0] ?? ''}`;
}

/** Values by the name of each header in the spelling of Go's `net/http`; names and values come in turns. */
function listHeaders(
  rawHeaders: readonly string[],
  hidden: ReadonlySet<string>,
): Record<string, string[]> {
  const lists = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (hidden.has(name)) continue;
    const values = lists.get(name) ?? [];
    values.push(rawHeaders[index + 1] as string);
    lists.set(name, values);
  }
  const named = Array.from(lists, ([name, values]) => [spell(name), values] as const);
  return Object.fromEntries(named);
}

function spell(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** By names in small letters: what `%%request.headers` of a rule leads to. */
function firstValues(lists: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(lists).map(([name, [first = '']]) => [name.toLowerCase(), first]),
  );
}
