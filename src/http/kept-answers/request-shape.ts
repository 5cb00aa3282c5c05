/**
 * What requests have in common that are the same, byte for byte, but for the access token.
 *
 * A request that has been parsed says what any other means that differs from it by its token alone: a token is made of
 * characters that end no header. So that one need not be parsed.
 *
 * All texts of bytes have a character for each.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';

/** A request without its token. */
export interface RequestShape {
  /** The bytes before the token. */
  readonly before: string;
  /** Those after it. */
  readonly after: string;
  /** The scheme of the authorization, and the space after it. */
  readonly scheme: string;
  /** As Node.js has read them, but for the authorization. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request of a known shape. */
export interface ShapedRequest {
  readonly shape: RequestShape;
  /** Nobody has looked at it. */
  readonly token: string;
}

type Head = Pick<IncomingMessage, 'method' | 'rawHeaders' | 'url'>;

/**
 * The bytes of a request up to its body, if it is written in the plainest way. Node.js reads the same from many
 * spellings; of this one there is one reading.
 */
function writeHead({ method, rawHeaders, url }: Head): string {
  let head = `${method} ${url} HTTP/1.1\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    head += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  }
  return `${head}\r\n`;
}

/** Whether these are the bytes of the request, nothing less and nothing more. */
export function isWholeRequest(bytes: string, request: IncomingMessage): boolean {
  const { complete, headers } = request;
  if (!complete || headers['transfer-encoding'] !== undefined) return false;
  const head = writeHead(request);
  const length = Number(headers['content-length'] ?? 0);
  return bytes.length === head.length + length && bytes.startsWith(head);
}

/** RFC 6750 section 2.1, without `~+/=`, which no token of ours has. */
const TOKEN = /^[\w.-]+$/;
const BEARER = /^(bearer )([\w.-]+)$/i;
const BEARER_LINE = /\r\nauthorization: bearer ([\w.-]+)\r\n/i;
const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n'.length;
const SEPARATOR = ': '.length;

/** The shape of a whole request; `null`: it has not exactly one token, or its connection is not to stay. */
export function shapeOf(bytes: string, request: IncomingMessage): RequestShape | null {
  const { authorization = '', connection = 'keep-alive', ...headers } = request.headers;
  const [, scheme, token] = BEARER.exec(authorization) ?? [];
  if (scheme === undefined || token === undefined) return null;
  if (connection.toLowerCase() !== 'keep-alive') return null;
  const { method, rawHeaders, url } = request;
  const isAuthorization = (text: string, index: number) =>
    index % 2 === 0 && text.toLowerCase() === 'authorization';
  const index = rawHeaders.findIndex(isAuthorization);
  if (index !== rawHeaders.findLastIndex(isAuthorization)) return null;
  const line = writeHead({ method, url, rawHeaders: rawHeaders.slice(0, index) }).length - LINE_END;
  const start = line + 'authorization'.length + SEPARATOR + scheme.length;
  return {
    before: bytes.slice(0, start),
    after: bytes.slice(start + token.length),
    scheme,
    headers,
    body: bytes.slice(bytes.indexOf(HEAD_END) + HEAD_END.length),
  };
}

/** The token of a request of this shape; `null`: it has another, or no token at its place. */
export function tokenIn(bytes: string, { after, before }: RequestShape): string | null {
  const end = bytes.length - after.length;
  if (end <= before.length || !bytes.startsWith(before) || !bytes.endsWith(after)) return null;
  const token = bytes.slice(before.length, end);
  return TOKEN.test(token) ? token : null;
}

/** Remembers shapes. */
export interface KnownShapes {
  note(shape: RequestShape): void;
  /** The request with these bytes; `null`: its shape is not known. */
  find(bytes: string): ShapedRequest | null;
}

/** Bytes of a shape beside its texts, about. */
const OVERHEAD = 1000;

/** Creates the memory of shapes, which takes so many bytes at most. */
export function createKnownShapes(maxSize: number): KnownShapes {
  const shapes = new LRUCache<string, RequestShape>({
    maxSize,
    // Twice the whole: by what it is found, and as parts of it. A text takes two bytes a character at most.
    sizeCalculation: (_shape, key) => OVERHEAD + 4 * key.length,
  });
  return {
    note(shape) {
      shapes.set(keyOf(shape.before, shape.after), shape);
    },
    find(bytes) {
      if (shapes.size === 0) return null;
      const found = BEARER_LINE.exec(bytes);
      const token = found?.[1];
      if (found === null || token === undefined) return null;
      const end = found.index + found[0].length - LINE_END;
      const shape = shapes.get(keyOf(bytes.slice(0, end - token.length), bytes.slice(end)));
      return shape === undefined ? null : { shape, token };
    },
  };
}

/** The length says where the second begins. */
const keyOf = (before: string, after: string) => `${before.length} ${before}${after}`;
