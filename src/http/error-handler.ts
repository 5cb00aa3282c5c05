/** Errors that HTTP itself raises, answered in the shape GraphQL clients read. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance } from 'fastify';
import { GatewayError, isGatewayError, isWorthRetrying } from '../errors.ts';
import { toErrorBody } from '../graphql/format-error.ts';
import type { Log } from '../log.ts';
import { maskError } from '../mask-error.ts';

/** Makes `server` answer every error with a code. */
export function useErrorHandler(server: FastifyInstance, log: Log, bodyLimit: number): void {
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const meant = toGatewayError(error, log, bodyLimit);
    if (isWorthRetrying(meant)) {
      void reply.header('retry-after', String(meant.details.retryAfterSeconds));
    }
    return reply
      .code(meant.status)
      .type('application/json; charset=utf-8')
      .send(toErrorBody(meant));
  });
  server.setNotFoundHandler((_request, reply) => {
    const message = 'There is nothing at this path';
    const error = new GatewayError('BAD_REQUEST', {}, { message, status: 404 });
    return reply
      .code(error.status)
      .type('application/json; charset=utf-8')
      .send(toErrorBody(error));
  });
}

function toGatewayError(error: FastifyError, log: Log, bodyLimit: number): GatewayError {
  if (isGatewayError(error)) return error;
  if (error.statusCode === 413) return new GatewayError('PAYLOAD_TOO_LARGE', { limit: bodyLimit });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new GatewayError('BAD_REQUEST', {}, { cause: error, status: error.statusCode });
  }
  return maskError(log, error);
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
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
