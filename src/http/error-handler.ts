/** Errors that HTTP itself raises, answered in the shape GraphQL clients read. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { nothingHere, toGatewayError } from '../bad-requests.ts';
import { GatewayError } from '../errors.ts';
import { toErrorBody, toHeaders } from '../graphql/format-error.ts';
import type { Log } from '../log.ts';
import { REALM_PREFIX } from './realm-graphql.ts';
import { addSecurityHeaders, SECURITY_HEADERS } from './security-headers.ts';

/** What error answers depend on. */
export interface ErrorHandlerParts {
  readonly appId: string;
  /** Largest request body, in bytes. */
  readonly bodyLimit: number;
  readonly log: Log;
}

/** Makes `server` answer every error with a code. */
export function useErrorHandler(
  server: FastifyInstance,
  { appId, bodyLimit, log }: ErrorHandlerParts,
): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const meant = toGatewayError(error, reply, { bodyLimit, log });
    request.facts.errorCode = meant.code;
    for (const [name, value] of toHeaders(meant, appId)) void reply.header(name, value);
    return reply
      .code(meant.status)
      .type('application/json; charset=utf-8')
      .send(toErrorBody(meant));
  });
  server.setNotFoundHandler((request, reply) => {
    throw nothingHere(request, reply);
  });
}

/** Answers a request whose path cannot be read, such as `/%zz`: no route and no hook has seen it. */
export function answerUnreadable(
  _error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const error = new GatewayError('BAD_REQUEST', {}, { message: 'The path is malformed' });
  const isRealm = request.url.startsWith(REALM_PREFIX);
  const body = isRealm
    ? JSON.stringify({ error: error.message, error_code: 'BadRequest', link: '' })
    : toErrorBody(error);
  addSecurityHeaders(reply);
  void reply.code(error.status).header('content-type', 'application/json').send(body);
}

const CLIENT_ERRORS: Readonly<Record<string, { status: string; message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'The request did not arrive in time',
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'The request headers are too large',
  },
};

/** Answers a connection whose request could not even be parsed. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = CLIENT_ERRORS[error.code ?? ''] ?? {
    status: '400 Bad Request',
    message: 'The request is malformed',
  };
  const body = toErrorBody(new GatewayError('BAD_REQUEST', {}, { message }));
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `${SECURITY_HEADERS.join(': ')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
