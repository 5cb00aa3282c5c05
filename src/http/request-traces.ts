/** A span for each request, whichever way it is answered. */
import type { RequestListener } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { createAttached } from '../attached.ts';
import type { RequestSpan, Tracing } from '../tracing.ts';

const SERVER_FAULT = 500;

/** The spans of requests that are not answered yet. */
const spans = createAttached<RequestSpan>('span');

/** The same listener, whose every request has a span. */
export function traceRequests(handle: RequestListener, tracing: Tracing): RequestListener {
  return (request, response) => {
    const { headers, method = '' } = request;
    // Without the query string: it may hold a document.
    const [path = ''] = (request.url ?? '').split('?', 1);
    // What is answered early is all of one route; Fastify says of the others which it is.
    const route = path === '/graphql' ? path : undefined;
    const name = route === undefined ? method : `${method} ${route}`;
    const span = tracing.beginRequest(name, headers, {
      'http.request.method': method,
      'url.path': path,
      ...(route === undefined ? {} : { 'http.route': route }),
    });
    spans.set(request, span);
    // A body that comes later is heard in the turn of whoever reads the connection.
    span.adopt(request);
    span.adopt(response);
    response.once('close', () => {
      const { statusCode } = response;
      span.end({ 'http.response.status_code': statusCode }, statusCode >= SERVER_FAULT);
    });
    span.run(() => handle(request, response));
  };
}

/** Has the spans say what Fastify found out about the requests. */
export function useRequestTraces(server: FastifyInstance): void {
  server.addHook('onResponse', ({ facts, method, raw, routeOptions }, _reply, done) => {
    const { errorCode, operation } = facts;
    const { url: route } = routeOptions;
    spans.get(raw)?.describe(route === undefined ? method : `${method} ${route}`, {
      ...(route === undefined ? {} : { 'http.route': route }),
      ...(operation === undefined ? {} : { 'graphql.operation.name': operation }),
      ...(errorCode === undefined ? {} : { 'error.type': errorCode }),
    });
    done();
  });
}
