/** `/graphql/stream`: a subscription as server-sent events, one connection each. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatewayError } from '../../errors.ts';
import type { SubscriptionRequest } from '../../graphql/subscriptions.ts';
import { isJsonObject } from '../../token/claims.ts';
import { boundAddress } from '../client-address.ts';
import { EventStream, showRefusal } from './event-stream.ts';
import {
  assertNoTokenIn,
  contextsOf,
  countErrors,
  countResult,
  type SubscriptionServerParts,
} from './words.ts';

const EVENT_STREAM = 'text/event-stream';

/** Adds the route. */
export function useEventStreams(server: FastifyInstance, parts: SubscriptionServerParts): void {
  const { connections, contextParts, metrics, run } = parts;
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    // What `HEAD` would be answered with is no stream.
    exposeHeadRoute: false,
    async handler(request, reply) {
      const { headers, id, ip } = request;
      assertTakesEvents(headers.accept);
      const asked = readRequest(request);
      const opener = { id, ip: boundAddress(ip), userAgent: headers['user-agent'] };
      const contexts = contextsOf(contextParts, opener, headers.authorization);
      const results = await run(asked, (isCaller) => {
        const context = contexts(isCaller);
        if (isCaller) Object.assign(context.request, { facts: request.facts });
        return context;
      });
      void reply
        .type(EVENT_STREAM)
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      if (!('next' in results)) {
        countErrors(parts, results);
        request.facts.errorCode = String(results[0]?.extensions.code);
        return reply.send(showRefusal(results));
      }
      const stream = new EventStream({
        results,
        onResult: (result) => countResult(parts, 'sse', result),
        onEnd(isDropped) {
          connections.remove(stream);
          metrics.changeConnections('sse', -1);
          if (isDropped) metrics.countDropped('sse', 'not_read');
        },
      });
      metrics.changeConnections('sse', 1);
      connections.add(stream);
      // It may have gone away while it was asked whether it may subscribe.
      if (request.raw.destroyed && reply.raw.destroyed) stream.destroy();
      return reply.send(stream);
    },
  });
}

function assertTakesEvents(accept: string | undefined): void {
  const types = (accept ?? '*/*').split(',').map((item) => item.split(';')[0]?.trim());
  if (types.some((type) => type === EVENT_STREAM || type === '*/*' || type === 'text/*')) return;
  throw badRequest(`Only "${EVENT_STREAM}" is answered here`, 406);
}

/** A GraphQL request (GraphQL over HTTP), from the query of a GET or the body of a POST. */
function readRequest({ body, method, query }: FastifyRequest): SubscriptionRequest {
  const parameters = query as Record<string, unknown>;
  assertNoTokenIn(parameters);
  const asked = method === 'GET' ? withParsedVariables(parameters) : body;
  if (!isJsonObject(asked) || typeof asked.query !== 'string') {
    throw badRequest('The request must have a "query"');
  }
  const { operationName, variables } = asked;
  if (operationName != null && typeof operationName !== 'string') {
    throw badRequest('"operationName" must be a string');
  }
  if (variables != null && !isJsonObject(variables)) {
    throw badRequest('"variables" must be an object');
  }
  return { query: asked.query, operationName: operationName ?? null, variables: variables ?? null };
}

function withParsedVariables({ variables, ...parameters }: Record<string, unknown>) {
  if (typeof variables !== 'string') return parameters;
  try {
    return { ...parameters, variables: JSON.parse(variables) as unknown };
  } catch (cause) {
    throw badRequest('"variables" is not JSON', 400, cause);
  }
}

function badRequest(message: string, status = 400, cause?: unknown): GatewayError<'BAD_REQUEST'> {
  return new GatewayError('BAD_REQUEST', {}, { message, status, cause });
}
