/** `context.http`: requests in the shape of App Services. */
import type { GuestBson } from '../guest-bson.ts';
import type { GuestValues } from '../guest-values.ts';
import type { Work } from '../work.ts';
import { addMissing } from './fetch.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head'] as const;
/** Largest body of an answer, in bytes. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const UNSUPPORTED = ['digestAuth', 'authUrl'] as const;

/** The argument of `context.http.get` and its like. */
interface HttpRequest {
  readonly url?: string;
  /** The parts of the URL, if `url` is not given. */
  readonly scheme?: string;
  readonly host?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly fragment?: string;
  /** Basic authentication (RFC 7617). */
  readonly username?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly encodeBodyAsJSON?: boolean;
  /** Fields of a `multipart/form-data` body. */
  readonly form?: Readonly<Record<string, unknown>>;
  readonly followRedirects?: boolean;
}

/** Creates `context.http`. */
export function createHttp(
  { library }: Pick<GuestValues, 'library'>,
  work: Pick<Work, 'headers' | 'track'>,
): object {
  const methods = METHODS.map((method) => [
    method,
    (request: HttpRequest | string) =>
      work.track(
        `context.http.${method}`,
        send(
          library(),
          method.toUpperCase(),
          typeof request === 'string' ? { url: request } : request,
          work.headers,
        ),
      ),
  ]);
  return Object.fromEntries(methods) as object;
}

async function send(
  bson: GuestBson,
  method: string,
  request: HttpRequest,
  added: ReadonlyMap<string, string>,
): Promise<object> {
  for (const option of UNSUPPORTED) {
    if (option in request) throw new Error(`context.http does not support "${option}"`);
  }
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(bson, request);
  const headersSent = headersOf(request);
  addMissing(headersSent, added);
  const response = await fetch(urlOf(request), {
    method,
    headers: headersSent,
    redirect: request.followRedirects === true ? 'follow' : 'manual',
    ...(body === undefined ? {} : { body }),
  });
  const bytes = await readBody(response);
  const headers = listHeaders(response.headers);
  return {
    status: `${response.status} ${response.statusText}`.trim(),
    statusCode: response.status,
    contentLength: Number(response.headers.get('content-length') ?? bytes.length),
    headers,
    cookies: listCookies(response.headers),
    body: new bson.Binary(bytes),
  };
}

function urlOf(request: HttpRequest): URL {
  const { fragment, host, path = '', query, scheme = 'https' } = request;
  const url = new URL(request.url ?? `${scheme}://${host ?? ''}/${path.replace(/^\//, '')}`);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of listOf(value)) url.searchParams.append(name, item);
  }
  if (fragment !== undefined) url.hash = fragment;
  // `fetch` refuses credentials in a URL; they become a header.
  url.username = '';
  url.password = '';
  return url;
}

function headersOf(request: HttpRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    for (const item of listOf(value)) headers.append(name, item);
  }
  const cookies = Object.entries(request.cookies ?? {}).map(([name, value]) => `${name}=${value}`);
  if (cookies.length > 0) headers.append('Cookie', cookies.join('; '));
  const { username, password } = credentialsOf(request);
  if (username !== '' && !headers.has('Authorization')) {
    const credentials = Buffer.from(`${username}:${password}`).toString('base64');
    headers.set('Authorization', `Basic ${credentials}`);
  }
  const isJson = request.encodeBodyAsJSON === true && request.body !== undefined;
  if (isJson && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  // `fetch` writes this one itself, with the boundary that only it knows.
  if (request.form !== undefined) headers.delete('Content-Type');
  return headers;
}

function credentialsOf(request: HttpRequest): { username: string; password: string } {
  if (request.username !== undefined) {
    return { username: request.username, password: request.password ?? '' };
  }
  if (request.url === undefined) return { username: '', password: '' };
  const { password, username } = new URL(request.url);
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** The body: a string or bytes as they are, anything else as Extended JSON if asked for. */
function bodyOf(bson: GuestBson, request: HttpRequest): FormData | string | Uint8Array | undefined {
  const { body, encodeBodyAsJSON = false, form } = request;
  if (form !== undefined) {
    const data = new FormData();
    for (const [name, value] of Object.entries(form)) data.append(name, String(value));
    return data;
  }
  if (body === undefined || body === null) return undefined;
  if (encodeBodyAsJSON) return stringify(bson, body);
  if (typeof body === 'string') return body;
  if (body instanceof bson.Binary) return new Uint8Array(body.value());
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  }
  throw new TypeError('"body" must be a string or binary, or "encodeBodyAsJSON" must be true');
}

function stringify(bson: GuestBson, value: unknown): string {
  return (bson.EJSON as { stringify(value: unknown): string }).stringify(value);
}

/** Reads an answer up to the limit, so that it cannot use up the memory of the function. */
async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`The answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Each header with the list of its values, under the canonical spelling of Go's `net/http`. */
function listHeaders(headers: Headers): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    const canonical = name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    lists[canonical] = [...(lists[canonical] ?? []), value];
  }
  return lists;
}

function listCookies(headers: Headers): Record<string, { readonly value: string }> {
  return Object.fromEntries(
    headers.getSetCookie().map((cookie) => {
      const [pair = ''] = cookie.split(';', 1);
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), { value: value.join('=').trim() }];
    }),
  );
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
