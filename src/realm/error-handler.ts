/** The one place where something thrown becomes an error answer of the protocol. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { nothingHere, toGatewayError } from '../bad-requests.ts';
import { boundMessage } from '../error-bounds.ts';
import { isWorthRetrying } from '../errors.ts';
import { sendJson } from './answers.ts';
import { toProtocolAnswer } from './error-table.ts';
import { baseUrlOf } from './location.ts';
import { type ProtocolAnswer, ProtocolError } from './protocol-error.ts';

/** What error answers depend on. */
export interface ErrorParts {
  readonly appId: string;
  readonly publicUrl: string | undefined;
  /** Largest request body, in bytes. */
  readonly bodyLimit: number;
}

/** Makes `server` answer every error in the protocol's shape. */
export function useProtocolErrors(server: FastifyInstance, parts: ErrorParts): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const answer = translate(error, request, reply, parts);
    return sendError(answer, request, reply, parts);
  });
  server.setNotFoundHandler((request, reply) => {
    throw nothingHere(request, reply);
  });
}

function translate(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { bodyLimit }: ErrorParts,
): ProtocolAnswer {
  if (error instanceof ProtocolError) {
    request.facts.errorCode = error.answer.code ?? 'BAD_REQUEST';
    return error.answer;
  }
  if (isWorthRetrying(error)) {
    void reply.header('retry-after', String(error.details.retryAfterSeconds));
    if (error.code === 'SERVICE_UNAVAILABLE') request.log.warn({ err: error }, 'store unavailable');
  }
  const meant = toGatewayError(error, reply, { bodyLimit, log: request.log });
  request.facts.errorCode = meant.code;
  return toProtocolAnswer(meant);
}

/**
 * A client reads the code only if the type is exactly JSON. `link` leads nowhere here; its id is the
 * one under which the log has the request.
 */
function sendError(
  { status, error, code }: ProtocolAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
  { appId, publicUrl }: ErrorParts,
): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', `Bearer realm="${appId}"`);
  const link = `${baseUrlOf(request, publicUrl)}/logs?co_id=${request.id}`;
  const body = {
    error: boundMessage(error),
    ...(code === undefined ? {} : { error_code: code }),
    link,
  };
  return sendJson(reply, body, status);
}
